"""Worlds to walk the menus in: one coherent worst case each of what people may have typed.

The lengths are those that the parsers take. Every alphabet that a phone can type is here, because each weighs another
way: an extension letter is two septets, one Ethiopic letter turns a page into UCS-2, an emoji or an Adlam letter is two
units of it, a word with a digit in it is never clipped.
"""

from collections.abc import Iterator
from datetime import date

from contracts.fields.free_text import NAME_LETTERS, PLACE_LETTERS, PRODUCT_LETTERS
from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import MAX_AMOUNT, MAX_UNIT_LETTERS
from values.frozen import Frozen, Hidden

TODAY = date(2026, 10, 1)
CALLER = Msisdn("+254712345678")
SERVICE_CODE = "*483*1234#"
_ABROAD = Msisdn("+2290195123456")  # Benin's form is the longest of Africa's: +229 01 95 12 34 56
_FARTHEST = date(2028, 9, 30)  # September is the longest month in most languages, and nowhere short


class SampleInput(Frozen):
    """What the caller types in this sample and what others have typed; `amount` is the biggest of `currency`."""

    name: str
    product: str
    place: str
    unit: str
    person: str
    quantity: str = f"{MAX_AMOUNT - 1}.999"
    currency: Currency = Currency.KES
    other: Hidden[Msisdn] = _ABROAD
    caller: Hidden[Msisdn] = CALLER
    due: date = _FARTHEST

    @property
    def amount(self) -> Money:
        """With cents, which is one letter longer than the round maximum."""
        scale = 10**self.currency.exponent
        return Money(MAX_MAJOR * scale - (1 if scale > 1 else 0), self.currency)


def sample_inputs() -> tuple[SampleInput, ...]:
    """An everyday one, and every alphabet at its longest. Every currency is that of some sample; cents make an amount
    longer than its code does, so the alphabets go with currencies that have them."""
    everyday = SampleInput(
        "everyday words", "maize", "Bungoma market", "bags", "Otieno", "50", Currency.UGX,
        other=Msisdn("+254722000111"), due=date(2026, 12, 25),
    )  # fmt: skip
    return (everyday, *_alphabets())


def longest(pattern: str, letters: int) -> str:
    """`pattern` over and over, exactly so many characters, with no space at its end."""
    said = (pattern * letters)[:letters]
    return said[:-1] + "x" if said.endswith(" ") else said


def _alphabets() -> Iterator[SampleInput]:
    yield _same_letters("longest words", "Improved maize ", "crates ", Currency.KES)
    yield _same_letters("longest words, no cents", "Improved maize ", "crates ", Currency.RWF)
    yield _same_letters("one long word", "W", "w", Currency.TZS)
    yield _same_letters("figures in words", "7w", "w", Currency.ZAR)
    yield _same_letters("extension letters", "w€", "w", Currency.GHS)
    yield _same_letters("apostrophes", "ng’ombe ", "w'", Currency.MWK)
    yield _same_letters("accents", "Café très sucré ", "sacs à épaule ", Currency.XOF)
    yield _same_letters("Hausa letters", "ƙwaɗo ", "ƙwaɗ", Currency.NGN)
    yield _same_letters("Hausa letters and figures", "ɗ7", "ɗ", Currency.NGN)
    yield _same_letters("Ethiopic letters", "የተሻሻለ በቆሎ ", "ኩንታል", Currency.ETB)
    yield _same_letters("emoji", "w🌽", "ɗ", Currency.ZMW)
    yield _same_letters("Adlam letters", "𞤀𞤣", "𞤢𞤣", Currency.KES)


def _same_letters(name: str, words: str, unit: str, currency: Currency) -> SampleInput:
    return SampleInput(
        name,
        product=longest(words, PRODUCT_LETTERS),
        place=longest(words, PLACE_LETTERS),
        unit=longest(unit, MAX_UNIT_LETTERS // (1 if unit[0] <= "\uffff" else 2)),  # it is counted in UTF-16 units
        person=longest(words, NAME_LETTERS),
        currency=currency,
    )
