"""The words of each of our languages, and the distance between words with different meanings."""

import re
import string
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import fold_word
from contracts.sms.understand import understand
from contracts.sms.vocabulary import LANGUAGE_NAMES, NO, PHRASES, UNCLEAR_FORM, YES, Intent, mistyped_intent
from menus.translate import catalogue, t, tn, translate

REFERENCE = "40718353"
WORDS = {**PHRASES, **dict.fromkeys(YES, Intent.YES), **dict.fromkeys(NO, Intent.NO)}
LATIN = string.ascii_lowercase + "'"
ETHIOPIC = "".join(sorted({letter for word in WORDS for letter in word if letter > "\u007f"}))
LETTERS = LATIN + ETHIOPIC
ACTED_ON = {
    Intent.YES,
    Intent.NO,
    Intent.AGREE,
    Intent.REFUSE,
    Intent.STOP,
    Intent.START,
    Intent.DISPUTE,
    *UNCLEAR_FORM,
}
BINDING = {Intent.YES, Intent.AGREE, Intent.RECEIVED, Intent.DELIVERED, Intent.PART}
# Beside a clear word, each of these says something else, or nobody knows what.
BESIDE = (
    "? 👎 😂 :( ≠ not no but if later tomorrow maybe half never he lakini kesho kama nusu bado si pas mais demain"
    " moitié ba ban amma gobe rabi ግን ነገ ግማሽ አይደለም"
)
OFFERS = ("VoicePact {reference}: {other} buys", "VoicePact {reference}: {other} sells")


def slips(word: str) -> set[str]:
    """Every text one letter of the same script from `word`: one less, one other, one more, two swapped."""
    letters = LATIN if word < "\u007f" else ETHIOPIC
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    less = {a + b[1:] for a, b in parts if b}
    other = {a + letter + b[1:] for a, b in parts if b for letter in letters}
    more = {a + letter + b for a, b in parts for letter in letters}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    return (less | other | more | swapped) - {word, ""}


@pytest.mark.parametrize(("word", "intent"), sorted(WORDS.items()))
def test_a_word_has_the_intent_that_it_is_listed_under(word: str, intent: Intent) -> None:
    assert understand(word).intent is understand(f" {word.upper()}! ").intent is intent


def test_no_word_has_two_meanings() -> None:
    assert not set(PHRASES) & (YES | NO | set(LANGUAGE_NAMES))
    assert not (YES & NO)
    assert all(fold_word(word) == word for word in WORDS), "the tables are spelled as texts are looked up"


def test_words_that_mean_different_things_are_two_letters_apart() -> None:
    long = {word: intent for word, intent in WORDS.items() if len(word) >= 3}
    near = {(word, slip) for word in long for slip in slips(word) if long.get(slip, long[word]) is not long[word]}
    assert near == set()


def test_no_mistyped_word_is_acted_on() -> None:
    """Whatever is one letter from a word that changes something, and is no word itself, changes nothing."""
    near = {slip for word, intent in WORDS.items() if intent in ACTED_ON and " " not in word for slip in slips(word)}
    others = [slip for slip in near if slip.strip("'") not in WORDS]
    assert {slip: intent for slip in others if (intent := understand(slip).intent) in ACTED_ON} == {}


def test_a_clear_word_beside_another_word_binds_nobody() -> None:
    clear = [word for word, intent in WORDS.items() if intent in BINDING - {Intent.PART}]
    texts = {text for word in clear for other in BESIDE.split() for text in (f"{word} {other}", f"{other} {word}")}
    assert {text: intent for text in texts - set(WORDS) if (intent := understand(text).intent) in BINDING} == {}


def test_a_text_one_slip_from_two_words_is_neither() -> None:
    reached: dict[str, set[Intent]] = defaultdict(set)
    for word, intent in WORDS.items():
        if len(word) >= 3 and " " not in word:
            for slip in slips(word):
                reached[slip].add(intent)
    wrong = {
        slip
        for slip, intents in reached.items()
        if len(slip) > 1 and len(intents) > 1 and mistyped_intent(slip) is not None
    }
    assert wrong == set()
    missed = {
        slip
        for slip, intents in reached.items()
        if len(slip) > 1 and len(intents) == 1 and mistyped_intent(slip) not in intents
    }
    assert missed == set()


@given(st.text(alphabet=LETTERS, min_size=1, max_size=9))
def test_no_other_word_is_a_yes(typed: str) -> None:
    assert (understand(typed).intent is Intent.YES) == (typed in YES)
    assert (understand(f"{typed} {REFERENCE}").intent is Intent.YES) == (typed in YES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_yes_and_no_that_our_sms_name_are_understood(language: str) -> None:
    # The others are for who needs their PIN to say yes: they name a no alone.
    both = [m.id for m in catalogue("sw") if isinstance(m.id, tuple) and m.id[0].startswith(OFFERS)]
    offers = [one_and_several for one_and_several in both if "YES" in one_and_several[0]]
    assert len(offers) == len(OFFERS)
    for (one, several), n in [(offer, n) for offer in offers for n in (1, 2)]:
        offer = tn(one, several, n=n, reference=REFERENCE, other="-", goods="-", place="-", due="-", code="-")
        text_sent = translate(offer, language)
        intents = [understand(word.strip(",.።፣")).intent for word in re.split(r"[\s/]+", text_sent)]
        assert [intent for intent in intents if intent in (Intent.YES, Intent.NO)] == [Intent.YES, Intent.NO]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("begins", "intents"),
    [
        ("VoicePact: answer YES", [Intent.YES, Intent.NO, Intent.STATUS, Intent.LIST, Intent.LANGUAGE, Intent.STOP]),
        ("VoicePact: you said STOP", [Intent.STOP, Intent.START]),
        ("VoicePact: you get our messages", [Intent.STOP, Intent.HELP]),
    ],
)  # fmt: skip
def test_the_commands_that_our_sms_name_are_understood(language: str, begins: str, intents: list[Intent]) -> None:
    text = next(m.id for m in catalogue("sw") if isinstance(m.id, str) and m.id.startswith(begins))
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", translate(t(text, code="-"), language))
    named = [word for word in words if word.isupper() or not word.isascii()]
    found = [WORDS.get(fold_word(word)) for word in named]
    assert list(dict.fromkeys(intent for intent in found if intent)) == intents
