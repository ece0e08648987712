"""CHECK, a reference and a short code: understood however it is typed, and never in place of another command."""

import pytest

from contracts.sms.check_command import TypedPaper
from contracts.sms.pure_read import is_pure_read
from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent

REFERENCE, CODE = "40718353", "BCDFGHJKLMNP"


@pytest.mark.parametrize(
    "text",
    [
        "CHECK 40718353 BCDF GHJK LMNP", "check 40718353 bcdfghjklmnp", "Check 4071 8353: BCDF-GHJK-LMNP.",
        "CHECK BCDF GHJK LMNP 40718353", "chek 40718353 BCDF GHJK LMNP", "Chck 40718353 bcdf ghjk lmnp",
        "40718353 BCDF GHJK LMNP", "CHECK contract 40718353 code BCDF GHJK LMNP please",
        "check 40718353 8CDF GHJK 1MNP",
        "HAKIKI 40718353 BCDF GHJK LMNP", "hakiki mkataba 40718353 msimbo BCDF GHJK LMNP",
        "Vérifier 40718353 BCDF GHJK LMNP",
        "verifiez 40718353 BCDFGHJKLMNP svp", "DUBA 40718353 BCDF GHJK LMNP",
        "duba yarjejeniya 40718353 haruffa bcdfghjk lmnp",
        "አጣራ 40718353 BCDF GHJK LMNP", "አጣራ ውል 40718353 ኮድ bcdf ghjk lmnp", "CHECK40718353BCDFGHJKLMNP",
    ],
)  # fmt: skip
def test_a_check_is_understood(text: str) -> None:
    meaning = understand(text)
    assert (meaning.intent, meaning.paper) == (Intent.CHECK, TypedPaper(REFERENCE, CODE))
    assert meaning.reference is None, "the sender's own contracts are not meant"
    assert is_pure_read(text, meaning)


def test_a_reference_whose_check_digit_is_wrong_is_looked_for_too() -> None:
    assert understand("CHECK 40718359 BCDF GHJK LMNP").paper == TypedPaper("40718359", CODE)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("CHECK", None), ("check please", None), ("CHECK 40718353", REFERENCE),
        ("CHECK 40718353 BCDF GHJK LMN", REFERENCE),
        ("CHECK 40718353 BCDF GHJK LMNPRS", REFERENCE), ("hakiki 40718353", REFERENCE),
        ("CHECK BCDF GHJK LMNP", None), ("bcdf ghjk lmnp", None), ("Code BCDFGHJKLMNP", None),
        ("CHECK 4071835 BCDF GHJK LMNP", None),
    ],
)  # fmt: skip
def test_a_check_that_is_not_whole_is_asked_back(text: str, reference: str | None) -> None:
    meaning = understand(text)
    assert (meaning.intent, meaning.paper) == (Intent.CHECK, TypedPaper(reference, None))
    assert not is_pure_read(text, meaning)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("YES 40718353 BCDF GHJK LMNP", Intent.UNSURE), ("NO 40718353 BCDFGHJKLMNP", Intent.UNSURE),
        ("DISPUTE 40718353 BCDF GHJK LMNP", Intent.DISPUTE), ("STATUS 40718353", Intent.STATUS),
        ("40718353", Intent.STATUS), ("pls snd th mny", Intent.UNCLEAR),
        ("DISPUTE 40718353 half of it is rotten. Code BCDF GHJK LMNP", Intent.DISPUTE),
        ("I sent YES to contract 40718353. Code BCDF GHJK LMNP", Intent.UNSURE),
        ("RECEIVED 40718353 30 bags", Intent.PART), ("check status 40718353", Intent.STATUS),
        ("check my contracts", Intent.LIST), ("check 40718353 the bags are wet and two are missing", Intent.PROBLEM),
    ],
)  # fmt: skip
def test_other_commands_stay_what_they_are(text: str, intent: Intent) -> None:
    assert understand(text).intent is intent
