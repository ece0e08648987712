"""What the walk types at each question: answers that it accepts, and one answer for each reason to refuse it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from contracts.fields.free_text import OWN_NAME_LETTERS, PLACE_LETTERS, PROBLEM_LETTERS_BY_USSD, PRODUCT_LETTERS
from contracts.refusals import Why
from menus.checking.sample_inputs import TODAY, SampleInput, longest
from values.frozen import Frozen, field


class TypedExamples(Frozen):
    """Answers that a question accepts, and one answer for each reason to refuse it."""

    accepted: tuple[str, ...]
    refused: Mapping[Why, str] = field(default_factory=dict)


def _msisdns(sample: SampleInput) -> TypedExamples:
    own, too_long = sample.caller, "0712 345 678 901 234"
    return TypedExamples(
        (sample.other,),
        {
            Why.EMPTY: " ", Why.TOO_SHORT: "0712", Why.TOO_LONG: too_long, Why.NOT_A_NUMBER: "otieno",
            Why.NOT_MOBILE: "+254202345678", Why.OWN_NUMBER: own,
            Why.NOT_SERVED: "+4915112345678",
        },
    )  # fmt: skip


def _words(typed: str, limit: int) -> TypedExamples:
    too_long = longest("w", limit + 1)
    refused = {Why.EMPTY: " ", Why.TOO_SHORT: "w", Why.TOO_LONG: too_long, Why.BAD_LETTERS: "12"}
    return TypedExamples((typed,), refused)


def _shown_words(typed: str, limit: int) -> TypedExamples:
    """Words that are sent to others in our name."""
    found = _words(typed, limit)
    unwanted = {
        Why.HAS_NUMBER: "call 0712345678", Why.HAS_LINK: "bit.ly/x", Why.HAS_OUR_NAME: "Voice Pact office",
        Why.HAS_COMMAND: "reply YES",
    }  # fmt: skip
    return TypedExamples(found.accepted, {**found.refused, **unwanted})


def _products(sample: SampleInput) -> TypedExamples:
    found = _shown_words(sample.product, PRODUCT_LETTERS)
    return TypedExamples(found.accepted, {**found.refused, Why.WITH_QUANTITY: "50 bags maize"})


def _goods(sample: SampleInput) -> TypedExamples:
    product = sample.product if sample.product[0].isalpha() else f"w{sample.product[1:]}"  # a figure begins a quantity
    quantity = f"{sample.quantity} {sample.unit}"
    return TypedExamples(
        (f"{sample.quantity} kg of maize", product, quantity),
        {
            Why.EMPTY: "", Why.NO_UNIT: "50", Why.NOT_GOODS: "50 bags maize and 20 bags beans",
            Why.WRONG_DECIMALS: "1.2345 kg", Why.TOO_SMALL: "0 bags", Why.TOO_BIG: "999999999 bags",
            Why.TOO_SHORT: "w", Why.TOO_LONG: longest("w", PRODUCT_LETTERS + 1), Why.BAD_LETTERS: "***",
            Why.HAS_NUMBER: "call 0712345678",
        },
    )  # fmt: skip


def _places_and_days(sample: SampleInput) -> TypedExamples:
    day, found = sample.due.strftime("%d/%m/%Y"), _shown_words(sample.place, PLACE_LETTERS)
    refused = {
        **found.refused,
        Why.NOT_A_DATE: "Bungoma 31/2",
        Why.IN_THE_PAST: "Bungoma 1/1/2020",
        Why.TOO_FAR: "Bungoma 1/1/2099",
    }
    return TypedExamples((f"{sample.place} {day}", sample.place, day), refused)


def _quantities(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (f"{sample.quantity} {sample.unit}",),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.NO_UNIT: "50", Why.WRONG_DECIMALS: "1.2345 kg",
            Why.TOO_SMALL: "0 bags", Why.TOO_BIG: "999999999 bags", Why.TOO_LONG: f"5 {'w' * 21}",
        },
    )  # fmt: skip


def _quantities_in_part(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (sample.quantity, "20 pints"),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.WRONG_DECIMALS: "1.2345", Why.TOO_SMALL: "0",
            Why.TOO_BIG: "999999999", Why.TOO_LONG: f"20 {'w' * 30}",
        },
    )  # fmt: skip


def _amounts(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (sample.amount.major,),
        {
            Why.EMPTY: "", Why.NOT_AN_AMOUNT: "much", Why.WRONG_DECIMALS: "3.505", Why.OTHER_CURRENCY: "USD 50",
            Why.TOO_SMALL: "0", Why.TOO_BIG: "100000001",
        },
    )  # fmt: skip


def _escrow_amounts(sample: SampleInput) -> TypedExamples:
    """Whole amounts within the bounds of `sample.escrow`."""
    whole = str(min(int(Decimal(sample.amount.major)), sample.escrow.largest if sample.escrow else 0))
    refused: dict[Why, str] = {**_amounts(sample).refused, Why.TOO_SMALL: "49", Why.TOO_BIG: "100000001"}
    if sample.currency.exponent:
        refused[Why.NOT_WHOLE] = "3500.50"
    return TypedExamples((whole,), refused)


def _shares(sample: SampleInput) -> TypedExamples:
    found = _amounts(sample)
    refused: dict[Why, str] = {why: typed for why, typed in found.refused.items() if why is not Why.NOT_AN_AMOUNT}
    return TypedExamples(found.accepted, {**refused, Why.NOT_A_SHARE: "half"})


def _days(sample: SampleInput) -> TypedExamples:
    yesterday = (TODAY - timedelta(days=1)).strftime("%d/%m")
    refused = {
        Why.EMPTY: "", Why.NOT_A_DATE: "someday", Why.NO_YEAR: yesterday, Why.IN_THE_PAST: "1/1/2020",
        Why.TOO_FAR: "1/1/2099",
    }  # fmt: skip
    return TypedExamples((sample.due.strftime("%d/%m/%Y"),), refused)


ANSWERS: Mapping[str, Callable[[SampleInput], TypedExamples]] = {
    "other_msisdn": _msisdns,
    "product": _products,
    "goods": _goods,
    "quantity": _quantities,
    "place_and_day": _places_and_days,
    "amount": _amounts,
    "escrow_amount": _escrow_amounts,
    "share": _shares,
    "part": _quantities_in_part,
    "problem": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
    "reply": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
    "reasons": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
    "objection": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
    "own_name": lambda sample: _shown_words(sample.person[:OWN_NAME_LETTERS].strip(), OWN_NAME_LETTERS),
    "place": lambda sample: _shown_words(sample.place, PLACE_LETTERS),
    "due_date": _days,
    "paper": lambda _sample: TypedExamples(("40718353 BCDF GHJK LMNP",), {Why.EMPTY: "", Why.NOT_A_PAPER: "40718353"}),
    "pin": lambda _sample: TypedExamples(("4071",), {Why.EMPTY: ""}),
    "new_pin": lambda _sample: TypedExamples(("4071",), {Why.PIN_NOT_DIGITS: "40", Why.PIN_TOO_EASY: "1234"}),
    "recovery_code": lambda _sample: TypedExamples(("40718353",), {Why.EMPTY: ""}),
}
