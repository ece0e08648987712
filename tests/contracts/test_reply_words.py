"""Yes and no by SMS in each language we speak, and what is too near to one to be taken for it."""

import pytest

from contracts.replies import Intent, understand
from menus.words import LANGUAGES, catalogue, say, t

REFERENCE = "40718353"
OFFERS = ("VoicePact {reference}: {other} buys", "VoicePact {reference}: {other} sells")


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("Oui", Intent.YES),
        ("OUI!", Intent.YES),
        ("Yarda", Intent.YES),
        ("Na yarda.", Intent.YES),
        ("አዎ", Intent.YES),
        ("አዎን።", Intent.YES),
        ("non", Intent.NO),
        ("A'a", Intent.NO),
        ("A\u2019A", Intent.NO),
        ("a\u02bca", Intent.NO),
        ("አይ", Intent.NO),
        ("አይደለም።", Intent.NO),
    ],
)
def test_each_language_has_its_own_words(typed: str, intent: Intent) -> None:
    assert understand(typed).intent is intent
    named = understand(f"{typed} {REFERENCE[:4]} {REFERENCE[4:]}")
    assert (named.intent, named.reference) == (intent, REFERENCE)


@pytest.mark.parametrize(
    "typed",
    [
        "Eh",  # Hausa's yes; anybody else's "what?"
        "I",  # Hausa's other yes
        "aye",  # Amharic's no in Latin letters, English's yes
        "ay",
        "aa",
        "a a",
        "ok",
        "d'accord",
        "እሺ",  # "all right", as one says to what one has merely heard
        "ban yarda ba",
        "na",
        "oui non",
        "oui mais",
        "yes'no",
        "non oui",
        "አዎ አይ",
        "oui?oui",
        "ouioui",
    ],
)
def test_a_consent_is_not_guessed(typed: str) -> None:
    assert understand(typed).intent is Intent.OTHER
    assert understand(f"{typed} {REFERENCE}").intent is Intent.OTHER


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_messages_tell_people_to_type_is_understood(language: str) -> None:
    offers = [m.id for m in catalogue("sw") if isinstance(m.id, str) and m.id.startswith(OFFERS)]
    assert len(offers) == len(OFFERS)
    for offer in offers:
        said = say(t(offer, reference=REFERENCE, other="-", goods="-", place="-", due="-", code="-"), language)
        intents = [understand(word.strip(",.።፣")).intent for word in said.split()]
        assert [intent for intent in intents if intent is not Intent.OTHER] == [Intent.YES, Intent.NO]
