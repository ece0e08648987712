"""What may happen after the confirmation, as tables: who may do what when, and how long things wait."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.contract import (
    Contract,
    ContractType,
    Deadline,
    Decision,
    Dispute,
    Party,
    ProposalType,
    Role,
    Signature,
    Status,
    TimeAct,
)
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules import transitions
from contracts.rules.waiting import WaitingPeriods, answer_deadline
from contracts.terms import Terms
from values.frozen import replace

AMINA, BARAKA, CHEGE, OTIENO = (Msisdn(f"+25471234567{n}") for n in range(4))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Bungoma", date(2026, 12, 25))
NEWER = replace(TERMS, place="Nakuru")
OVER = (Status.COMPLETED, Status.CANCELLED, Status.EXPIRED)

Deed = Callable[[Contract, Msisdn], Contract | Refusal]


def contract(status: Status = Status.CONFIRMED, **changed: object) -> Contract:
    """Amina sells to Baraka, Chege mediates; both have signed."""
    people = ((AMINA, Role.SELLER), (BARAKA, Role.BUYER), (CHEGE, Role.MEDIATOR))
    parties = tuple(
        Party(UUID(int=n), who, role, None, None, Signature.SIGNED if role.binds else None)
        for n, (who, role) in enumerate(people, 1)
    )
    made = Contract(UUID(int=9), "40718353", 3, status, ContractType.OTHER, TERMS, parties, NOON)
    return replace(made, **changed)


def disputed(status: str = "open", **changed: object) -> Contract:
    dispute = Dispute(UUID(int=8), status, UUID(int=2), "wet")
    return contract(Status.DISPUTED, dispute=replace(dispute, **changed))


def proposed(kind: ProposalType = ProposalType.AMEND) -> Contract:
    """Amina asks Baraka for new terms, or for an end."""
    after = transitions.propose(contract(), AMINA, kind, NEWER if kind is ProposalType.AMEND else None)
    assert isinstance(after, Contract)
    return after


def deliver(found: Contract, by: Msisdn) -> Contract | Refusal:
    return transitions.say_delivered(found, by, NOON, WaitingPeriods())


def part(quantity: str) -> Deed:
    return lambda found, by: transitions.receive_part(found, by, Decimal(quantity), NOON, WaitingPeriods())


def complain(found: Contract, by: Msisdn) -> Contract | Refusal:
    return transitions.complain(found, by, UUID(int=8), "wet")


def propose(terms: Terms | None) -> Deed:
    kind = ProposalType.AMEND if terms else ProposalType.CANCEL
    return lambda found, by: transitions.propose(found, by, kind, terms)


def answer(n: int, *, yes: bool = True) -> Deed:
    return lambda found, by: transitions.answer(found, by, NOON, WaitingPeriods(), yes=yes, n=n)


BY_THE_PARTIES: dict[str, tuple[Deed, Msisdn]] = {
    "deliver": (deliver, AMINA), "receive": (transitions.receive, BARAKA), "a part": (part("1"), BARAKA),
    "complain": (complain, BARAKA), "amend": (propose(NEWER), AMINA), "cancel": (propose(None), BARAKA),
}  # fmt: skip


@pytest.mark.parametrize(("deed", "by"), BY_THE_PARTIES.values(), ids=BY_THE_PARTIES)
def test_what_is_done_while_it_is_under_way_and_only_then(deed: Deed, by: Msisdn) -> None:
    assert isinstance(deed(contract(), by), Contract)
    assert isinstance(deed(contract(Status.ACTIVE), by), Contract)
    for status in (Status.PENDING, *OVER):
        assert deed(contract(status), by) is Refusal.NOT_UNDER_WAY
    assert deed(disputed(), by) is Refusal.IN_DISPUTE
    for stranger in (OTIENO, CHEGE):
        assert deed(contract(), stranger) is Refusal.NOT_YOURS


@pytest.mark.parametrize(
    ("found", "deed", "by", "why"),
    [
        pytest.param(contract(), deliver, BARAKA, Refusal.NOT_YOUR_PART, id="the buyer says delivered"),
        pytest.param(contract(), transitions.receive, AMINA, Refusal.NOT_YOUR_PART, id="the seller says received"),
        pytest.param(contract(), part("1"), AMINA, Refusal.NOT_YOUR_PART, id="the seller says received in part"),
        pytest.param(contract(delivered_at=NOON, deadline=Deadline(TimeAct.COMPLETE, NOON)), deliver, AMINA,
        Refusal.ALREADY_SAID,
                     id="delivered twice"),
        pytest.param(contract(), part("51"), BARAKA, Refusal.TOO_MUCH, id="more than all of it"),
        pytest.param(contract(received=Decimal(40)), part("10.001"), BARAKA, Refusal.TOO_MUCH, id="more than is left"),
        pytest.param(contract(), part("0"), BARAKA, Refusal.NOTHING_CHANGES, id="a part that is nothing"),
        pytest.param(contract(), part("-1"), BARAKA, Refusal.NOTHING_CHANGES, id="less than nothing"),
        pytest.param(contract(), propose(TERMS), AMINA, Refusal.NOTHING_CHANGES, id="the terms that hold"),
        pytest.param(proposed(), propose(None), BARAKA, Refusal.ALREADY_PROPOSED, id="two proposals"),
        pytest.param(proposed(), answer(2), AMINA, Refusal.ALREADY_CONFIRMED, id="one's own proposal"),
        pytest.param(proposed(), answer(1), BARAKA, Refusal.ALREADY_CONFIRMED, id="the terms, while others are asked"),
        pytest.param(proposed(), answer(3), BARAKA, Refusal.NO_LONGER_OPEN, id="what nobody asked"),
        pytest.param(contract(last_n=2), answer(2), BARAKA, Refusal.NO_LONGER_OPEN, id="yes to what was declined"),
        pytest.param(disputed(), transitions.appeal, BARAKA, Refusal.NO_APPEAL, id="before a decision"),
        pytest.param(disputed("decided", was_appealed=True), transitions.appeal, BARAKA, Refusal.NO_APPEAL, id="twice"),
        pytest.param(disputed("decided"), transitions.appeal, CHEGE, Refusal.NOT_YOURS,
        id="an appeal of the mediator's"),
        pytest.param(contract(Status.COMPLETED), transitions.appeal, AMINA, Refusal.NO_APPEAL,
        id="an appeal after the end"),
    ],
)  # fmt: skip
def test_what_is_refused(found: Contract, deed: Deed, by: Msisdn, why: Refusal) -> None:
    assert deed(found, by) is why


def test_the_last_part_is_all_of_it() -> None:
    after = part("10")(contract(Status.ACTIVE, received=Decimal(40)), BARAKA)
    assert isinstance(after, Contract)
    assert (after.status, after.received, after.deadline) == (Status.COMPLETED, Decimal(50), None)


@pytest.mark.parametrize(
    ("decision", "split", "status"),
    [(Decision.COMPLETE, None, Status.COMPLETED), (Decision.CANCEL, None, Status.CANCELLED),
     (Decision.SPLIT, 1, Status.COMPLETED)],
)  # fmt: skip
def test_a_decision_waits_for_an_appeal_and_the_second_does_not(
    decision: Decision, split: int | None, status: Status
) -> None:
    first = transitions.decide_dispute(disputed(), decision, split, "so", NOON, WaitingPeriods())
    assert isinstance(first, Contract)
    assert (first.status, first.deadline) == (Status.DISPUTED, Deadline(TimeAct.CLOSE_DISPUTE, NOON + 3 * DAY))
    stands = transitions.pass_time(first, NOON + 3 * DAY, WaitingPeriods())
    assert stands and stands.dispute and (stands.status, stands.dispute.status) == (status, "closed")
    appealed = transitions.appeal(first, AMINA)
    assert isinstance(appealed, Contract) and appealed.deadline is None
    second = transitions.decide_dispute(appealed, decision, split, "so", NOON, WaitingPeriods())
    assert isinstance(second, Contract) and (second.status, second.deadline) == (status, None)


@pytest.mark.parametrize("split", [0, 350_000, 350_001])
def test_a_split_leaves_something_to_both(split: int) -> None:
    assert (
        transitions.decide_dispute(disputed(), Decision.SPLIT, split, "so", NOON, WaitingPeriods()) is Refusal.TOO_MUCH
    )


@pytest.mark.parametrize(
    ("days", "reminded", "ends"),
    [(7, 6 * DAY, 7 * DAY), (2, DAY, 2 * DAY), (1, DAY / 2, DAY)],
)
def test_who_waits_is_reminded_a_day_before_and_of_a_short_time_half_way(
    days: int, reminded: timedelta, ends: timedelta
) -> None:
    """An offer, and a delivery whose buyer is silent."""
    periods = WaitingPeriods(answer=days * DAY)
    asked = contract(Status.PENDING, deadline=answer_deadline(NOON, periods))
    delivered = transitions.say_delivered(contract(terms=replace(TERMS, silence_days=days)), AMINA, NOON, periods)
    assert isinstance(delivered, Contract)
    for found in (asked, delivered):
        assert found.deadline and found.deadline.at == NOON + reminded
        assert transitions.pass_time(found, NOON + reminded - timedelta(microseconds=1), periods) is None
        after = transitions.pass_time(found, NOON + reminded, periods)
        assert after and after.deadline and after.deadline.at == NOON + ends
        assert transitions.pass_time(after, NOON + ends, periods)
