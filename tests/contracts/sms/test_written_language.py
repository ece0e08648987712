"""The language of an SMS, as far as its script or its words show it."""

import pytest

from contracts.sms.vocabulary import PHRASES
from contracts.sms.written_language import _WORDS, written_language

WRITTEN = {
    "sw": [
        "NDIYO",
        "ndio 40718353",
        "Sawa nakubali",
        "sijapokea",
        "nimesahau PIN",
        "Hapana asante",
        "yameoza",
        "Poa",
        "zuia",
        "nani huyu",
        "arobaini",
        "mbona hujaleta",
        "nitalipa kesho",
        "hatutaki",
        "Uko njiani?",
        "niletee",
    ],
    "fr": [
        "OUI",
        "oui 40718353",
        "pas reçu",
        "J'accepte",
        "d’accord",
        "Non merci",
        "ok oui",
        "livré",
        "c'est qui",
        "combien ?",
        "état",
    ],
    "ha": ["na yarda", "ban yarda ba", "Na karɓa", "ban karba ba", "akwai matsala", "A’a", "ƙara", "wane ne", "yanzu"],
    "am": ["አዎ", "አልደረሰኝም", "YES አዎ", "40718353 አዎን"],
    None: [
        "YES",
        "no",
        "received",
        "STOP",
        "ok",
        "40718353",
        "",
        "👍",
        "abeg help",
        "oui ndiyo",
        "Amina",
        "to",
        "who is this",
        "what situation",
        "Nitasha",
        "Utah",
        "unable to come",
        "tulips",
        "Tatu City",
    ],
}


def test_a_text_shows_its_language() -> None:
    cases = {text: language for language, texts in WRITTEN.items() for text in texts}
    assert {text: written_language(text) for text in cases} == cases


def test_no_word_is_of_two_languages() -> None:
    words = [word for words in _WORDS.values() for word in set(words.split())]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("english", ["yes", "no", "received", "delivered", "part", "change", "cancel", "help", "stop"])
def test_a_word_that_our_english_sms_ask_for_shows_nothing(english: str) -> None:
    assert english in {*PHRASES, "yes", "no"}
    assert written_language(english) is None
