"""Commands that change a contract: delivered, received, received in part, cancel, appeal, withdraw, pay.

As with a yes, a text is one of them only if it is nothing but the word, perhaps with a reference and a quantity. If the
word stands among others ("not received", "received?", "delivered 30"), the sender is asked back.
"""

import re
from collections.abc import Sequence

from contracts.fields.letters import fold_word
from contracts.sms.numbers import Numbers, has_plain_marks, wrong_reference_in
from contracts.sms.vocabulary import (
    ALL_OF_IT,
    NEARLY_YES_OR_NO,
    PHRASES,
    POLITE,
    READ_ONLY,
    UNCLEAR_FORM,
    WORD,
    Intent,
    mistyped_intent,
    phrase_at_end,
    phrase_at_start,
)
from values.frozen import Frozen

_MOST_WORDS = 8  # a longer text with such a word in it is about something else
_RECEIPTS = frozenset({Intent.RECEIVED, Intent.PART})
_MARKS = " .,;:!-()*#'\""
_MARKS_BEFORE_A_NUMBER = " ;:!()*#'\""
_SIGNED_NUMBER = re.compile(r"[-.,]\d")  # .5 is not 5, and -30 is not 30


class ContractCommand(Frozen):
    """`intent`: clear, or in its unclear form. `part`: how much was received, as typed: a number, perhaps with a unit.

    `wrong_reference`: digits that are too many for a quantity and name no contract.
    """

    intent: Intent
    reference: str | None = None
    wrong_reference: str | None = None
    part: str = ""


def contract_command(numbers: Numbers, words: Sequence[str]) -> ContractCommand | None:
    """Return the command in a text; None if it has no word of a command, or too many other words.

    `numbers` and `words` are those of the text; `words` are folded, without polite ones.
    """
    intent = _intent(words)
    if intent is None:
        return None
    unclear = ContractCommand(UNCLEAR_FORM[intent], numbers.reference)
    text = numbers.rest_without_reference
    if numbers.amount or not has_plain_marks(text):
        return unclear
    is_only_word, has_digits = PHRASES.get(" ".join(words)) is intent, any(map(str.isdecimal, text))
    if is_only_word and not has_digits:
        return ContractCommand(intent, numbers.reference)
    if numbers.wrong_reference and (wrong := wrong_reference_in(text)):
        return ContractCommand(intent if is_only_word else UNCLEAR_FORM[intent], wrong_reference=wrong)
    names_two = has_digits and numbers.reference is None and numbers.wrong_reference is None
    if intent not in _RECEIPTS or not has_digits or names_two or ALL_OF_IT & set(words):
        return unclear
    part = _quantity_beside_word(text)
    return ContractCommand(Intent.PART, numbers.reference, part=part) if part else unclear


def _intent(words: Sequence[str]) -> Intent | None:
    """The one command that the words are, begin with, end with or contain, or that the first word is meant to be."""
    if not words or len(words) > _MOST_WORDS:
        return None
    at_ends = (" ".join(words[: phrase_at_start(words)]), " ".join(words[len(words) - phrase_at_end(words) :]))
    intents = {PHRASES[word] for word in (*words, *at_ends) if word in PHRASES}
    if not intents and words[0] not in NEARLY_YES_OR_NO and (mistyped := mistyped_intent(words[0])):
        is_everyday = mistyped is Intent.PAY and len(words) > 1  # pas, day, say: many words are one letter from "pay"
        intents = set() if is_everyday else {mistyped}
    intents -= READ_ONLY
    if intents == _RECEIPTS:
        return PHRASES.get(" ".join(words), Intent.RECEIVED)
    return intents.pop() if len(intents) == 1 and intents <= set(UNCLEAR_FORM) else None


def _quantity_beside_word(text: str) -> str:
    """What follows the phrase at the start of `text`, or precedes the one at its end; "" if it may be no quantity."""
    found = [word for word in WORD.finditer(text) if fold_word(word[0]) not in POLITE]
    words = [fold_word(word[0]) for word in found]
    if first := phrase_at_start(words):
        before, quantity = text[: found[0].start()], text[found[first - 1].end() :]
    else:
        last = len(found) - phrase_at_end(words)
        if last == len(found):
            return ""
        before, quantity = text[found[-1].end() :], text[: found[last].start()]
    if any(map(str.isdecimal, before)):
        return ""
    for word in WORD.findall(quantity):
        if fold_word(word) in POLITE:
            quantity = re.sub(rf"\b{re.escape(word)}\b", " ", quantity)
    if _SIGNED_NUMBER.match(quantity.strip(_MARKS_BEFORE_A_NUMBER)):
        return ""
    return " ".join(quantity.strip(_MARKS).split())
