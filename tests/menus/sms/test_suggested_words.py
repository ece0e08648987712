"""Each word that a text of ours tells its reader to send is understood when they send just that, in every language."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import pytest
from babel.messages.catalog import Message

from contracts.fields.languages import LANGUAGES
from contracts.sms.understand import understand
from contracts.sms.vocabulary import UNCLEAR_FORM, Intent
from menus.checking.text_rules import texts_in_the_code
from menus.translate import SOURCE, catalogue

REFERENCE, NUMBER = "40718353", "0749123456"
PLACES = {"reference": REFERENCE, "one": REFERENCE, "number": NUMBER}
# In capitals, and no command: names, and what follows CHANGE (tests/menus/sms/test_not_done.py).
NO_COMMANDS = frozenset(
    "KES SMS PIN SIM USSD TOTAL QTY DATE PLACE JUMLA IDADI TAREHE MAHALI QTE LIEU JIMLA YAWA RANA WURI BCDF GHJK"  # noqa: SIM905 - a list of words
    " LMNP".split()
)
NOT_UNDERSTOOD = {Intent.UNCLEAR, Intent.UNSURE, Intent.MEANT_STOP, Intent.MEANT_YES, Intent.MEANT_NO}
_CAPITALS = r"[A-ZÀ-ÖØ-ÞƁƊƘƳ]+(?:'[A-ZÀ-ÖØ-ÞƁƊƘƳ]+)?"
WITH_A_NUMBER = {Intent.YES, Intent.NO, Intent.DISPUTE, Intent.BLOCK, Intent.UNBLOCK, Intent.CHECK, *UNCLEAR_FORM}
SUGGESTED = re.compile(rf"(?<![^\W_]|')({_CAPITALS}(?: {_CAPITALS})*)(?![^\W_]|')( \d{{8,10}})?")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
HOOKS = str.maketrans("ɓɗƙƴƁƊƘƳ", "bdkyBDKY")


def filled(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: PLACES.get(place[1], "-"), text)


def suggested(text: str) -> list[str]:
    """The words in capitals, which are those to send, each with the reference or the number that follows it."""
    found = [([word for word in words.split() if word not in NO_COMMANDS], n) for words, n in SUGGESTED.findall(text)]
    return [" ".join(words) + number for words, number in found if len("".join(words)) > 1]


def suggested_in_ethiopic(text: str) -> list[str]:
    """The word in front of each reference or number, if it is a command: "ውል" (contract) is none."""
    sent = [f"{word} {number}" for word, number in re.findall(rf"([^\W\d_]+) ({REFERENCE}|{NUMBER})", text)]
    return [one for one in sent if understand(one).intent in WITH_A_NUMBER]


def intents_of(texts: Sequence[str]) -> list[Intent]:
    return [understand(text).intent for text in texts]


def as_on_a_plain_keypad(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.translate(HOOKS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def with_suggestions() -> Iterator[tuple[Message, list[str]]]:
    """What a paper says of an answer, such as "YES to terms 2", is sent to nobody."""
    on_paper = {known.source for known in texts_in_the_code() if known.where.startswith("paper/")}
    for message in catalogue("sw"):
        source = message.id if isinstance(message.id, str) else message.id[0]
        if source and source not in on_paper and (sent := suggested(filled(source))):
            yield message, sent


def translations(language: str) -> Iterator[tuple[str, list[str]]]:
    """Each text in the language that suggests something, with what the English one suggests."""
    strings = {} if language == SOURCE else {message.id: message.string for message in catalogue(language)}
    for message, english in with_suggestions():
        found = strings.get(message.id, message.id)
        yield from ((filled(text), english) for text in ((found,) if isinstance(found, str) else found or ()))


def test_the_suggestions_of_our_texts_are_found() -> None:
    text = filled("Answer YES {reference}, PART {reference} and how much, or NO. A'A {one}, NA KARBA! KES I {by}")
    assert suggested(text) == [f"YES {REFERENCE}", f"PART {REFERENCE}", "NO", f"A'A {REFERENCE}", "NA KARBA"]
    all_of_them = {intent for _, sent in with_suggestions() for intent in intents_of(sent)}
    assert not all_of_them & NOT_UNDERSTOOD and len(all_of_them) >= 18


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "am"])
def test_each_suggestion_does_what_the_english_one_does(language: str) -> None:
    wrong = {}
    for text, english in translations(language):
        sent = suggested(text)
        meant = intents_of(sent), intents_of(list(map(as_on_a_plain_keypad, sent)))
        if meant != (intents_of(english),) * 2:
            wrong[text] = sent, meant
    assert wrong == {}


def test_each_suggestion_in_amharic_does_what_the_english_one_does() -> None:
    """Its words have no capitals: those without a number are somewhere in the text, in Amharic or in English."""
    wrong = {}
    for text, english in translations("am"):
        sent = suggested_in_ethiopic(text)
        with_number = intents_of([one for one in english if one[-1].isdecimal()])
        alone = set(intents_of(english)) - set(with_number)
        if intents_of(sent) != with_number or not alone <= set(intents_of(WORD.findall(text))):
            wrong[text] = sent, intents_of(sent)
    assert wrong == {}
