"""What a text says is done with a contract, or shall be: delivered, received, so much of it received, an end.

As with a yes: only what is nothing but the word is taken for it. What speaks of it otherwise ("not received",
"received?", "delivered 30") is asked back.
"""

import re
from collections.abc import Sequence

from contracts.fields.letters import fold_word
from contracts.sms.numbers import Numbers, is_clean, wrong_reference_in
from contracts.sms.vocabulary import (
    ALL_OF_IT,
    NEARLY_YES_OR_NO,
    PHRASES,
    POLITE,
    UNCLEAR_FORM,
    WORD,
    Intent,
    phrase_at_end,
    phrase_at_start,
    slip_of,
)
from values.frozen import Frozen

_MOST_WORDS = 8  # round such a word, in which it is still worth asking back
_ASKS_ONLY = frozenset({Intent.STATUS, Intent.LIST, Intent.HELP})
_RECEIPTS = frozenset({Intent.RECEIVED, Intent.PART})
_MARKS = " .,;:!-()*#'\""
_MARKS_BEFORE = " ;:!()*#'\""
_SIGNED = re.compile(r"[-.,]\d")  # .5 is no 5, and -30 no 30


class ContractCommand(Frozen):
    """`part`: how much, as typed: a number, and perhaps a unit. `wrong_reference`: digits too many to be that."""

    intent: Intent
    reference: str | None = None
    wrong_reference: str | None = None
    part: str = ""


def contract_command(numbers: Numbers, asked: Sequence[str]) -> ContractCommand | None:
    """None: no such word is in it, or too many others. `asked`: the words of the text, but polite ones."""
    meant = _spoken_of(asked)
    if meant is None:
        return None
    near, beside = ContractCommand(UNCLEAR_FORM[meant], numbers.reference), numbers.beside
    if numbers.amount or not is_clean(beside):
        return near
    said, has_digits = PHRASES.get(" ".join(asked)), any(map(str.isdecimal, beside))
    if said is meant and not has_digits:
        return ContractCommand(meant, numbers.reference)
    if numbers.wrong_reference and (wrong_reference := wrong_reference_in(beside)):
        return ContractCommand(meant if said is meant else UNCLEAR_FORM[meant], wrong_reference=wrong_reference)
    names_two = has_digits and numbers.reference is None and numbers.wrong_reference is None
    if meant not in _RECEIPTS or not has_digits or names_two or ALL_OF_IT & set(asked):
        return near
    part = _beside_the_word(beside)
    return ContractCommand(Intent.PART, numbers.reference, part=part) if part else near


def _spoken_of(asked: Sequence[str]) -> Intent | None:
    """The one that the words are, begin with, end with or contain; a part is nearer than the whole."""
    if not asked or len(asked) > _MOST_WORDS:
        return None
    at_ends = (" ".join(asked[: phrase_at_start(asked)]), " ".join(asked[len(asked) - phrase_at_end(asked) :]))
    kinds = {PHRASES[word] for word in (*asked, *at_ends) if word in PHRASES}
    if not kinds and asked[0] not in NEARLY_YES_OR_NO and (slipped := slip_of(asked[0])):
        kinds = {slipped}
    meant = kinds - _ASKS_ONLY
    if meant == _RECEIPTS:
        return PHRASES.get(" ".join(asked), Intent.RECEIVED)
    return meant.pop() if len(meant) == 1 and meant <= set(UNCLEAR_FORM) else None


def _beside_the_word(text: str) -> str:
    """What stands behind the word that begins `text`, or before the one that ends it, without marks at its ends."""
    found = [word for word in WORD.finditer(text) if fold_word(word[0]) not in POLITE]
    words = [fold_word(word[0]) for word in found]
    if first := phrase_at_start(words):
        before, beside = text[: found[0].start()], text[found[first - 1].end() :]
    else:
        last = len(found) - phrase_at_end(words)
        if last == len(found):
            return ""
        before, beside = text[found[-1].end() :], text[: found[last].start()]
    if any(map(str.isdecimal, before)):
        return ""
    polite = [word for word in WORD.findall(beside) if fold_word(word) in POLITE]
    for word in polite:
        beside = re.sub(rf"\b{re.escape(word)}\b", " ", beside)
    if _SIGNED.match(beside.strip(_MARKS_BEFORE)):
        return ""
    return " ".join(beside.strip(_MARKS).split())
