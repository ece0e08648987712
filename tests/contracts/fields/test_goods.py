"""A product and how much of it, as people type both in one answer."""

from contracts.fields.goods import Goods, parse_goods
from contracts.fields.quantity import Quantity
from contracts.refusals import BadInput, Why

# what is typed -> product, amount, unit
BOTH = {
    "50 bags of maize": ("maize", "50", "bags"),
    "maize 50 bags": ("maize", "50", "bags"),
    "50 bags maize": ("maize", "50", "bags"),
    "bags of maize 50": ("maize", "50", "bags"),
    "50 maize bags": ("maize", "50", "bags"),
    "maize, 50 bags": ("maize", "50", "bags"),
    "fifty bags of maize": ("maize", "50", "bags"),
    "50kg maize": ("maize", "50", "kg"),
    "maize 1,500kg": ("maize", "1500", "kg"),
    "50 bags white maize": ("white maize", "50", "bags"),
    "white maize 50 bags": ("white maize", "50", "bags"),
    "50 bags of 90kg maize": ("maize", "50", "bags of 90kg"),
    "maize 50 bags of 90kg": ("maize", "50", "bags of 90kg"),
    "H614 maize seed 10 kg": ("H614 maize seed", "10", "kg"),
    "3 lorry loads of sand": ("sand", "3", "lorry loads"),
    "I sell 50 bags of maize": ("maize", "50", "bags"),
    "magunia 50 ya mahindi": ("mahindi", "50", "magunia"),
    "mahindi magunia 50": ("mahindi", "50", "magunia"),
    "magunia ya mahindi 50": ("mahindi", "50", "magunia"),
    "magunia hamsini ya mahindi": ("mahindi", "50", "magunia"),
    "magunia mbili na nusu ya mahindi": ("mahindi", "2.5", "magunia"),
    "gunia 50 za kilo 90 za mahindi": ("mahindi", "50", "gunia za kilo 90"),
    "kilo 200 za maharagwe": ("maharagwe", "200", "kilo"),
    "dagaa debe 10": ("dagaa", "10", "debe"),
    "sukuma wiki 10 bunches": ("sukuma wiki", "10", "bunches"),
    "50 sacs de riz": ("riz", "50", "sacs"),
    "sacs de riz 50": ("riz", "50", "sacs"),
    "riz 50 sacs": ("riz", "50", "sacs"),
    "buhu 50 na masara": ("masara", "50", "buhu"),
    "masara buhu 50": ("masara", "50", "buhu"),
    "buhu hamsin na masara": ("masara", "50", "buhu"),
    "50 ከረጢት በቆሎ": ("በቆሎ", "50", "ከረጢት"),
    "በቆሎ 50 ከረጢት": ("በቆሎ", "50", "ከረጢት"),
    "ጤፍ 50 ኩንታል": ("ጤፍ", "50", "ኩንታል"),
}
PRODUCT_ALONE = ("maize", "maize*white", "H614 seed", "sukuma wiki", "በቆሎ")
QUANTITY_ALONE = {"50 bags": ("50", "bags"), "magunia 50": ("50", "magunia"), "50 goats": ("50", "goats")}
REFUSED = {
    "": Why.EMPTY,
    "50": Why.NO_UNIT,
    "50 maize": Why.NO_UNIT,
    "0 bags maize": Why.TOO_SMALL,
    "about 50 bags maize": Why.NOT_GOODS,
    "50 or 60 bags maize": Why.NOT_GOODS,
    "50 bags maize per week": Why.NOT_GOODS,
    "50 bags maize and 20 bags beans": Why.NOT_GOODS,
    "magunia 50 na debe 3": Why.NOT_GOODS,
    "maize 50 kg bags": Why.NOT_GOODS,
    "call 0712345678": Why.HAS_NUMBER,
    "0712345678": Why.HAS_NUMBER,
    "+254 712 345 678 maize": Why.HAS_NUMBER,
    "maize 712345678": Why.HAS_NUMBER,
    "50 bags maize call 0712 345 678": Why.HAS_NUMBER,
    "0712-345-678 bags": Why.HAS_NUMBER,
    "999999999 bags maize": Why.TOO_BIG,
    "maize 1 000 000 000 kg": Why.NOT_GOODS,
    "1000 maize 2000 beans 3000 rice": Why.NOT_GOODS,
}


def test_both_are_read_in_either_order_in_five_languages() -> None:
    assert {typed: parse_goods(typed) for typed in BOTH} == {
        typed: Goods(product, Quantity(amount, unit)) for typed, (product, amount, unit) in BOTH.items()
    }


def test_one_of_the_two_is_read_alone() -> None:
    assert [parse_goods(typed) for typed in PRODUCT_ALONE] == [Goods(typed, None) for typed in PRODUCT_ALONE]
    assert {typed: parse_goods(typed) for typed in QUANTITY_ALONE} == {
        typed: Goods(None, Quantity(*quantity)) for typed, quantity in QUANTITY_ALONE.items()
    }


def test_what_may_mean_two_things_is_refused() -> None:
    assert {typed: _why(typed) for typed in REFUSED} == REFUSED


def _why(typed: str) -> Why | Goods:
    try:
        return parse_goods(typed)
    except BadInput as bad:
        return bad.why
