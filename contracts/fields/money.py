"""Money: whole minor units and an ISO 4217 currency, and how people type it.

>>> parse_amount("Ksh3,500.50", Currency.KES)
Money(minor=350050, currency=<Currency.KES: 'KES'>)
>>> parse_amount("2.5k", Currency.UGX).major
'2500'
"""

import re
from decimal import Decimal
from enum import StrEnum

from contracts.fields.letters import fold_word, normalize_text, without_marks_around
from contracts.fields.number_grammars import NUMBER_WORDS, spelled
from contracts.fields.number_words import read_number_words
from contracts.fields.numerals import decimals, read_decimal
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

MAX_MAJOR = 100_000_000  # of one contract between two people on feature phones; more is a typing mistake


class Currency(StrEnum):
    """The currencies a contract may be in."""

    KES = "KES"
    UGX = "UGX"
    TZS = "TZS"
    RWF = "RWF"
    NGN = "NGN"
    GHS = "GHS"
    ZAR = "ZAR"
    ETB = "ETB"
    XOF = "XOF"
    MWK = "MWK"
    ZMW = "ZMW"

    @property
    def exponent(self) -> int:
        """Digits after the point, by ISO 4217."""
        return 0 if self in _WITHOUT_CENTS else 2


_WITHOUT_CENTS = frozenset({Currency.UGX, Currency.RWF, Currency.XOF})

# What people type beside the number, in lower case without dots.
_SHILLINGS = "sh shs shilling shillings shilingi /= /- ="
_NAMES = {
    Currency.KES: f"kes ksh kshs kenyashillings bob {_SHILLINGS}",
    Currency.UGX: f"ugx ush ushs {_SHILLINGS}",
    Currency.TZS: f"tzs tsh tshs {_SHILLINGS}",
    Currency.RWF: "rwf frw rf franc francs amafaranga",
    Currency.NGN: "ngn n naira ₦",
    Currency.GHS: "ghs ghc gh gh₵ gh¢ ₵ cedi cedis",
    Currency.ZAR: "zar r rand rands",
    Currency.ETB: "etb br birr ብር",
    Currency.XOF: "xof cfa fcfa f franc francs",
    Currency.MWK: "mwk mk k kwacha",
    Currency.ZMW: "zmw zk k kwacha",
}
_OWN = {currency: frozenset(names.split()) for currency, names in _NAMES.items()}
_FOREIGN = frozenset("usd $ us$ dollar dollars dola eur € euro euros gbp £ pound pounds".split())  # noqa: SIM905 - a list of words
CURRENCY_NAMES = frozenset().union(*_OWN.values())

_TIMES = {
    1_000: "k thousand thao ngiri elfu mille dubu ሺህ ሺ",
    100_000: "laki lakh lakhs",
    1_000_000: "m mn million millions milioni miliyan ሚሊዮን",
}
_MULTIPLIERS = {word: times for times, words in _TIMES.items() for word in words.split()}
_LEADING = frozenset("elfu ngiri laki milioni dubu miliyan".split())  # noqa: SIM905 - Swahili and Hausa say "thousand three"

# A decimal comma, as in French, where it cannot group thousands: one or two digits follow it, only a 0 stands before
# it, or spaces group the thousands before it.
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}|0,[0-9]+|[0-9]{1,3}(?: [0-9]{3})+,[0-9]+")

_GROUPED = re.compile(r"[0-9][, '][0-9]{3}")
_DASH = re.compile(r"(?<=[0-9])[.,]?-$")  # "3500,-"
_COLON = re.compile(r"(?<=[^\W\d_]) ?: ?(?=[0-9])")  # "Ksh: 3500"

# Said beside an amount without changing it, as `fold_word` spells them.
_FILLERS = frozenset(
    "only just please pls tu tafadhali taslimu cash bei total jumla yote price prix comptant seulement svp jimla kawai"  # noqa: SIM905 - a list of words
    " farashi ብቻ ዋጋ ጠቅላላ".split()
)
_AFTER_FILLER = frozenset({"ni", "ya", "is", "of", "de", "est"})  # "bei ni 3500", "jumla ya 3500"

_AMOUNT = re.compile(r"(?P<before>[^0-9]*?)(?P<number>[0-9](?:[0-9., ']*[0-9])?)(?P<after>[^0-9]*)")


class Money(Frozen):
    """`minor`: cents if the currency has them, else whole units. KES 35.00 is 3500, UGX 35 is 35."""

    minor: int
    currency: Currency

    @property
    def major(self) -> str:
        """A decimal string for APIs, with as many decimals as the currency has: `3500.50`, `3500.00`, UGX `3500`."""
        return f"{Decimal(self.minor).scaleb(-self.currency.exponent):f}"


