"""What `voicepact phone --record` writes can be played, and has nobody's number, PIN or reference in it."""

import asyncio
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts import effects
from contracts.effects import ProvePin
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.readings import Person
from gateway.phone.anonymize import Anonymizer
from gateway.phone.received_screen import ReceivedScreen
from gateway.phone.recording import Recording
from menus.answers import SECRET_ANSWERS
from menus.paging import Budget, ScreenPage, lay_out
from menus.screen import SCREENS, SECRET_QUESTIONS, Ask, Caller, EffectResult
from menus.translate import translate
from tests.clock import IN_A_MONTH, ServiceClock
from tests.dialogue_player import DialoguePlayer
from tests.gateway.phone.handset_process import TerminalPhone, run_piped
from tests.gateway.phone.service_process import ServiceProcess
from tests.service import open_service

OWN, UGANDAN, ASKED_ONCE = Msisdn("+254733123001"), Msisdn("+256772345003"), "+254110987009"
# What must not be in a recording.
REAL = ("733123001", "733123007", "110987002", "110987009", "772345003", "9371", "9372", "7391")
GOODS = ("maize", "50 bags", "3,500", "Bungoma market")
A_LIVE_SESSION = (
    # A number in every spelling, some with typing errors; the call is cut, and goes on where it was.
    "2", "1", "0733123001", "0733 123 00", "0202345678", "0110 987 002", "0", "254110987002", "0", "+254-110-987-002",
    *GOODS, "9371", "/hangup", "", "7", IN_A_MONTH,
    # PINs of every kind, one of them typed too early.
    "9371", "98", "1", "1234", "73 91", "", "9371", "9372", "9371",
    # Another contract, in another language, with somebody from abroad; then the list of contracts; the call is cut.
    "", "5", "1", "2", "00", "2", "2", "+256 772-345003", "mahindi", "magunia 20", "9000", "Kitale", IN_A_MONTH, "1",
    "9371", "", "1", "2", "9371", "0", "1", "/redial", "nonsense", "/hangup", "sms YES 0110 987 002",
)  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    started = ServiceProcess(tmp_path_factory.mktemp("a recorded phone's service"))
    try:
        yield started
    finally:
        started.stop()


