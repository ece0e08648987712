"""Every text that speaks of the office says who that is and where it answers."""

from datetime import date

import pytest

from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind
from menus.checking.text_rules import texts_in_the_code
from menus.office import Office, with_office
from menus.screen import Caller
from menus.screens.help import help_
from menus.session import texts_on
from menus.sms.sms_text import sms_text
from menus.translate import t, translate
from tests.menus.sms.example_notices import TYPICAL
from values.frozen import replace

KENYAN, UGANDAN = Msisdn("+254712345678"), Msisdn("+256772345678")
COOP = Office("Bungoma Coop", "0800 720 123")


@pytest.mark.parametrize(("office", "reader", "shown"), [
    (Office(), KENYAN, "Tell the VoicePact office. The VoicePact office asks."),
    (Office(phone="0800 720 123"), KENYAN,
     "Tell the VoicePact office (0800 720 123). The VoicePact office (0800 720 123) asks."),
    (COOP, KENYAN, "Tell Bungoma Coop (0800 720 123). Bungoma Coop (0800 720 123) asks."),
    (Office("Coop", "+254711222333"), KENYAN, "Tell Coop (0711 222 333). Coop (0711 222 333) asks."),
    (Office("Coop", "+254711222333"), UGANDAN, "Tell Coop (+254 711 222 333). Coop (+254 711 222 333) asks."),
])  # fmt: skip
def test_the_office_is_named_with_its_phone(office: Office, reader: Msisdn, shown: str) -> None:
    text = with_office(t("Tell {office}. {Office} asks."), office, reader)
    assert translate(text, "en").replace("\u00a0", " ") == shown


def test_no_text_speaks_of_an_office_without_its_name() -> None:
    """Only the words that stand for a name where none is set. A paper is for other offices too, and names ours at its
    head."""
    sources = [known.source for known in texts_in_the_code() if not known.where.startswith("paper/")]
    speaks = [source for source in sources if "office" in source.lower().replace("{office}", "")]
    assert sorted(speaks) == ["The VoicePact office", "the VoicePact office"]
    assert not [source for source in sources if "tell us" in source.lower()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_that_somebody_else_asked_for_says_whom_to_call(language: str) -> None:
    notice = Notice(NoticeKind.RECOVERY, None, TYPICAL.caller, language)
    texts = {office: sms_text(notice, language, "*483#", office=office) for office in (COOP, Office("Bungoma Coop"))}
    assert "Bungoma Coop (0800 720 123)" in texts[COOP].replace("\u00a0", " ")
    assert all("Bungoma" in text for text in texts.values()) and len(set(texts.values())) == 2


def test_help_says_whom_to_call_where_there_is_a_phone() -> None:
    caller = Caller(KENYAN, "*483#", "KE", Currency.KES, date(2026, 11, 23))
    told = [
        translate(texts_on(help_(replace(caller, office=office)))[0], "en").replace("\u00a0", " ")
        for office in (Office(), COOP)
    ]
    assert "Questions?" not in told[0]
    assert told[1] == f"{told[0]} Questions? Call Bungoma Coop (0800 720 123)."
