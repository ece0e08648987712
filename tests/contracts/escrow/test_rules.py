"""Which amounts may wait, what that costs, and that new terms keep the fee in proportion."""

import pytest

from contracts.escrow.rules import EscrowRules, with_fee_in_proportion
from contracts.fields.money import Currency, Money
from contracts.refusals import BadInput, Refusal, Why
from tests.contracts.make_contracts import TERMS
from values.frozen import replace

RULES = EscrowRules()


@pytest.mark.parametrize(("minor", "fee"), [(5_000, 0), (9_900, 0), (10_000, 100), (350_000, 3500), (355_000, 3500)])
def test_the_fee_is_rounded_down_to_whole_shillings(minor: int, fee: int) -> None:
    assert RULES.fee_for(Money(minor, Currency.KES)) == fee


@pytest.mark.parametrize(
    ("minor", "why"), [(350_050, Why.NOT_WHOLE), (4_900, Why.TOO_SMALL), (100_000_100, Why.TOO_BIG)]
)
def test_an_amount_that_cannot_wait_is_refused_with_its_reason(minor: int, why: Why) -> None:
    total = Money(minor, Currency.KES)
    with pytest.raises(BadInput) as bad:
        RULES.check(total)
    assert bad.value.why is why
    assert RULES.refusal_of(total) is Refusal.NOT_FOR_ESCROW


def test_only_the_own_currencies_wait() -> None:
    assert RULES.refusal_of(Money(350_000, Currency.UGX)) is Refusal.NOT_FOR_ESCROW
    assert RULES.refusal_of(Money(350_000, Currency.KES)) is None


def test_new_terms_are_paid_as_agreed_and_keep_the_fee_in_proportion() -> None:
    agreed = RULES.with_escrow(TERMS)
    half = replace(TERMS, total=Money(175_000, Currency.KES))
    assert with_fee_in_proportion(agreed, half) == replace(half, payment="escrow", fee_minor=1700)
    assert with_fee_in_proportion(agreed, TERMS) == agreed
    assert with_fee_in_proportion(TERMS, agreed) == TERMS