async def test_a_live_session_plays_as_it_was_recorded(
    service: ServiceProcess, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    record = tmp_path / "story.txt"
    phone = await asyncio.to_thread(
        run_piped, OWN, "--data-dir", service.data_dir, "--record", str(record), cwd=service.folder,
        typed="".join(f"{line}\n" for line in A_LIVE_SESSION),
    )  # fmt: skip
    references = re.findall(r"^  (?:Contract|Mkataba) ([0-9]{4}) ([0-9]{4}) ", phone.stdout, re.MULTILINE)
    assert len(references) == 2, phone.stdout
    story = record.read_text()
    assert _real_values_in(story, *map("".join, references)) == []
    assert await _played(story, database_url, redis_url) == story


async def test_a_story_with_another_phone_plays_for_this_one(
    service: ServiceProcess, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    record = tmp_path / "story.txt"
    await asyncio.to_thread(_agrees_with_another_phone, service, record)
    story = record.read_text()
    assert "\n# sms< caller: Contract {ref} is confirmed by all: " in story
    assert "\nsms< caller: To choose your language, answer one of these: LANG EN, LANG SW" in story
    assert _real_values_in(story) == []
    assert await _played(story, database_url, redis_url) == story


def _agrees_with_another_phone(service: ServiceProcess, record: Path) -> None:
    where = ("--data-dir", service.data_dir)
    with TerminalPhone("+254733123007", *where, "--record", str(record), cwd=service.folder) as phone:
        phone.sees("> ")
        for typed in ("2", "2", ASKED_ONCE, *GOODS, IN_A_MONTH, "1"):
            phone.answers(typed, " waiting for an answer ")
        phone.answers("9371", "Type the same PIN again")
        phone.answers("9371", " call ended ")
        run_piped(ASKED_ONCE, *where, typed="/sms YES\n", cwd=service.folder)
        phone.sees("is confirmed by all")
        phone.press("sms LANG Sheng\r")
        phone.sees("To choose your language")
        phone.press("q\r")
        assert phone.ends_with() == 0


@pytest.mark.parametrize(("shown", "written"), [
    pytest.param("You sell to 0110 987 002.", "You sell to 0722 000 001.", id="a number at home"),
    pytest.param("You sell to +256 772 345 003.", "You sell to +256 712 345 601.", id="a number from abroad"),
    pytest.param("0110 987 002 declined, 0733 123 001 not", "0722 000 001 declined, 0712 345 678 not", id="our own"),
    pytest.param("Contract 4071 8353 is made", "Contract {ref} is made", id="a reference"),
    pytest.param("40718353, 90718354 wait: YES 40718353", "{ref}, 90718354 wait: YES {ref}", id="and what is none"),
    pytest.param("Kitale, 3 Oct 2026. All correct?", "Kitale, {...}. All correct?", id="a date"),
    pytest.param("Livraison: Kitale, 3 déc. 2026.", "Livraison: Kitale, {...}.", id="a date in French"),
    pytest.param("for KES 100,000,000 or XOF 100 000 000", "for KES 100,000,000 or XOF 100 000 000", id="amounts"),
    pytest.param("For all else dial *384*7#", "For all else dial *483#", id="the service code"),
])  # fmt: skip
def test_a_text_of_the_service_is_anonymized(shown: str, written: str) -> None:
    assert Anonymizer(OWN, "KE", "*384*7#").from_service(shown) == written


@pytest.mark.parametrize(("own", "country", "typed", "written"), [
    pytest.param(OWN, "KE", "(0110) 987002", "(0722) 000001", id="as it is spelled"),
    pytest.param(OWN, "KE", "110987002", "722000001", id="without the 0"),
    pytest.param(OWN, "KE", "shop at 0110987002", "shop at 0722000001", id="among words"),
    pytest.param(OWN, "KE", "01109870021", "01100000000", id="a digit too many"),
    pytest.param(UGANDAN, "UG", "0772 345 004", "+256712345601", id="where the test would take it for Kenyan"),
    pytest.param(OWN, "KE", "3500", "3500", id="an amount"),
    pytest.param(OWN, "KE", "25-12-2026", "25-12-2026", id="a day"),
])  # fmt: skip
def test_an_answer_is_anonymized(own: Msisdn, country: str, typed: str, written: str) -> None:
    anonymizer = Anonymizer(own, country, "*483#")
    anonymizer.screen(ReceivedScreen("CON A question\n0. Back\n00. Home"))
    assert anonymizer.typed(typed, ReceivedScreen("CON The next question")) == written


TERMS = "CON You buy 50 bags maize. All correct?\n1. Confirm\n2. Start again"


@pytest.mark.parametrize(("typed_at", "led_to"), [
    pytest.param(TERMS, TERMS.replace("CON ", "CON Choose from the list.\n"), id="the reason above"),
    pytest.param(TERMS, "CON Choose from the list.\n1. Confirm\n2. Start again", id="in place of the heading"),
    pytest.param(TERMS, TERMS, id="shown again as it was, because a reason has no room"),
    pytest.param("CON You buy 50 bags\n98. More", "CON of maize. All correct?\n1. Confirm", id="read on"),
    pytest.param(TERMS, None, id="never answered"),
])  # fmt: skip
def test_a_pin_typed_too_early_is_not_written(typed_at: str, led_to: str | None) -> None:
    anonymizer = Anonymizer(OWN, "KE", "*483#")
    anonymizer.screen(ReceivedScreen(typed_at))
    assert anonymizer.typed("9371", ReceivedScreen(led_to) if led_to else None) == "{pin}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["pin", "pin.again", "pin.new", "pin.recover"])
def test_no_secret_is_written_in_any_language(name: str, language: str) -> None:
    question = _question(name)
    secret = "90718354" if question.answer == "recovery_code" else "9371"
    out = io.StringIO()
    recorded = Recording(out, Anonymizer(OWN, "KE", "*483#"))
    shown = ReceivedScreen("END ")
    for page in _pages(translate(question.question, language)):
        recorded.typed("98")
        recorded.shown(shown := ReceivedScreen(f"CON {page.text}", after_secret=shown.asks_secret))
    recorded.typed(secret)
    recorded.shown(ReceivedScreen("END"))
    assert "caller> 98" in out.getvalue()
    assert secret not in out.getvalue()


def test_every_question_for_a_secret_is_tried_above() -> None:
    asked = [_question(name) for name in ("pin", "pin.again", "pin.new", "pin.recover")]
    assert {each.answer for each in asked} | {"new_pin"} == SECRET_ANSWERS
    assert {each.question.source for each in asked} <= {question.text.source for question in SECRET_QUESTIONS}


def test_what_was_never_answered_is_a_comment() -> None:
    out = io.StringIO()
    recorded = Recording(out, Anonymizer(OWN, "KE", "*483#"))
    recorded.dialled()
    recorded.shown(ReceivedScreen("CON Home\n1. Settings"))
    recorded.typed("9371")
    recorded.hung_up()
    assert out.getvalue().splitlines()[-2:] == ["# never answered: caller> {pin}", "caller hangs up"]


def _question(name: str) -> Ask:
    drawn = SCREENS[name]
    caller = Caller(OWN, "*483#", "KE", Currency.KES, date(2026, 10, 1))
    given = [Person(has_pin=True)] if drawn.reads else [EffectResult()] if drawn.wants_result else []
    about = {"effect": effects.to_json(ProvePin()), "then": "pin.changed"} if name in ("pin", "pin.again") else {}
    asked = drawn.draw(caller, *given, **about)
    assert isinstance(asked, Ask)
    return asked


def _pages(body: str) -> tuple[ScreenPage, ...]:
    nav = ("0. Back", "00. Home")
    return lay_out(body, (), first=nav, later=nav, more="98. More", budget=Budget("CON "))


async def _played(story: str, database_url: str, redis_url: str) -> str:
    async with open_service(database_url, redis_url, now=ServiceClock(datetime.now(UTC))) as fresh:
        return "\n".join([*await DialoguePlayer(fresh).play(story.splitlines()), ""])


def _real_values_in(story: str, *references: str) -> list[str]:
    """Return the real numbers, PINs and references that `story` has, in whatever spelling."""
    digits = re.sub(r"(?<=[0-9])[ ./()-]+(?=[0-9])", "", story)
    return [real for real in (*REAL, *references) if real in digits]
