"""What a person says by SMS. A consent is never guessed: a text is a yes only if it is nothing but a yes.

What only asks (STATUS, LIST, HELP) may be misspelled and may stand among other words. What changes something may not:
a slip of YES or NO is asked back, and a slip of STOP or START is answered with the help that names them.
"""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from contracts.money import Currency, Money, parse_amount
from contracts.numerals import tidy
from contracts.reference import is_reference, references_in
from contracts.refusals import BadInput
from contracts.vocabulary import (
    CURRENCY_WORDS,
    LANGUAGE_NAMES,
    NEARLY,
    NO,
    PHRASES,
    POLITE,
    YES,
    Intent,
    key,
    language_named,
    slip_of,
)

__all__ = ["Intent", "Said", "understand"]

_READ = 480  # letters, three parts of an SMS: what is longer is prose, of which only the first word is taken
_MOST_WORDS = 30  # in which a yes or a no is still worth asking back
_MOST_WORDS_ROUND_A_COMMAND = 4
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")  # a'a is one word
_DIGITS = re.compile(r"\d(?:[\d -]*\d)?")
# A reference in groups of one's own: 407-183-53.
_EIGHT = re.compile(r"(?<![\d+])\d(?:[ .\u2010-\u2015-]{0,3}\d){7}(?!\d)")
_WORD_OR_DIGITS = re.compile(r"[^\W_]+")
_NUMBER_SIGN = re.compile(r"\bno\. ?\d", re.IGNORECASE)  # "No. 12345678" may mean the number, not a no
_PRICE = re.compile(  # a name between two numbers is the second one's
    r"(?P<before>(?:[^\W\d_]+|₦|₵)\.? ?)?(?P<number>\d[\d,.]*(?: \d{3}(?!\d))*)"
    r"(?=(?P<after> ?(?:[^\W\d_]+|/[=-]|₦|₵)(?!\.? ?\d))?)"
)
_PRICES_TRIED = 4
_SHOWN_AT_MOST = 20  # of the digits that name no contract
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # a phone whose keys write full-width letters
_ASKS_ONLY = (Intent.STATUS, Intent.LIST, Intent.HELP)
_INSTEAD = {  # of what a slip does not do
    Intent.YES: Intent.MEANT_YES,
    Intent.NO: Intent.MEANT_NO,
    Intent.STOP: Intent.HELP,
    Intent.START: Intent.HELP,
    Intent.RECEIVED: Intent.UNCLEAR,
    Intent.DISPUTE: Intent.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Said:
    """`reference`: the one contract named. `misnamed`: digits that name none (a slip), shown back. `amount`: a sum
    of money, named with its currency. `language`: the code of the one asked for."""

    intent: Intent
    reference: str | None = None
    misnamed: str | None = None
    amount: Money | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The digits of a text. `rest`: the text without its amount. `alone`: they name one contract, or there are none."""

    rest: str
    reference: str | None
    misnamed: str | None
    amount: Money | None
    alone: bool


def understand(text: str) -> Said:
    """What a text asks for, in any language we speak and in any case, spacing and punctuation. Never raises.

    >>> understand("yes-57240000").intent, understand("Yez 5724 0000").intent, understand("57240000 sttus").intent
    (<Intent.YES: 'yes'>, <Intent.MEANT_YES: 'meant_yes'>, <Intent.STATUS: 'status'>)
    """
    text = text.strip()
    plain = tidy(text[:_READ].translate(_WIDE))
    numbers = _numbers(plain)
    words = [word.casefold() for word in _WORD.findall(numbers.rest)]
    keys = [key(word) for word in words]
    asked = [word for word in keys if word not in POLITE]
    if asked and PHRASES.get(asked[0]) is Intent.DISPUTE:
        return _said(Intent.DISPUTE, numbers)
    if len(text) > _READ:
        return _said(Intent.UNCLEAR, numbers)
    if any(word in YES or word in NO for word in keys):
        return _said(_word_given(plain, numbers, words, keys), numbers)
    if named := _language(asked):
        return Said(Intent.LANGUAGE, language=named)
    return _said(_command(asked, numbers), numbers)


def _word_given(plain: str, numbers: _Numbers, words: Sequence[str], keys: Sequence[str]) -> Intent:
    """A yes or a no if it is nothing but that; else one of those that are asked back."""
    said, is_clean = " ".join(words), all(map(_adds_nothing, _WORD_OR_DIGITS.sub("", numbers.rest)))
    if _NUMBER_SIGN.search(plain) or len(words) > _MOST_WORDS or not is_clean:
        return Intent.UNCLEAR if len(words) > _MOST_WORDS else Intent.UNSURE
    is_clear = numbers.alone or bool(numbers.misnamed)
    if said in YES:
        return Intent.YES if is_clear else Intent.MEANT_YES
    if said in NO:
        return Intent.NO if is_clear else Intent.MEANT_NO
    if all(word in YES for word in keys):  # "yes yes", "yés"
        return Intent.MEANT_YES
    return Intent.MEANT_NO if all(word in NO for word in keys) else Intent.UNSURE


def _command(asked: Sequence[str], numbers: _Numbers) -> Intent:
    """What is asked where no yes or no is said. STOP with a number in it may be about a contract: no opt-out."""
    if not asked:
        return Intent.STATUS if numbers.reference and numbers.alone else Intent.UNCLEAR
    found = PHRASES.get(" ".join(asked))
    if found in (Intent.STOP, Intent.START):
        return found if numbers.alone and not numbers.reference else Intent.UNCLEAR
    if found:
        return found
    if len(asked) == 1:
        return _slip(asked[0])
    if len(asked) == 2 and PHRASES.get(asked[0]) is Intent.LANGUAGE:
        return Intent.LANGUAGE  # one that we do not speak
    kinds = {PHRASES[word] for word in asked if word in PHRASES}
    if len(asked) <= _MOST_WORDS_ROUND_A_COMMAND and len(kinds) == 1 and kinds <= set(_ASKS_ONLY):
        return kinds.pop()
    return Intent.UNCLEAR


def _slip(word: str) -> Intent:
    """What one word that is in no list may have been meant for."""
    if word in NEARLY:
        return Intent.UNSURE
    meant = slip_of(word) or Intent.UNCLEAR
    return _INSTEAD.get(meant, meant)


def _language(asked: Sequence[str]) -> str | None:
    """`LANG sw`, `Kiswahili lugha`, or a language's whole name alone: a code alone is a word in somebody's language."""
    if len(asked) == 1:
        return LANGUAGE_NAMES.get(asked[0])
    if len(asked) != 2:
        return None
    for word, name in (asked, asked[::-1]):
        if PHRASES.get(word, slip_of(word)) is Intent.LANGUAGE and (code := language_named(name)):
            return code
    return None


def _said(intent: Intent, numbers: _Numbers) -> Said:
    return Said(intent, numbers.reference, numbers.misnamed, numbers.amount)


def _numbers(plain: str) -> _Numbers:
    """Two contracts named are none: which was meant is not ours to choose. An amount is no slip of a reference."""
    if not any(map(str.isdecimal, plain)):
        return _Numbers(plain, None, None, None, alone=True)
    amount, rest = _amount(plain)
    references = references_in(rest)
    if not references and (grouped := _EIGHT.search(rest)):
        digits = re.sub(r"[^0-9]", "", grouped[0])
        references = (digits,) if is_reference(digits) else ()
    reference = references[0] if len(references) == 1 else None
    misnamed = None if references else ", ".join(_DIGITS.findall(rest))[:_SHOWN_AT_MOST] or None
    is_alone = amount is None and reference is not None and sum(map(str.isdecimal, plain)) == len(reference)
    return _Numbers(rest, reference, misnamed, amount, is_alone)


def _amount(plain: str) -> tuple[Money | None, str]:
    """The first sum of money, which is a number beside the name of a currency, and the text without it."""
    for found in islice(filter(_is_priced, _PRICE.finditer(plain)), _PRICES_TRIED):
        before, after = (_currency_in(found, side) for side in ("before", "after"))
        number = found["number"].rstrip(",.")
        if amount := _money(before + number + after):
            start = found.start("number") - len(before)
            return amount, f"{plain[:start]} {plain[found.start('number') + len(number + after) :]}"
    return None, plain


def _is_priced(found: re.Match[str]) -> bool:
    return not is_reference(found["number"]) and bool(_currency_in(found, "before") or _currency_in(found, "after"))


def _currency_in(found: re.Match[str], side: str) -> str:
    """What stands before or after the number, if it is the name of a currency."""
    beside: str = found[side] or ""
    return beside if beside.strip(" .").casefold() in CURRENCY_WORDS else ""


def _money(price: str) -> Money | None:
    for currency in Currency:
        with suppress(BadInput):
            return parse_amount(price, currency)
    return None


def _adds_nothing(mark: str) -> bool:
    """Spaces and punctuation do; a question is no consent, and a sign (\U0001f44e, \u2260) may turn a word round."""
    return mark == " " or (unicodedata.category(mark)[0] == "P" and "QUESTION" not in unicodedata.name(mark, ""))
