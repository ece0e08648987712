"""Sample inputs for the walk through the menus: what people type, at the greatest length that the parsers accept.

There is one for each alphabet that a phone can type, because each fills a page in another way: a letter of the GSM-7
extension counts two septets, one Ethiopic letter turns a page into UCS-2, an emoji or an Adlam letter counts two UCS-2
units, and a word with a digit in it is never clipped.
"""

from collections.abc import Iterator
from datetime import date

from contracts.escrow.rules import EscrowRules
from contracts.fields.free_text import NAME_LETTERS, PLACE_LETTERS, PRODUCT_LETTERS
from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import MAX_AMOUNT, MAX_UNIT_LETTERS
from menus.office import Office
from values.frozen import Frozen, Hidden

TODAY = date(2026, 10, 1)
CALLER = Msisdn("+254712345678")
SERVICE_CODE = "*483*1234#"
SERVED = frozenset({"254", "256", "229"})  # calling codes
_ABROAD = Msisdn("+2290195123456")  # Benin's numbers are the longest in Africa: +229 01 95 12 34 56
_ESCROW = EscrowRules(largest=MAX_MAJOR, currencies=frozenset(Currency))
# With the others the menus are those of a service without escrow. Contracts with it are in the record of all.
_WITH_ESCROW = ("longest words", "accents", "Ethiopic letters")
_FARTHEST = date(2028, 9, 30)  # September has a long name in every language, and in most the longest


class SampleInput(Frozen):
    """What the caller types and what the other parties have typed. `other` is the other party's number, `person` their
    name. `escrow`: as the caller has it."""

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
    office: Office = Office("Kakamega Farmers' Co-op 2", "+254 800 720 123")
    escrow: EscrowRules | None = None

    @property
    def amount(self) -> Money:
        """The longest amount of `currency`: with cents it is one letter longer than the round maximum."""
        scale = 10**self.currency.exponent
        return Money(MAX_MAJOR * scale - (1 if scale > 1 else 0), self.currency)


def sample_inputs() -> tuple[SampleInput, ...]:
    """Everyday words, then every alphabet at its longest. Together they have every currency. Where possible the
    alphabets have currencies with cents, because those amounts are longer."""
    everyday = SampleInput(
        "everyday words", "maize", "Bungoma market", "bags", "Otieno", "50", Currency.UGX,
        other=Msisdn("+254722000111"), due=date(2026, 12, 25), office=Office(),
        escrow=EscrowRules(currencies=frozenset(Currency)),  # so the longest amount is one that cannot wait
    )  # fmt: skip
    return (everyday, *_longest_inputs())


def longest(pattern: str, letters: int) -> str:
    """`pattern` repeated to exactly `letters` characters, without a space at the end."""
    text = (pattern * letters)[:letters]
    return text[:-1] + "x" if text.endswith(" ") else text


def _longest_inputs() -> Iterator[SampleInput]:
    yield _longest_input("longest words", "Improved maize ", "crates ", Currency.KES)
    yield _longest_input("longest words, no cents", "Improved maize ", "crates ", Currency.RWF)
    yield _longest_input("one long word", "W", "w", Currency.TZS)
    yield _longest_input("figures in words", "7wwwwwww", "w", Currency.ZAR)
    yield _longest_input("extension letters", "w€", "w", Currency.GHS)
    yield _longest_input("apostrophes", "ng’ombe ", "w'", Currency.MWK)
    yield _longest_input("accents", "Café très sucré ", "sacs à épaule ", Currency.XOF)
    yield _longest_input("Hausa letters", "ƙwaɗo ", "ƙwaɗ", Currency.NGN)
    yield _longest_input("Hausa letters and figures", "ɗɗɗɗɗɗɗ7", "ɗ", Currency.NGN)
    yield _longest_input("Ethiopic letters", "የተሻሻለ በቆሎ ", "ኩንታል", Currency.ETB)
    yield _longest_input("emoji", "w🌽", "ɗ", Currency.ZMW)
    yield _longest_input("Adlam letters", "𞤀𞤣", "𞤢𞤣", Currency.KES)


def _longest_input(name: str, words: str, unit: str, currency: Currency) -> SampleInput:
    return SampleInput(
        name,
        product=longest(words, PRODUCT_LETTERS),
        place=longest(words, PLACE_LETTERS),
        unit=longest(unit, MAX_UNIT_LETTERS // (1 if unit[0] <= "\uffff" else 2)),  # the parser counts UTF-16 units
        person=longest(words, NAME_LETTERS),
        currency=currency,
        escrow=_ESCROW if name in _WITH_ESCROW else None,
    )
