"""Functions that read what a caller typed, one for each sort of question.

Each takes the typed text and the caller, and returns a plain JSON value for the session to keep. It raises BadInput if
it cannot read the text: the question is then asked again with the reason above it.
"""

from collections.abc import Callable

from contracts.fields.countries import check_served
from contracts.fields.dates import parse_date
from contracts.fields.free_text import OWN_NAME_LETTERS, PLACE_LETTERS, PROBLEM_LETTERS_BY_USSD, parse_free_text
from contracts.fields.goods import parse_goods
from contracts.fields.letters import normalize_text
from contracts.fields.money import parse_amount
from contracts.fields.msisdn import parse_msisdn
from contracts.fields.paper import parse_paper
from contracts.fields.pin import check_new_pin
from contracts.fields.place_and_day import parse_place_and_day
from contracts.fields.product import parse_product
from contracts.fields.quantity import is_same_unit, parse_part, parse_quantity
from contracts.fields.shown_text import parse_shown_text
from contracts.refusals import BadInput, Why
from menus.screen import Caller, Json

AnswerParser = Callable[[str, Caller], Json]

ANSWER_PARSERS: dict[str, AnswerParser] = {}
SECRET_ANSWERS = frozenset({"pin", "new_pin", "recovery_code"})  # they go to the effect, never into the session


def _parser(read: AnswerParser) -> AnswerParser:
    ANSWER_PARSERS[read.__name__] = read
    return read


@_parser
def other_msisdn(typed: str, caller: Caller) -> Json:
    """Return the other party's number in E.164. The caller's own number is refused."""
    msisdn = check_served(parse_msisdn(typed, caller.country), caller.served)
    if msisdn == caller.msisdn:
        raise BadInput(Why.OWN_NUMBER)
    return msisdn


@_parser
def goods(typed: str, _caller: Caller) -> Json:
    """Return {"product": text, "quantity": [amount, unit]}; one of them is None where only the other was typed."""
    found = parse_goods(typed)
    return {"product": found.product, "quantity": found.quantity and [found.quantity.amount, found.quantity.unit]}


@_parser
def product(typed: str, _caller: Caller) -> Json:
    return parse_product(typed)


@_parser
def quantity(typed: str, _caller: Caller) -> Json:
    """Return [amount, unit], both text."""
    found = parse_quantity(typed)
    return [found.amount, found.unit]


@_parser
def amount(typed: str, caller: Caller) -> Json:
    """Return the typed amount in minor units (cents) of the service's currency."""
    return parse_amount(typed, caller.currency).minor


@_parser
def escrow_amount(typed: str, caller: Caller) -> Json:
    """Return an amount that may wait with us, as `amount` does."""
    total = parse_amount(typed, caller.currency)
    if caller.escrow:
        caller.escrow.check(total)
    return total.minor


@_parser
def share(typed: str, caller: Caller) -> Json:
    """Return the seller's part of the total, as `amount` does."""
    try:
        return amount(typed, caller)
    except BadInput as bad:
        raise (BadInput(Why.NOT_A_SHARE) if bad.why is Why.NOT_AN_AMOUNT else bad) from None


@_parser
def place(typed: str, _caller: Caller) -> Json:
    return parse_shown_text(typed, longest=PLACE_LETTERS)


@_parser
def own_name(typed: str, _caller: Caller) -> Json:
    return parse_shown_text(typed, longest=OWN_NAME_LETTERS)


@_parser
def place_and_day(typed: str, caller: Caller) -> Json:
    """Return {"place": text, "due": ISO date}; one of them is None where only the other was typed."""
    found = parse_place_and_day(typed, caller.today)
    return {"place": found.place, "due": found.day and found.day.isoformat()}


@_parser
def due_date(typed: str, caller: Caller) -> Json:
    """Return an ISO date."""
    return parse_date(typed, caller.today).isoformat()


@_parser
def part(typed: str, _caller: Caller) -> Json:
    """Return a number as a decimal string, and behind it the unit if one was typed. The question names the contract's
    unit, and the next screen compares the two with `number_of`."""
    return " ".join(parse_part(typed)).strip()


def number_of(part: str, unit: str) -> str | None:
    """Return the number of an answer to `part`; None if it names another unit than `unit`: 20 kg are not 20 bags."""
    number, _, named = part.partition(" ")
    return number if not named or is_same_unit(named, unit) else None


@_parser
def problem(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_parser
def objection(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_parser
def reply(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_parser
def reasons(typed: str, _caller: Caller) -> Json:
    return parse_free_text(typed, longest=PROBLEM_LETTERS_BY_USSD)


@_parser
def paper(typed: str, _caller: Caller) -> Json:
    """Return [reference, short code]. The next screen shows both, as they were understood."""
    return list(parse_paper(typed))


@_parser
def pin(typed: str, _caller: Caller) -> Json:
    """Accept anything: a wrong PIN gets the same reply whatever it looks like."""
    if not typed:
        raise BadInput(Why.EMPTY)
    return None


@_parser
def recovery_code(typed: str, _caller: Caller) -> Json:
    """Accept anything, as `pin` does."""
    return pin(typed, _caller)


@_parser
def new_pin(typed: str, caller: Caller) -> Json:
    check_new_pin(normalize_text(typed), caller.msisdn, caller.today)  # spaces around it are dropped when it is entered
    return None
