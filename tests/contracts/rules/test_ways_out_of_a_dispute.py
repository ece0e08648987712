"""A dispute is answered, withdrawn, settled, decided by its mediator, or nobody does anything."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.contract import Contract, Deadline, Status, TimeAct
from contracts.dispute import Decision, DisputeEnd, Reply
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, transitions
from contracts.rules.changes import ContractOrRefusal
from contracts.terms import Terms
from tests.contracts.make_contracts import (
    AMINA,
    BARAKA,
    CHEGE,
    DAY,
    NOON,
    OTIENO,
    PERIODS,
    TERMS,
    make_contract,
    make_disputed,
)
from values.frozen import replace

Act = Callable[[Contract, Msisdn], ContractOrRefusal]
LATER = NOON + 2 * DAY
BUYER = UUID(int=2)


def withdraw(found: Contract, by: Msisdn) -> ContractOrRefusal:
    return dispute_transitions.withdraw_dispute(found, by, LATER, PERIODS)


def reply(found: Contract, by: Msisdn) -> ContractOrRefusal:
    return dispute_transitions.answer_dispute(found, by, "it was dry")


def split(share: int) -> Act:
    return lambda found, by: transitions.propose(found, by, ProposalType.SPLIT, None, NOON, share)


def decide(found: Contract, by: Msisdn) -> ContractOrRefusal:
    return dispute_transitions.decide_dispute(found, Decision.CANCEL, None, "both were late", LATER, PERIODS, by)


def done(after: ContractOrRefusal | None) -> Contract:
    assert isinstance(after, Contract), after
    return after


def settle(found: Contract, type_: ProposalType, terms: Terms | None = None, share: int | None = None) -> Contract:
    """Both sides agree on this."""
    proposed = done(transitions.propose(found, BARAKA, type_, terms, NOON, share))
    return done(transitions.answer(proposed, AMINA, LATER, PERIODS, yes=True, n=proposed.open_number))


@pytest.mark.parametrize(
    ("found", "act", "by", "refusal"),
    [
        pytest.param(make_contract(), reply, AMINA, Refusal.NO_OPEN_DISPUTE, id="an answer to no dispute"),
        pytest.param(make_disputed("decided"), reply, AMINA, Refusal.NO_OPEN_DISPUTE, id="an answer to a decided one"),
        pytest.param(make_disputed(), reply, CHEGE, Refusal.NOT_YOURS, id="an answer of the mediator"),
        pytest.param(
            make_disputed(replies=(Reply(UUID(int=1), "no"),) * 3), reply, AMINA, Refusal.SAID_ENOUGH, id="a 4th answer"
        ),
        pytest.param(make_disputed(), withdraw, AMINA, Refusal.NOT_YOUR_REPORT, id="withdrawn by the other side"),
        pytest.param(make_disputed(), withdraw, OTIENO, Refusal.NOT_YOURS, id="withdrawn by a stranger"),
        pytest.param(
            make_disputed(opened_by=None), withdraw, BARAKA, Refusal.NOT_YOUR_REPORT, id="the office reported it"
        ),
        pytest.param(make_disputed("decided"), withdraw, BARAKA, Refusal.NO_OPEN_DISPUTE, id="withdrawn when decided"),
        pytest.param(
            make_disputed("appealed"), withdraw, BARAKA, Refusal.NO_OPEN_DISPUTE, id="withdrawn after an appeal"
        ),
        pytest.param(make_contract(), split(1), BARAKA, Refusal.NO_OPEN_DISPUTE, id="a split of no dispute"),
        pytest.param(make_disputed(), split(0), BARAKA, Refusal.NO_SHARE, id="a split that leaves the seller nothing"),
        pytest.param(make_disputed(), split(350_000), BARAKA, Refusal.NO_SHARE, id="a split that gives the seller all"),
        pytest.param(make_disputed("decided"), split(1), AMINA, Refusal.NO_OPEN_DISPUTE, id="settled when decided"),
        pytest.param(make_disputed(), decide, AMINA, Refusal.NOT_THE_ARBITER, id="decided by a side"),
        pytest.param(make_disputed(), decide, OTIENO, Refusal.NOT_YOURS, id="decided by a stranger"),
        pytest.param(make_contract(), decide, CHEGE, Refusal.NO_OPEN_DISPUTE, id="nothing to decide"),
    ],
)
def test_what_is_refused(found: Contract, act: Act, by: Msisdn, refusal: Refusal) -> None:
    assert act(found, by) is refusal


@pytest.mark.parametrize(
    ("before", "deadline"),
    [
        pytest.param(make_contract(), Deadline(TimeAct.REMIND_DELIVERY, datetime(2026, 12, 24, 9, tzinfo=NOON.tzinfo)),
                     id="nothing was delivered"),
        pytest.param(make_contract(Status.ACTIVE, delivered_at=NOON, deadline=Deadline(TimeAct.COMPLETE, NOON + DAY)),
                     Deadline(TimeAct.REMIND_RECEIPT, LATER + 6 * DAY), id="the buyer has the whole time again"),
        pytest.param(make_contract(Status.ACTIVE, delivered_at=NOON, part_at=NOON + DAY, received=Decimal(1),
                                   terms=replace(TERMS, due=NOON.date())),
                     Deadline(TimeAct.REMIND_REST, LATER + 6 * DAY), id="both have the whole time again"),
        pytest.param(make_contract(Status.ACTIVE, delivered_at=NOON, clock_stopped_at=NOON, clock_stopped_by=BUYER),
                     None, id="the clock stood before"),
    ],
)  # fmt: skip
def test_a_contract_goes_on_where_it_was(before: Contract, deadline: Deadline | None) -> None:
    """Whether the dispute is withdrawn, or settled with new terms."""
    found = done(dispute_transitions.complain(before, BARAKA, UUID(int=8), "wet", NOON + DAY, PERIODS))
    assert found.deadline == Deadline(TimeAct.ESCALATE_DISPUTE, NOON + 8 * DAY)
    newer = replace(before.terms, place="Kitale")
    for after, ended in ((withdraw(found, BARAKA), DisputeEnd.WITHDRAWN),
                         (settle(found, ProposalType.AMEND, newer), DisputeEnd.SETTLED)):  # fmt: skip
        went_on = done(after)
        assert (went_on.status, went_on.deadline) == (before.status, deadline)
        assert went_on.dispute and (went_on.dispute.status, went_on.dispute.ended) == ("closed", ended)
        assert went_on.clock_stopped_at == before.clock_stopped_at


@pytest.mark.parametrize(
    ("type_", "share", "status"),
    [(ProposalType.COMPLETE, None, Status.COMPLETED), (ProposalType.CANCEL, None, Status.CANCELLED),
     (ProposalType.SPLIT, 200_000, Status.COMPLETED)],
)  # fmt: skip
def test_both_sides_settle_it_without_the_mediator(type_: ProposalType, share: int | None, status: Status) -> None:
    after = settle(make_disputed(), type_, None, share)
    assert (after.status, after.deadline, after.proposal) == (status, None, None)
    assert after.dispute and after.dispute.decision is None, "nobody decided it"
    settlement = after.dispute.settlement
    assert settlement and (settlement.type, settlement.split_minor) == (type_, share)


def test_new_terms_with_what_was_received_settle_and_complete_it() -> None:
    less = replace(TERMS, quantity=Quantity("20", "bags"))
    after = settle(replace(make_disputed(), received=Decimal(20), part_at=NOON), ProposalType.AMEND, less)
    assert (after.status, after.deadline, after.terms) == (Status.COMPLETED, None, less)


def test_a_decision_ends_what_the_sides_were_talking_about() -> None:
    proposed = done(split(1)(make_disputed(), AMINA))
    after = done(decide(proposed, CHEGE))
    assert after.proposal is None and after.dispute and after.dispute.status == "decided"
    assert transitions.answer(after, BARAKA, LATER, PERIODS, yes=True, n=2) is Refusal.NO_LONGER_OPEN


def test_nobody_decides_and_the_office_is_told_again_and_again() -> None:
    found = done(dispute_transitions.complain(make_contract(), BARAKA, UUID(int=8), "wet", NOON, PERIODS))
    for times in range(1, 4):
        at = NOON + times * 7 * DAY
        found = done(transitions.pass_time(found, at, PERIODS))
        assert found.status is Status.DISPUTED and found.dispute and found.dispute.escalated_at == at
        assert found.deadline == Deadline(TimeAct.ESCALATE_DISPUTE, at + 7 * DAY)
