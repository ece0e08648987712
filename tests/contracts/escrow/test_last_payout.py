"""What is paid out by parts always leaves enough for the last payout: a rail moves no KES 7."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.contract import Contract, Status
from contracts.escrow import settle
from contracts.escrow.shares import smallest_payout
from contracts.fields.money import Currency, Money
from contracts.fields.quantity import Quantity
from contracts.rules import transitions
from tests.contracts.escrow.test_new_terms_of_escrow import WITH_ESCROW
from tests.contracts.make_contracts import BARAKA, NOON, PERIODS, make_contract
from values.frozen import replace
from values.ids import new_id

LEAST = smallest_payout(Currency.KES)


def released_by(parts: list[int], bags: int, total: int, fee: int) -> tuple[list[int], Contract]:
    """Receive bags in these parts, and the rest; return the payouts that were ordered, in shillings."""
    terms = replace(
        WITH_ESCROW, quantity=Quantity(str(bags), "bags"), total=Money(total * 100, Currency.KES), fee_minor=fee * 100
    )
    pending = replace(make_contract(), terms=terms, status=Status.PENDING)
    confirmed = replace(pending, status=Status.CONFIRMED)
    confirmed = replace(confirmed, escrow=settle.follow(pending, confirmed).escrow)
    contract = replace(confirmed, escrow=settle.receive_money(confirmed, total * 100, new_id()).escrow)
    ordered = list[int]()
    for part in (*(Decimal(part) for part in parts), None):
        after = (
            transitions.receive_part(contract, BARAKA, part, NOON, PERIODS)
            if part else transitions.receive(contract, BARAKA)
        )  # fmt: skip
        assert isinstance(after, Contract)
        step = settle.follow(contract, after)
        ordered += [row.amount_minor // 100 for row in step.rows.transfers if row.kind == "release"]
        contract = replace(after, escrow=step.escrow)
    return ordered, contract


def test_a_part_leaves_ten_shillings_for_the_last_one() -> None:
    """499 of 500 bags for KES 3,500: the last bag would bring KES 7."""
    assert released_by([499], 500, 3500, 0)[0] == [3490, 10]
    assert released_by([250, 249], 500, 3500, 35)[0] == [1733, 1722, 10]


def test_a_part_that_is_too_little_waits_for_the_next_one() -> None:
    assert released_by([1, 1, 1], 500, 3500, 0)[0] == [14, 3486]


@given(
    st.integers(50, 5000), st.integers(2, 700), st.integers(0, 20),
    st.lists(st.integers(1, 700), max_size=6, unique=True),
)  # fmt: skip
def test_every_payout_can_be_made_and_together_they_are_all(total: int, bags: int, fee: int, upto: list[int]) -> None:
    received = [0, *sorted(part for part in upto if part < bags)]
    parts = [after - before for before, after in pairwise(received)]
    ordered, contract = released_by(parts, bags, total, fee)
    assert sum(ordered) == total - fee
    assert all(shillings * 100 >= LEAST for shillings in ordered)
    assert contract.escrow and contract.escrow.held == 0 and contract.escrow.ordered == contract.escrow.released