def parse_amount(text: str, currency: Currency) -> Money:
    """Return the amount that a person typed: `3,500`, `3500/=`, `2.5k`, `KES 3500`, `Sh. 3 500`, `laki 2`.

    A comma or a space groups thousands and a dot begins cents. A comma that cannot group thousands begins cents, too
    (`3 500,50`, `3,50`), because French callers are shown it so. `3.500` and `3.500,00`, which mean different amounts
    to different readers, are refused. The amount may be in words: `elfu tatu mia tano`, `laki moja na nusu`.
    Raise BadInput: EMPTY, NOT_AN_AMOUNT, OTHER_CURRENCY, WRONG_DECIMALS, TOO_SMALL (zero), TOO_BIG (over MAX_MAJOR).
    """
    typed = _without_fillers(_COLON.sub(" ", _DASH.sub("", without_marks_around(normalize_text(text)))).rstrip(".,"))
    if not typed:
        raise BadInput(Why.EMPTY)
    if (whole := _whole_in_words(typed, currency)) is not None:
        return _bounded(whole, 1, currency)
    found = _AMOUNT.fullmatch(typed)
    number = read_decimal(with_decimal_point(found["number"])) if found else None
    if found is None or number is None:
        raise BadInput(Why.NOT_AN_AMOUNT)
    times = _times(found["before"], found["after"], currency)
    if times > 1 and _GROUPED.search(with_decimal_point(found["number"])):
        raise BadInput(Why.NOT_AN_AMOUNT)  # "elfu 3 500" is 3,500 or 3,500 thousand
    return _bounded(number, times, currency)


def with_decimal_point(number: str) -> str:
    """Return `number` with a point in place of a comma that can only begin decimals.

    >>> with_decimal_point("3 500,50"), with_decimal_point("1,5"), with_decimal_point("3,500")
    ('3 500.50', '1.5', '3,500')
    """
    return number.replace(",", ".") if _DECIMAL_COMMA.fullmatch(number) else number


def _without_fillers(typed: str) -> str:
    """Take words like "only", "cash" and "total" from both ends. "price" names the total where the total is asked."""
    words = typed.split()
    while words and _is_filler(words[-1]):
        words.pop()
    while words and _is_filler(words[0]):
        del words[0]
        if len(words) > 1 and fold_word(words[0]) in _AFTER_FILLER:
            del words[0]
    return " ".join(words)


def _is_filler(word: str) -> bool:
    return fold_word(word.strip(".,:!")) in _FILLERS


def _whole_in_words(typed: str, currency: Currency) -> Decimal | None:
    """The amount if it is said in words, perhaps with digits among them; None for any other text."""
    words = spelled(typed.replace("/=", " ").replace("/-", " "))
    while words and words[-1].rstrip(".") in _OWN[currency]:
        words.pop()
    while words and words[0].rstrip(".") in _OWN[currency]:
        del words[0]
    if not any(word in NUMBER_WORDS for word in words):
        return None
    if currency.exponent and words == ["six", "cents"]:  # English, or French
        return None
    number = read_number_words(words)
    return None if number is None or number % 1 else number.to_integral_value()


def _times(before: str, after: str, currency: Currency) -> int:
    """The factor in the words beside a number. Every word must be a factor or a name of this currency.

    In Malawi and Zambia K is the kwacha in front of a number (`K350`) and a thousand behind it (`3k`).
    """
    front, back = _words(before), _words(after)
    times = [_MULTIPLIERS[word] for word in front if word in _LEADING]
    times += [_MULTIPLIERS[word] for word in back if word in _MULTIPLIERS]
    names = {word for word in front if word not in _LEADING} | {word for word in back if word not in _MULTIPLIERS}
    if not names <= _OWN[currency]:
        raise BadInput(Why.OTHER_CURRENCY if names <= CURRENCY_NAMES | _FOREIGN else Why.NOT_AN_AMOUNT)
    if len(times) > 1 or len(names) > 2:
        raise BadInput(Why.NOT_AN_AMOUNT)
    return times[0] if times else 1


def _words(beside: str) -> list[str]:
    """The words before or after a number, with the dot of `Sh.` and the `/=` of `bob/=` taken off them."""
    return re.findall(r"/[=-]|[^\s./=-]+|\S", re.sub(r"(?<=\w)\.(?!\w)", "", beside.lower()))


def _bounded(number: Decimal, times: int, currency: Currency) -> Money:
    """`number * times` as Money. Raise BadInput if a contract cannot hold it."""
    amount = number * times
    # Three digits after a dot are thousands to half the world and a fraction to the other: "1.250k" names two sums.
    if decimals(number) == 3 or decimals(amount.normalize()) > currency.exponent:
        raise BadInput(Why.WRONG_DECIMALS)
    if times == 1 and decimals(number) not in (0, currency.exponent):
        raise BadInput(Why.WRONG_DECIMALS)
    if amount <= 0:
        raise BadInput(Why.TOO_SMALL)
    if amount > MAX_MAJOR:
        raise BadInput(Why.TOO_BIG)
    return Money(int(amount.scaleb(currency.exponent)), currency)
