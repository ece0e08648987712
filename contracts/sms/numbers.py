"""The numbers in a text: the one contract they name, a slip of its reference, a sum of money."""

import re
import unicodedata
from contextlib import suppress
from itertools import islice

from contracts.fields.money import Currency, Money, parse_amount
from contracts.fields.reference import is_reference, references_in
from contracts.refusals import BadInput
from contracts.sms.vocabulary import CURRENCY_WORDS
from values.frozen import Frozen

DIGITS = re.compile(r"\d(?:[\d -]*\d)?")
# A reference in groups of one's own: 407-183-53.
BETWEEN = r"[ .\u2010-\u2015-]{0,3}"
_EIGHT = re.compile(rf"(?<![\d+])\d(?:{BETWEEN}\d){{7}}(?!\d)")
_PRICE = re.compile(  # a name between two numbers is the second one's
    r"(?P<before>(?:[^\W\d_]+|₦|₵)\.? ?)?(?P<number>\d[\d,.]*(?: \d{3}(?!\d))*)"
    r"(?=(?P<after> ?(?:[^\W\d_]+|/[=-]|₦|₵)(?!\.? ?\d))?)"
)
_WORD_OR_DIGITS = re.compile(r"[^\W_]+")
_FACE = re.compile(r"[:;=]['-]?[(\[/|]")  # a sad one turns a word round
_ASKS = re.compile("QUESTION|INTERROBANG")
_PRICES_TRIED = 4
_SHOWN_AT_MOST = 20  # of the digits that name no contract
_SHORTEST_MISNAMED = 6  # digits: fewer are a quantity, a day, a house


class Numbers(Frozen):
    """The digits of a text. `rest`: the text without its amount. `alone`: they name one contract, or there are none."""

    rest: str
    reference: str | None
    wrong_reference: str | None
    amount: Money | None
    alone: bool

    @property
    def beside(self) -> str:
        """The text without its amount and without the contract it names."""
        if self.reference is None:
            return self.rest
        return re.sub(BETWEEN.join(self.reference), " ", self.rest, count=1)


def numbers_in(plain: str) -> Numbers:
    """Two contracts named are none: which was meant is not ours to choose. An amount is no slip of a reference."""
    if not any(map(str.isdecimal, plain)):
        return Numbers(plain, None, None, None, alone=True)
    amount, rest = _amount(plain)
    references = references_in(rest)
    if not references and (grouped := _EIGHT.search(rest)):
        digits = re.sub(r"[^0-9]", "", grouped[0])
        references = (digits,) if is_reference(digits) else ()
    reference = references[0] if len(references) == 1 else None
    wrong_reference = None if references else ", ".join(DIGITS.findall(rest))[:_SHOWN_AT_MOST] or None
    is_alone = amount is None and reference is not None and sum(map(str.isdecimal, plain)) == len(reference)
    return Numbers(rest, reference, wrong_reference, amount, is_alone)


def wrong_reference_in(text: str) -> str | None:
    """The first digits that are too many for a quantity, as they stand there: a slip of a reference."""
    runs = (found[0] for found in DIGITS.finditer(text))
    return next((run[:_SHOWN_AT_MOST] for run in runs if sum(map(str.isdecimal, run)) >= _SHORTEST_MISNAMED), None)


def is_clean(text: str) -> bool:
    """Whether nothing stands in it but words, digits, spaces and punctuation that asks nothing."""
    return not _FACE.search(text) and all(map(_adds_nothing, _WORD_OR_DIGITS.sub("", text)))


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
    return mark == " " or (unicodedata.category(mark)[0] == "P" and not _ASKS.search(unicodedata.name(mark, "")))
