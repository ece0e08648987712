"""Who may do what to a contract while it is in which status, and what the contract is then."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.contract import Contract, Deadline, Status, TimeAct
from contracts.dispute import Decision
from contracts.fields.msisdn import Msisdn
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, transitions
from contracts.rules.waiting import WaitingPeriods, answer_deadline
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

NEWER = replace(TERMS, place="Nakuru")
OVER = (Status.COMPLETED, Status.CANCELLED, Status.EXPIRED)

Act = Callable[[Contract, Msisdn], Contract | Refusal]


def make_proposed(type_: ProposalType = ProposalType.AMEND) -> Contract:
    """A contract with a proposal of Amina's: new terms, or an end."""
    after = transitions.propose(make_contract(), AMINA, type_, NEWER if type_ is ProposalType.AMEND else None, NOON)
    assert isinstance(after, Contract)
    return after


def deliver(found: Contract, by: Msisdn) -> Contract | Refusal:
    return transitions.say_delivered(found, by, NOON, PERIODS)


def part(quantity: str) -> Act:
    return lambda found, by: transitions.receive_part(found, by, Decimal(quantity), NOON, PERIODS)


def complain(found: Contract, by: Msisdn) -> Contract | Refusal:
    return dispute_transitions.complain(found, by, UUID(int=8), "wet", NOON, PERIODS)


def appeal(found: Contract, by: Msisdn) -> Contract | Refusal:
    return dispute_transitions.appeal(found, by, NOON, PERIODS)


def propose(terms: Terms | None) -> Act:
    type_ = ProposalType.AMEND if terms else ProposalType.CANCEL
    return lambda found, by: transitions.propose(found, by, type_, terms, NOON)


def answer(n: int, *, yes: bool = True) -> Act:
    return lambda found, by: transitions.answer(found, by, NOON, PERIODS, yes=yes, n=n)


PARTY_ACTS: dict[str, tuple[Act, Msisdn]] = {
    "deliver": (deliver, AMINA), "receive": (transitions.receive, BARAKA), "a part": (part("1"), BARAKA),
    "complain": (complain, BARAKA), "amend": (propose(NEWER), AMINA), "cancel": (propose(None), BARAKA),
}  # fmt: skip


def by_proposal(act: Act) -> bool:
    """Whether all have to agree to this act, so that it also settles a dispute."""
    return act in (PARTY_ACTS["amend"][0], PARTY_ACTS["cancel"][0])


@pytest.mark.parametrize(("act", "by"), PARTY_ACTS.values(), ids=PARTY_ACTS)
def test_a_party_may_act_while_the_contract_is_under_way_and_only_then(act: Act, by: Msisdn) -> None:
    assert isinstance(act(make_contract(), by), Contract)
    assert isinstance(act(make_contract(Status.ACTIVE), by), Contract)
    for status in (Status.PENDING, *OVER):
        assert act(make_contract(status), by) is Refusal.NOT_UNDER_WAY
    for undecided in (make_disputed(), make_disputed("appealed", was_appealed=True)):
        tried = act(undecided, by)
        assert isinstance(tried, Contract) if by_proposal(act) else tried is Refusal.IN_DISPUTE
    assert act(make_disputed("decided"), by) is (Refusal.NO_OPEN_DISPUTE if by_proposal(act) else Refusal.IN_DISPUTE)
    for stranger in (OTIENO, CHEGE):
        assert act(make_contract(), stranger) is Refusal.NOT_YOURS


