"""After a part is received: which new terms still fit, and how long both sides may be silent."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts.contract import Contract, Deadline, Role, Status, TimeAct
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.notices import NoticeKind
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, time_acts, transitions
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from tests.contracts.make_contracts import AMINA, BARAKA, CHEGE, DAY, NOON, PERIODS, TERMS, make_contract
from values.frozen import replace

TODAY = replace(TERMS, due=NOON.date())


def of_bags(amount: str, unit: str = "bags") -> Terms:
    return replace(TERMS, quantity=Quantity(amount, unit))


def receive_part(found: Contract, quantity: str, at: datetime = NOON, periods: WaitingPeriods = PERIODS) -> Contract:
    after = transitions.receive_part(found, BARAKA, Decimal(quantity), at, periods)
    assert isinstance(after, Contract)
    return after


def pass_deadline(found: Contract) -> Contract:
    """Let time do what is due at the deadline."""
    assert found.deadline
    after = transitions.pass_time(found, found.deadline.at, PERIODS)
    assert after
    return after


def propose(found: Contract, terms: Terms, by: Msisdn = AMINA) -> Contract | Refusal:
    return transitions.propose(found, by, ProposalType.AMEND, terms, NOON)


def agree(found: Contract, by: Msisdn = BARAKA) -> Contract | Refusal:
    return transitions.answer(found, by, NOON, PERIODS, yes=True, n=found.open_number)


@pytest.mark.parametrize(
    ("terms", "is_allowed"),
    [
        pytest.param(of_bags("12.5"), True, id="as much as was received"),
        pytest.param(of_bags("60"), True, id="more"),
        pytest.param(of_bags("12.499"), False, id="less than was received"),
        pytest.param(of_bags("50", "kg"), False, id="another unit"),
        pytest.param(replace(TERMS, place="Nakuru"), True, id="another place"),
    ],
)
def test_new_terms_need_room_for_what_was_received(terms: Terms, is_allowed: bool) -> None:
    after = propose(receive_part(make_contract(), "12.5"), terms)
    assert isinstance(after, Contract) if is_allowed else after is Refusal.LESS_THAN_CAME


def test_before_the_first_part_any_quantity_may_be_proposed() -> None:
    assert isinstance(propose(make_contract(), of_bags("0.5", "kg")), Contract)


def test_a_part_makes_a_proposal_void_that_has_no_room_for_it() -> None:
    proposed = propose(make_contract(), of_bags("10"))
    assert isinstance(proposed, Contract)
    assert receive_part(proposed, "10").proposal, "it still fits"
    void = receive_part(proposed, "10.5")
    assert void.proposal is None
    assert transitions.answer(void, BARAKA, NOON, PERIODS, yes=True, n=2) is Refusal.NO_LONGER_OPEN


def test_an_old_proposal_without_room_is_refused_when_it_is_answered() -> None:
    proposed = propose(make_contract(), of_bags("10"))
    assert isinstance(proposed, Contract)
    assert agree(replace(proposed, status=Status.ACTIVE, received=Decimal(11))) is Refusal.LESS_THAN_CAME


def test_agreeing_on_the_received_quantity_completes_the_contract() -> None:
    proposed = propose(receive_part(make_contract(), "12.5"), of_bags("12.5"))
    assert isinstance(proposed, Contract)
    after = agree(proposed)
    assert isinstance(after, Contract)
    assert (after.status, after.deadline, after.terms_version) == (Status.COMPLETED, None, 2)
    assert after.settled is None, "it is everything that was agreed"


@pytest.mark.parametrize(
    ("terms", "at", "since"),
    [
        pytest.param(TERMS, NOON, datetime(2026, 12, 25, 9, tzinfo=UTC), id="before its day"),
        pytest.param(TODAY, NOON, NOON, id="on its day"),
        pytest.param(TODAY, NOON + 9 * DAY, NOON + 9 * DAY, id="after it"),
    ],
)
@pytest.mark.parametrize(("days", "warning"), [(7, DAY), (2, DAY), (1, DAY / 2)])
def test_silence_counts_from_the_part_or_the_delivery_date(
    terms: Terms, at: datetime, since: datetime, days: int, warning: timedelta
) -> None:
    found = receive_part(make_contract(terms=replace(terms, silence_days=days)), "12.5", at)
    assert found.deadline == Deadline(TimeAct.REMIND_REST, since + days * DAY - warning)
    reminded = pass_deadline(found)
    assert reminded.deadline == Deadline(TimeAct.COMPLETE_PART, since + days * DAY)
    ended = pass_deadline(reminded)
    assert (ended.status, ended.settled) == (Status.COMPLETED, Decimal("12.5"))


def test_a_day_begins_in_the_time_zone_of_the_people() -> None:
    periods = WaitingPeriods(zone=ZoneInfo("Africa/Nairobi"))
    after = receive_part(make_contract(terms=replace(TERMS, due=date(2026, 3, 10))), "1", periods=periods)
    assert after.deadline == Deadline(TimeAct.REMIND_REST, datetime.combine(date(2026, 3, 16), time(6), UTC))


def test_each_part_starts_the_silence_again() -> None:
    found = make_contract(terms=TODAY)
    second = receive_part(pass_deadline(receive_part(found, "12.5")), "12.5", NOON + 6 * DAY)
    assert second.deadline == Deadline(TimeAct.REMIND_REST, NOON + 12 * DAY)
    assert pass_deadline(pass_deadline(second)).settled == Decimal(25)


def test_after_a_part_a_seller_may_report_a_delivery_again() -> None:
    delivered = transitions.say_delivered(receive_part(make_contract(terms=TODAY), "1"), AMINA, NOON, PERIODS)
    assert isinstance(delivered, Contract) and delivered.deadline == Deadline(TimeAct.REMIND_RECEIPT, NOON + 6 * DAY)
    more = receive_part(delivered, "1")
    assert more.deadline and more.deadline.act is TimeAct.REMIND_REST
    assert transitions.say_delivered(delivered, AMINA, NOON, PERIODS) is Refusal.ALREADY_SAID


def test_a_problem_ends_the_silence() -> None:
    reminded = pass_deadline(receive_part(make_contract(), "1"))
    after = dispute_transitions.complain(reminded, BARAKA, uuid4(), "wet", NOON, PERIODS)
    assert isinstance(after, Contract) and after.deadline
    assert after.deadline.act is TimeAct.ESCALATE_DISPUTE


def test_both_sides_are_reminded_of_the_rest_and_everybody_is_told_the_end() -> None:
    found = receive_part(make_contract(), "1")
    reminded = pass_deadline(found)
    assert notified(found) == {AMINA: NoticeKind.REMIND_REST, BARAKA: NoticeKind.REMIND_REST}
    assert notified(reminded) == dict.fromkeys((AMINA, BARAKA, CHEGE), NoticeKind.COMPLETED_IN_PART)


def test_before_it_expires_both_sides_are_reminded() -> None:
    found = make_contract(deadline=Deadline(TimeAct.REMIND_DELIVERY, NOON), terms=TODAY)
    eve = pass_deadline(found)
    assert eve.deadline == Deadline(TimeAct.REMIND_EXPIRY, NOON + 29 * DAY)
    reminded = pass_deadline(eve)
    assert reminded.deadline == Deadline(TimeAct.EXPIRE, NOON + 30 * DAY)
    assert notified(eve) == {AMINA: NoticeKind.REMIND_EXPIRY, BARAKA: NoticeKind.REMIND_EXPIRY}
    late = transitions.pass_time(eve, NOON + 90 * DAY, PERIODS)
    assert late and late.deadline == Deadline(TimeAct.EXPIRE, NOON + 91 * DAY), "the end moves, not the warning"


def notified(found: Contract) -> dict[Msisdn, NoticeKind]:
    """Who is notified at the contract's deadline, and of what."""
    assert {party.role for party in found.parties} == {Role.SELLER, Role.BUYER, Role.MEDIATOR}
    assert found.deadline
    plan = time_acts.pass_time(found, found.deadline.at, PERIODS)
    assert plan
    return {notice.msisdn: notice.kind for notice in plan.notices}
