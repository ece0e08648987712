"""What is sold and how much of it, in one answer: `50 bags of maize`, `mahindi magunia 50`.

>>> parse_goods("magunia 50 ya mahindi")
Goods(product='mahindi', quantity=Quantity(amount='50', unit='magunia'))
>>> parse_goods("maize")
Goods(product='maize', quantity=None)
"""

import re
from collections.abc import Iterator

from contracts.fields.letters import fold_amharic, fold_word, normalize_text
from contracts.fields.number_grammars import NUMBER_WORDS, spelled
from contracts.fields.product import parse_product
from contracts.fields.quantity import Quantity, parse_quantity
from contracts.fields.units import CONTAINERS, FILLERS, GOODS, MEASURES, NOT_IN_UNIT
from contracts.refusals import BadInput, Why
from values.frozen import Frozen

_MOST_WORDS = 14
_LETTERS = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"(?<![0-9])[,;:()\n]|[,;:()\n](?![0-9])| [-–] ")
# What people also count in. A word that is in no list may be a unit or a product, so it is told by what is beside it.
_MORE_UNITS = (
    "debe madebe gorogoro gorogoros kikombe vikombe mudu tiya trip trips tripu lorry lorries canter piece pieces pcs pc"
    " kipande vipande head heads bunch bunches mkungu mikungu bale bales robota marobota tray trays trei dozen dozens"
    " dazeni tin tins bucket buckets ndoo basket baskets kikapu vikapu ton tons acre acres ekari packet packets pakiti"
    " load loads bottle bottles chupa bundle bundles mzigo mizigo caisse caisses seau seaux panier paniers kwando"
    " kwanduna ኩንታል ኩንታሎች ሳጥን"
)
_I_SELL = frozenset(
    "i we sell selling buy buying want need nauza ninauza nanunua ninanunua nataka naomba tunauza je vends vendre"  # noqa: SIM905 - a list of words
    " achete acheter".split()
)
_UNITS = frozenset(map(fold_word, (*CONTAINERS, *MEASURES, *_MORE_UNITS.split())))
_ELIDED = re.compile(r"^[dl]'(?=\w{2})", re.IGNORECASE)  # d'huile
_JOINERS = frozenset({"of", "ya", "za", "wa", "la", "cha", "vya", "de", "d", "du", "des", "na", "የ"})

_CLEAR = (Why.NO_UNIT, Why.WRONG_DECIMALS, Why.TOO_SMALL, Why.TOO_BIG)  # what is wrong with a quantity that is one
_NOT_SHOWN = (Why.HAS_NUMBER, Why.HAS_LINK, Why.HAS_OUR_NAME, Why.HAS_COMMAND)
_PHONE = re.compile(r"\+(?:[ -]?\d){8,}|(?<!\d)0[ -]?[1-9](?:[ -]?\d){7,}")
_BARE_PHONE = re.compile(r"\d{9,}")  # so long is no number of goods either, but beside a unit one may be mistyped
_IN_PRODUCT = frozenset({"and", "et", "da", "na"})  # "maize and beans" may be sold by the bag


class Goods(Frozen):
    """`product` and `quantity` as typed; one of them is None where only the other was typed."""

    product: str | None
    quantity: Quantity | None


def parse_goods(text: str) -> Goods:
    """Return the product and the quantity in `text`, in either order; or the one of the two that it has.

    The words are split in the one way that makes both a quantity and a product. Raise BadInput as `parse_quantity` and
    `parse_product` do, HAS_NUMBER for what holds a phone number, and NOT_GOODS for what can be split in no way, as two
    goods and two quantities.
    """
    typed = " ".join(_MARKS.sub(" ", normalize_text(text)).split())
    words = typed.split()
    while words and fold_word(words[0]) in _I_SELL:
        del words[0]
    while len(words) > 1 and fold_word(words[-1]) in FILLERS:
        words.pop()
    if not words:
        raise BadInput(Why.EMPTY)
    try:
        return _product_and_quantity(words)
    except BadInput:
        if _has_phone(words):
            raise BadInput(Why.HAS_NUMBER) from None
        raise


def _product_and_quantity(words: list[str]) -> Goods:
    if not any(map(_is_number, words)):
        return Goods(parse_product(" ".join(words)), None)
    if len(words) > _MOST_WORDS:
        raise BadInput(Why.NOT_GOODS)
    for product, quantity in _splits(words):
        if (found := _goods(product, quantity)) is not None:
            return found
    return _only_one(words)


def _splits(words: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the words of the product and those of the quantity: in each order, the shortest quantity first."""
    for end in range(1, len(words)):
        if _is_told_apart(words[:end], words[end:], words[end - 1]):
            yield words[end:], " ".join(words[:end])  # 50 bags | of maize
    for start in range(len(words) - 1, 0, -1):
        if _is_told_apart(words[start:], words[:start], words[start]):
            yield words[:start], " ".join(words[start:])  # maize | bags 50
    if len(words) > 2 and (_is_unit(words[0]) or _is_unit(words[-1])):
        yield words[1:-1], f"{words[0]} {words[-1]}"  # sacs | de riz | 50, or 50 | maize | bags


def _is_told_apart(quantity: list[str], product: list[str], beside: str) -> bool:
    """Whether no word of the unit may belong to the product: "50 bags white maize", but not "50 lorry loads". `beside`:
    the word of the quantity that stands next to the product."""
    return (
        _is_number(beside)
        or any(map(_is_unit, quantity))
        or fold_word(product[0]) in _JOINERS
        or not GOODS.isdisjoint(map(fold_word, product))
    )


def _goods(product: list[str], quantity: str) -> Goods | None:
    """Return the goods if the words are a product and a quantity."""
    named = [*product]
    while named and fold_word(named[0]) in _JOINERS:
        del named[0]
    while named and fold_word(named[-1]) in _JOINERS:
        del named[-1]
    named[:1] = [_ELIDED.sub("", word) for word in named[:1]]
    if not named or _is_unit(named[0]) or _is_unit(named[-1]) or any(map(_is_no_product, named)):
        return None
    try:
        return Goods(parse_product(" ".join(named)), parse_quantity(quantity))
    except BadInput as bad:
        if bad.why in _NOT_SHOWN:
            raise
        return None


def _only_one(words: list[str]) -> Goods:
    """Return a quantity without a product, or a product with a figure in its name: `Grade 1 maize`."""
    try:
        return Goods(None, parse_quantity(" ".join(words)))
    except BadInput as bad:
        if bad.why in _CLEAR:
            raise
    if _is_number(words[0]) or any(map(_is_unit, words)):
        raise BadInput(Why.NOT_GOODS)
    return Goods(parse_product(" ".join(words)), None)


def _has_phone(words: list[str]) -> bool:
    text = " ".join(words)
    return bool(_PHONE.search(text) or (_BARE_PHONE.search(text) and not any(map(_is_unit, words))))


def _is_no_product(word: str) -> bool:
    return _is_number(word) or (fold_word(word) in NOT_IN_UNIT and fold_word(word) not in _IN_PRODUCT)


def _is_number(word: str) -> bool:
    """Whether `word` has a figure as a quantity has one ("50", "50kg", "bags50", "fifty"), and not "H614"."""
    plain = word.strip(".,'\"(")
    if any(letter.isnumeric() for letter in plain):
        return not plain[0].isalpha() or _is_unit(_LETTERS.match(plain)[0])  # type: ignore[index]
    return any(fold_amharic(one) in NUMBER_WORDS for one in spelled(plain))


def _is_unit(word: str) -> bool:
    return fold_word(word).rstrip(".") in _UNITS