@pytest.mark.parametrize(
    ("found", "act", "by", "refusal"),
    [
        pytest.param(make_contract(), deliver, BARAKA, Refusal.NOT_YOUR_PART, id="a delivery reported by the buyer"),
        pytest.param(make_contract(), transitions.receive, AMINA, Refusal.NOT_YOUR_PART, id="a receipt by the seller"),
        pytest.param(make_contract(), part("1"), AMINA, Refusal.NOT_YOUR_PART, id="a receipt of a part by the seller"),
        pytest.param(
            make_contract(delivered_at=NOON, deadline=Deadline(TimeAct.COMPLETE, NOON)),
            deliver,
            AMINA,
            Refusal.ALREADY_SAID,
            id="delivered twice",
        ),
        pytest.param(make_contract(), part("51"), BARAKA, Refusal.TOO_MUCH, id="more than everything"),
        pytest.param(make_contract(received=Decimal(40)), part("10.001"), BARAKA, Refusal.TOO_MUCH, id="over the rest"),
        pytest.param(make_contract(), part("0"), BARAKA, Refusal.NOTHING_CHANGES, id="a part of zero"),
        pytest.param(make_contract(), part("-1"), BARAKA, Refusal.NOTHING_CHANGES, id="less than nothing"),
        pytest.param(make_contract(), propose(TERMS), AMINA, Refusal.NOTHING_CHANGES, id="the present terms"),
        pytest.param(make_proposed(), propose(None), BARAKA, Refusal.ALREADY_PROPOSED, id="two proposals"),
        pytest.param(make_proposed(), answer(2), AMINA, Refusal.ALREADY_CONFIRMED, id="one's own proposal"),
        pytest.param(
            make_proposed(), answer(1), BARAKA, Refusal.ALREADY_CONFIRMED, id="the old terms during a proposal"
        ),
        pytest.param(make_proposed(), answer(3), BARAKA, Refusal.NO_LONGER_OPEN, id="a number that was never open"),
        pytest.param(
            make_contract(last_n=2), answer(2), BARAKA, Refusal.NO_LONGER_OPEN, id="a proposal that was declined"
        ),
        pytest.param(make_disputed(), appeal, BARAKA, Refusal.NO_APPEAL, id="before a decision"),
        pytest.param(make_disputed("decided", was_appealed=True), appeal, BARAKA, Refusal.NO_APPEAL, id="twice"),
        pytest.param(make_disputed("decided"), appeal, CHEGE, Refusal.NOT_YOURS, id="an appeal of the mediator's"),
        pytest.param(make_contract(Status.COMPLETED), appeal, AMINA, Refusal.NO_APPEAL, id="an appeal after the end"),
    ],
)
def test_an_act_is_refused(found: Contract, act: Act, by: Msisdn, refusal: Refusal) -> None:
    assert act(found, by) is refusal


def test_the_last_part_completes_the_contract() -> None:
    after = part("10")(make_contract(Status.ACTIVE, received=Decimal(40)), BARAKA)
    assert isinstance(after, Contract)
    assert (after.status, after.received, after.deadline) == (Status.COMPLETED, Decimal(50), None)


@pytest.mark.parametrize(
    ("decision", "split", "status"),
    [(Decision.COMPLETE, None, Status.COMPLETED), (Decision.CANCEL, None, Status.CANCELLED),
     (Decision.SPLIT, 1, Status.COMPLETED)],
)  # fmt: skip
def test_a_first_decision_waits_for_an_appeal_and_a_second_does_not(
    decision: Decision, split: int | None, status: Status
) -> None:
    first = dispute_transitions.decide_dispute(make_disputed(), decision, split, "so", NOON, PERIODS)
    assert isinstance(first, Contract)
    assert (first.status, first.deadline) == (Status.DISPUTED, Deadline(TimeAct.CLOSE_DISPUTE, NOON + 3 * DAY))
    closed = transitions.pass_time(first, NOON + 3 * DAY, PERIODS)
    assert closed and closed.dispute and (closed.status, closed.dispute.status) == (status, "closed")
    appealed = appeal(first, AMINA)
    assert isinstance(appealed, Contract)
    assert appealed.deadline == Deadline(TimeAct.ESCALATE_DISPUTE, NOON + 7 * DAY)
    second = dispute_transitions.decide_dispute(appealed, decision, split, "so", NOON, PERIODS)
    assert isinstance(second, Contract) and (second.status, second.deadline) == (status, None)


@pytest.mark.parametrize("split", [0, 350_000, 350_001])
def test_a_split_gives_something_to_both(split: int) -> None:
    assert (
        dispute_transitions.decide_dispute(make_disputed(), Decision.SPLIT, split, "so", NOON, PERIODS)
        is Refusal.NO_SHARE
    )


@pytest.mark.parametrize(
    ("days", "reminded", "ends"),
    [(7, 6 * DAY, 7 * DAY), (2, DAY, 2 * DAY), (1, DAY / 2, DAY)],
)
def test_a_reminder_comes_a_day_before_or_in_the_middle_of_a_short_wait(
    days: int, reminded: timedelta, ends: timedelta
) -> None:
    """Of an offer, and of a delivery whose buyer is silent."""
    periods = WaitingPeriods(answer=days * DAY)
    offered = make_contract(Status.PENDING, deadline=answer_deadline(NOON, periods))
    delivered = transitions.say_delivered(make_contract(terms=replace(TERMS, silence_days=days)), AMINA, NOON, periods)
    assert isinstance(delivered, Contract)
    for found in (offered, delivered):
        assert found.deadline and found.deadline.at == NOON + reminded
        assert transitions.pass_time(found, NOON + reminded - timedelta(microseconds=1), periods) is None
        after = transitions.pass_time(found, NOON + reminded, periods)
        assert after and after.deadline and after.deadline.at == NOON + ends
        assert transitions.pass_time(after, NOON + ends, periods)
