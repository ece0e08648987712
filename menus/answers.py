"""How what a caller types is read: one small function for each kind of question, by name.

Each takes the typed text and the caller and gives a plain JSON value to keep, or raises BadInput; the question is then
asked again with the reason above it.
"""

from collections.abc import Callable

from contracts.fields.dates import parse_date
from contracts.fields.free_text import PLACE_LETTERS, PROBLEM_LETTERS_BY_USSD, PRODUCT_LETTERS, parse_free_text
from contracts.fields.money import parse_amount
from contracts.fields.msisdn import parse_msisdn
from contracts.fields.pin import check_new_pin
from contracts.fields.quantity import parse_number, parse_quantity
from contracts.refusals import BadInput, Why
from menus.screen import Caller, Json

AnswerParser = Callable[[str, Caller], Json]

ANSWER_PARSERS: dict[str, AnswerParser] = {}
SECRET_ANSWERS = frozenset(
    {"pin", "new_pin", "recovery_code"}
)  # never kept: the edge takes what was typed straight to the effect


def _answer(read: AnswerParser) -> AnswerParser:
    ANSWER_PARSERS[read.__name__] = read
    return read


@_answer
def other_msisdn(typed: str, caller: Caller) -> Json:
    """The other party's number, in E.164; the caller's own is refused."""
    msisdn = parse_msisdn(typed, caller.country)
    if msisdn == caller.msisdn:
        raise BadInput(Why.OWN_NUMBER)
    return msisdn


@_answer
def product(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PRODUCT_LETTERS)


@_answer
def quantity(typed: str, _caller: Caller) -> Json:
    """[amount, unit]"""
    found = parse_quantity(typed)
    return [found.amount, found.unit]


@_answer
def amount(typed: str, caller: Caller) -> Json:
    """Whole minor units of the service's currency."""
    return parse_amount(typed, caller.currency).minor


@_answer
def place(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PLACE_LETTERS)


@_answer
def due_date(typed: str, caller: Caller) -> Json:
    """An ISO date."""
    return parse_date(typed, caller.today).isoformat()


@_answer
def part(typed: str, _caller: Caller) -> Json:
    """How much of a unit that is known, as a decimal string."""
    return parse_number(typed)


@_answer
def problem(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_answer
def objection(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_answer
def pin(typed: str, _caller: Caller) -> Json:
    """Anything that could be a PIN is tried, so that a wrong one says nothing by its shape."""
    if not typed:
        raise BadInput(Why.EMPTY)
    return None


@_answer
def recovery_code(typed: str, _caller: Caller) -> Json:
    """Anything is tried, as with a PIN."""
    return pin(typed, _caller)


@_answer
def new_pin(typed: str, _caller: Caller) -> Json:
    check_new_pin(typed)
    return None
