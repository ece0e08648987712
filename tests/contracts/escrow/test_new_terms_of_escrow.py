"""New terms of a contract with escrow: its money has to fit into them when they are proposed, and when all agree."""

from decimal import Decimal

import pytest

from contracts.contract import Contract, Status
from contracts.escrow import settle
from contracts.fields.money import Currency, Money
from contracts.fields.quantity import Quantity
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import transitions
from contracts.rules.plan_rows import plan_of_change
from contracts.terms import Terms
from storage.acts.rows import AuditRow
from tests.contracts.make_contracts import AMINA, BARAKA, NOON, PERIODS, TERMS, make_contract
from values.frozen import replace
from values.ids import new_id

WITH_ESCROW = replace(
    TERMS, quantity=Quantity("50", "bags"), total=Money(350_000, Currency.KES), payment="escrow", fee_minor=3500
)


def follow(before: Contract, after: Contract) -> Contract:
    about = plan_of_change(before, after, AuditRow("done", before.id, None, None), ()).about
    assert about
    return about


@pytest.fixture
def paid() -> Contract:
    """All have confirmed, and all the money is there."""
    pending = replace(make_contract(), terms=WITH_ESCROW, status=Status.PENDING)
    confirmed = follow(pending, replace(pending, status=Status.CONFIRMED))
    return replace(confirmed, escrow=settle.receive_money(confirmed, 350_000, new_id()).escrow)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (replace(WITH_ESCROW, total=Money(350_000, Currency.UGX)), Refusal.NOT_FOR_ESCROW),
        (replace(WITH_ESCROW, total=Money(350_050, Currency.KES)), Refusal.NOT_FOR_ESCROW),
    ],
    ids=["another currency", "with cents"],
)
def test_what_the_money_cannot_follow_is_refused(paid: Contract, terms: Terms, why: Refusal) -> None:
    assert transitions.propose(paid, AMINA, ProposalType.AMEND, terms, NOON) is why


def test_new_terms_change_neither_how_it_is_paid_nor_the_fee(paid: Contract) -> None:
    """The fee stays in proportion to the total, whatever new terms say of it."""
    without = make_contract(status=Status.CONFIRMED)
    added = replace(without.terms, payment="escrow")
    assert transitions.propose(without, AMINA, ProposalType.AMEND, added, NOON) is Refusal.NOTHING_CHANGES
    for changed in (replace(WITH_ESCROW, payment=None, fee_minor=0), replace(WITH_ESCROW, fee_minor=50)):
        assert transitions.propose(paid, AMINA, ProposalType.AMEND, changed, NOON) is Refusal.NOTHING_CHANGES
    dearer = replace(WITH_ESCROW, total=Money(700_000, Currency.KES), fee_minor=0)
    proposed = transitions.propose(paid, AMINA, ProposalType.AMEND, dearer, NOON)
    assert isinstance(proposed, Contract) and proposed.proposal and proposed.proposal.terms
    assert proposed.proposal.terms.fee_minor == 7000


def test_a_part_between_proposal_and_agreement_counts(paid: Contract) -> None:
    """The seller has got 280,000 of what is proposed to be 140,000: nobody could take that back."""
    terms = replace(paid.terms, total=Money(140_000, Currency.KES))
    proposed = transitions.propose(paid, AMINA, ProposalType.AMEND, terms, NOON)
    assert isinstance(proposed, Contract) and proposed.proposal
    part = transitions.receive_part(proposed, BARAKA, Decimal(40), NOON, PERIODS)
    assert isinstance(part, Contract)
    after = follow(proposed, part)
    assert after.escrow and after.escrow.gross == 280_000 and after.proposal
    n = after.proposal.n
    assert transitions.answer(after, BARAKA, NOON, PERIODS, yes=True, n=n) is Refusal.LESS_THAN_RELEASED
    assert isinstance(transitions.answer(after, BARAKA, NOON, PERIODS, yes=False, n=n), Contract)
