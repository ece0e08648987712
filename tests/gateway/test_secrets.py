"""What nobody may read: PINs and keys anywhere, full numbers in the log and in the session store.

A whole story is played on `python -m gateway serve` with secrets of its own, then everything it left is searched.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from signal import SIGTERM
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.settings import Settings, SettingsError, load_settings
from storage.embedded.servers import ServerUrls
from tests.clock import IN_A_MONTH
from tests.gateway.stored_values import any_form_of, stored_values
from tests.gateway.twilio_account import MO, SENDER, SID, sign
from tests.handset import HEADERS, Edge, Handset, holds_pin
from tests.service import fresh_database, open_simulator, point
from tests.serving import open_serving

AMINA, OTIENO = "+254712345678", "+254711222333"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", IN_A_MONTH, "1")
PINS = {"4826", "5937", "9164", "8053"}  # chosen by her, by him; then a wrong one, and her next one
SECRETS = {
    "AT_API_KEY": "atsk_at-api-key-of-a-test",
    "WEBHOOK_TOKEN": "webhook-token-of-a-test",
    "SECRET_KEY": "secret-key-of-a-test",
    "API_KEY": "api-key-of-a-test",
    "SIGNATURE_PRIVATE_KEY": "the+signing+key+of+a+test+in+base64++++++++=",
    "LOG_PRIVATE_KEY": "the+log+key+of+a+test+in+base64++++++++++++=",
    "TWILIO_AUTH_TOKEN": "twilio-token-of-a-test",
}
# Where a number, or a text that names one, is kept on purpose.
NUMBERS_LIVE_IN = {
    ("phones", "msisdn"),
    ("sms_logs", "text"),
    ("confirmation_texts", "texts"),
    ("confirmation_texts", "typed"),
    ("acted_hops", "reply"),
    ("sms_reports", "reason"),  # in the provider's own words, if the provider puts it there
}


@dataclass(frozen=True)
class Left:
    """What a story left behind: every value of every table (table, column, as text), every key and value of the
    session store at every step, all that was logged, all the bytes that were sent to phones, and all that `serve`
    printed."""

    values: list[tuple[str, str, str]]
    sessions: list[bytes]
    log: str
    texts: list[str]
    printed: str


@pytest_asyncio.fixture(scope="module", params=["json", "console"])
async def left(
    request: pytest.FixtureRequest,
    servers: ServerUrls,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Left]:
    async with (
        fresh_database(servers.database_url, template_database) as database_url,
        Redis.from_url(servers.redis_url) as redis,
        open_simulator(SECRETS["WEBHOOK_TOKEN"]) as simulator,
    ):
        await redis.flushdb()
        env = SECRETS | {
            "DATABASE_URL": database_url, "REDIS_URL": servers.redis_url, "AT_BASE_URL": simulator,
            "LOG_LEVEL": "DEBUG", "LOG_FORMAT": request.param, "TWILIO_ACCOUNT_SID": SID, "TWILIO_SENDER": SENDER,
        }  # fmt: skip
        async with open_serving(tmp_path_factory.mktemp("secrets") / "data", **env) as serving:
            token = SECRETS["WEBHOOK_TOKEN"]
            await point(simulator, serving.url, token, serving.http)
            sessions = await play(Edge(serving.http, serving.url, token, simulator), redis)
            db = await asyncpg.connect(database_url)
            texts = await db.fetch("SELECT text FROM sms_logs")
            values = await stored_values(db)
            await db.close()
            await serving.stop_with(SIGTERM)
            yield Left(
                values, sessions, serving.log.read_text(), [row["text"] for row in texts], serving.printed.read_text()
            )


async def play(edge: Edge, redis: Any) -> list[bytes]:
    """A story with every way in which a secret comes by; gives what the session store held, hop by hop."""
    sessions: list[bytes] = []
    amina, otieno, eve = (Handset(edge, msisdn) for msisdn in (AMINA, OTIENO, "+254733000111"))

    async def types(phone: Handset, *answers: str) -> None:
        for answer in answers:
            await phone.types(answer)
            sessions.extend([part async for key in redis.scan_iter("*") for part in (key, await redis.get(key) or b"")])

    await amina.dial()
    await types(amina, *OFFER, "4826", "9164", "4826")
    assert "is made" in amina.screen.text
    await amina.hangs_up("Success")
    assert await otieno.next_sms()

    await otieno.dial("1*1")
    await otieno.chooses("Confirm")
    await types(otieno, "5937", "5937")
    assert "is confirmed by all" in otieno.screen.text
    assert await otieno.next_sms()
    assert await amina.next_sms()

    await amina.dial("5*2")
    if "Settings" in amina.screen.text:
        await amina.chooses("Change PIN")
    await types(amina, "4826", "8053", "8053")
    assert "Your PIN is set" in amina.screen.text

    # What goes wrong may say too much: each of these is answered or refused, and perhaps logged.
    eve.session_id = amina.session_id
    assert (await edge.hook("ussd", eve.hop_form(amina.history))).status == 403
    assert (await edge.hook("ussd", amina.hop_form() | {"phoneNumber": "0712345678"})).status == 400
    assert (await edge.hook("ussd", b"text=4826&text=8053&phoneNumber=" + AMINA.encode())).status == 400
    assert (await edge.request("POST", f"/hooks/{SECRETS['WEBHOOK_TOKEN']}x/africastalking/ussd")).status == 404
    await amina.sends_sms("my PIN is not a thing to send")
    assert await amina.next_sms()
    await edge.hook("sms", amina.mo_form("YES", "mo-2") | {"from": "254712345678"})
    await edge.hook("sms/reports", {"id": "ATXid_none", "status": "Strange", "phoneNumber": AMINA})
    await edge.hook("sms/reports", {"id": "ATXid_none", "status": "Failed", "failureReason": f"no route to {AMINA}"})
    mo = MO | {"From": AMINA}
    for secret, status in (("a stranger's", 403), (SECRETS["TWILIO_AUTH_TOKEN"], 200)):
        path = f"/hooks/{SECRETS['WEBHOOK_TOKEN']}/twilio/sms"
        signed = {"X-Twilio-Signature": sign(edge.url + path, mo, secret)}
        assert (await edge.request("POST", path, urlencode(mo).encode(), **HEADERS, **signed)).status == status
    await edge.request("GET", "/v1/contracts", Authorization=f"Bearer {SECRETS['API_KEY']}")
    await edge.request("GET", f"/v1/messages?msisdn={AMINA[1:]}", Authorization=f"Bearer {SECRETS['API_KEY']}")
    await edge.request("GET", "/v1/contracts", Authorization="Bearer wrong")
    return sessions


def test_the_story_left_something_to_search(left: Left) -> None:
    """Without this the tests below could pass on nothing."""
    tables = {table for table, _, _ in left.values}
    assert {"phones", "contracts", "acted_hops", "confirmations", "sms_logs", "audit_logs", "sms_reports"} <= tables
    assert any(value.startswith("person:$argon2id$") for _, _, value in left.values)
    assert len(left.sessions) > 20
    assert any(b"ussd:" in part for part in left.sessions)
    for word in ("hop", "mt", "mo", "dlr", "session ended", "ChoosePin", "MakeContract", "Confirm"):
        assert word in left.log
    assert left.log.count("+254******678") > 10


@pytest.mark.parametrize("pin", sorted(PINS))
def test_no_pin_in_the_database(left: Left, pin: str) -> None:
    assert [place for place in left.values if any(holds_pin(place[2], form) for form in disguises(pin))] == []


@pytest.mark.parametrize("pin", sorted(PINS))
def test_no_pin_in_the_session_store(left: Left, pin: str) -> None:
    for part in left.sessions:
        assert not any(form.encode() in part for form in disguises(pin))


@pytest.mark.parametrize("pin", sorted(PINS))
def test_no_pin_in_the_log(left: Left, pin: str) -> None:
    assert [line for line in left.log.splitlines() if any(holds_pin(line, form) for form in disguises(pin))] == []


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_anywhere(left: Left, secret: str) -> None:
    assert [place for place in left.values if secret in place[2]] == []
    assert [part for part in left.sessions if secret.encode() in part] == []
    assert [line for line in left.log.splitlines() if secret in line] == []
    assert [text for text in left.texts if secret in text] == []


def test_no_key_of_an_operator_is_printed(left: Left) -> None:
    """The webhook token is: a service that is tried out shows the addresses to paste."""
    keys = {name: secret for name, secret in SECRETS.items() if name != "WEBHOOK_TOKEN"}
    assert "REST" in left.printed
    assert [name for name, secret in keys.items() if secret in left.printed] == []


@pytest.mark.parametrize("msisdn", [AMINA, OTIENO])
def test_no_number_in_the_log(left: Left, msisdn: str) -> None:
    assert [line for line in left.log.splitlines() if any_form_of(msisdn).search(line)] == []


@pytest.mark.parametrize("msisdn", [AMINA, OTIENO])
def test_no_number_in_the_session_store(left: Left, msisdn: str) -> None:
    assert [part for part in left.sessions if any_form_of(msisdn).search(part.decode("latin-1"))] == []


@pytest.mark.parametrize("msisdn", [AMINA, OTIENO])
def test_numbers_are_where_they_belong(left: Left, msisdn: str) -> None:
    assert {place[:2] for place in left.values if any_form_of(msisdn).search(place[2])} <= NUMBERS_LIVE_IN


def test_settings_show_no_secret() -> None:
    settings = secret_settings()
    for shown in (repr(settings), str(settings), f"{settings}", str([settings])):
        assert [secret for secret in (*SECRETS.values(), "hunter2") if secret in shown] == []
    assert [secret for secret in SECRETS.values() if secret in repr(settings.model_dump())] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"database_url": "mysql://voicepact:hunter2@db/voicepact"},
        {"redis_url": "http://:hunter2@redis"},
        {"at_base_url": "ftp://hunter2@host"},
        {"webhook_token": 4826},
        {"secret_key": ["hunter2"]},
        {"environment": "hunter2"},
        {"environment": "production", "api_key": "hunter2"},
        {"network_septets": "hunter2"},
    ],
    ids="+".join,
)
def test_a_wrong_setting_is_not_repeated(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as fault:
        load_settings(_env_file=None, **wrong)
    for shown in trail(fault.value):
        assert "hunter2" not in shown
        assert "4826" not in shown


def secret_settings() -> Settings:
    given = {name.lower(): value for name, value in SECRETS.items()}
    return load_settings(
        _env_file=None, database_url="postgresql://voicepact:hunter2@db/voicepact", redis_url="redis://:hunter2@redis",
        twilio_account_sid=SID, twilio_sender=SENDER, **given,
    )  # fmt: skip


def disguises(pin: str) -> Iterator[str]:
    """The PIN, and what can be undone in a moment: four digits hashed without a key are four digits."""
    yield pin
    for name in ("md5", "sha1", "sha256", "sha512"):
        yield hashlib.new(name, pin.encode()).hexdigest()
    yield base64.b64encode(pin.encode()).decode()


def trail(fault: BaseException | None) -> Iterator[str]:
    """An exception and all that led to it, as they would be shown."""
    while fault:
        yield from (str(fault), repr(fault))
        fault = None if fault.__suppress_context__ else fault.__cause__ or fault.__context__


def test_the_search_finds_what_it_looks_for() -> None:
    for spelled in (
        "+254712345678",
        "from=%2B254712345678&",
        "254712345678",
        '"0712345678"',
        "0712 345 678",
        "712345678",
    ):
        assert any_form_of(AMINA).search(spelled), spelled
    for other in ("+254******678", "9254712345678", "2547123456789", "0712 345 679"):
        assert not any_form_of(AMINA).search(other), other
    for spelled in ("4826", "2*1*4826", "text=2%2A4826", '"4826"', "4826*4826"):
        assert holds_pin(spelled, "4826"), spelled
    for other in ("148261", "a4826b", "2026-11-21T05:46:08.482610Z", "ATUid_4826f"):
        assert not holds_pin(other, "4826"), other
