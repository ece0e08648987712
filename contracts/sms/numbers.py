"""The numbers in an SMS: the reference it names, digits that name no contract, a sum of money."""

import re
import unicodedata
from contextlib import suppress
from itertools import islice

from contracts.fields.money import Currency, Money, parse_amount
from contracts.fields.reference import is_reference, references_in
from contracts.refusals import BadInput
from contracts.sms.vocabulary import CURRENCY_WORDS
from values.frozen import Frozen

# What people put between the digits of a reference: 407-183-53.
BETWEEN_DIGITS = r"[ .\u2010-\u2015-]{0,3}"

_DIGITS = re.compile(r"\d(?:[\d -]*\d)?")
_SPACED_REFERENCE = re.compile(rf"(?<![\d+])\d(?:{BETWEEN_DIGITS}\d){{7}}(?!\d)")
_PRICE = re.compile(  # a currency between two numbers belongs to the second
    r"(?P<before>(?:[^\W\d_]+|₦|₵)\.? ?)?(?P<number>\d[\d,.]*(?: \d{3}(?!\d))*)"
    r"(?=(?P<after> ?(?:[^\W\d_]+|/[=-]|₦|₵)(?!\.? ?\d))?)"
)
_WORD_OR_DIGITS = re.compile(r"[^\W_]+")
_SAD_FACE = re.compile(r"[:;=]['-]?[(\[/|]")
_QUESTION_MARK = re.compile("QUESTION|INTERROBANG")  # in the Unicode names of marks
_PRICES_TRIED = 4
_SHOWN_AT_MOST = 20  # characters of a wrong reference
_SHORTEST_WRONG_REFERENCE = 6  # digits; fewer are a quantity, a day, a house


class Numbers(Frozen):
    """The numbers in a text, as `numbers_in` finds them.

    `rest`: the text without its sum of money.
    `reference`: the one contract that the text names; None if it names none, or two.
    `wrong_reference`: the digits of a text that names no contract, as typed, 20 characters at most.
    `amount`: the first sum of money, if it has a currency.
    `has_no_other_digits`: the text has no digits but those of its reference.
    """

    rest: str
    reference: str | None
    wrong_reference: str | None
    amount: Money | None
    has_no_other_digits: bool

    @property
    def rest_without_reference(self) -> str:
        if self.reference is None:
            return self.rest
        return re.sub(BETWEEN_DIGITS.join(self.reference), " ", self.rest, count=1)


def numbers_in(text: str) -> Numbers:
    """Return the numbers in `text`, which comes from `normalize_text`.

    A text that names two contracts has no reference: we never choose which one was meant. A sum of money is never taken
    for a mistyped reference.
    """
    if not any(map(str.isdecimal, text)):
        return Numbers(text, None, None, None, has_no_other_digits=True)
    amount, rest = _amount(text)
    references = references_in(rest)
    if not references and (spaced := _SPACED_REFERENCE.search(rest)):
        digits = re.sub(r"[^0-9]", "", spaced[0])
        references = (digits,) if is_reference(digits) else ()
    reference = references[0] if len(references) == 1 else None
    wrong = None if references else ", ".join(_DIGITS.findall(rest))[:_SHOWN_AT_MOST] or None
    has_no_other = amount is None and reference is not None and sum(map(str.isdecimal, text)) == len(reference)
    return Numbers(rest, reference, wrong, amount, has_no_other)


def wrong_reference_in(text: str) -> str | None:
    """Return the first six or more digits in `text`, as typed: too many for a quantity, so a mistyped reference."""
    runs = (found[0] for found in _DIGITS.finditer(text))
    return next(
        (run[:_SHOWN_AT_MOST] for run in runs if sum(map(str.isdecimal, run)) >= _SHORTEST_WRONG_REFERENCE), None
    )


def has_plain_marks(text: str) -> bool:
    """Whether `text` has only words, digits, spaces and plain punctuation, so that its words mean what they say.

    A question mark makes no consent, and a sad face or a sign (\U0001f44e, ≠) may turn the words into their opposite.
    """
    return not _SAD_FACE.search(text) and all(map(_is_plain_mark, _WORD_OR_DIGITS.sub("", text)))


def asks(text: str) -> bool:
    """Whether `text` has a question mark, in any script."""
    return any(map(_is_question_mark, text))


def _amount(text: str) -> tuple[Money | None, str]:
    """The first sum of money, which is a number beside the name of a currency, and the text without it."""
    for found in islice(filter(_has_currency, _PRICE.finditer(text)), _PRICES_TRIED):
        before, after = (_currency_in(found, side) for side in ("before", "after"))
        number = found["number"].rstrip(",.")
        if amount := _money(before + number + after):
            start = found.start("number") - len(before)
            return amount, f"{text[:start]} {text[found.start('number') + len(number + after) :]}"
    return None, text


def _has_currency(found: re.Match[str]) -> bool:
    return not is_reference(found["number"]) and bool(_currency_in(found, "before") or _currency_in(found, "after"))


def _currency_in(found: re.Match[str], side: str) -> str:
    """The name of a currency `before` or `after` the number; "" if another word or nothing is there."""
    name: str = found[side] or ""
    return name if name.strip(" .").casefold() in CURRENCY_WORDS else ""


def _money(price: str) -> Money | None:
    for currency in Currency:
        with suppress(BadInput):
            return parse_amount(price, currency)
    return None


def _is_plain_mark(mark: str) -> bool:
    return mark == " " or (unicodedata.category(mark)[0] == "P" and not _is_question_mark(mark))


def _is_question_mark(mark: str) -> bool:
    return _QUESTION_MARK.search(unicodedata.name(mark, "")) is not None
