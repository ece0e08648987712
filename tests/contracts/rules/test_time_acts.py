"""Who is notified when time acts on a contract, and of what."""

from decimal import Decimal
from uuid import UUID

import pytest

from contracts.contract import Contract, Deadline, Party, Role, Signature, Status, TimeAct
from contracts.dispute import Decision
from contracts.fields.msisdn import Msisdn
from contracts.notices import NoticeKind
from contracts.rules import time_acts, transitions
from tests.contracts.make_contracts import (
    AMINA,
    BARAKA,
    CHEGE,
    DAY,
    NOON,
    PERIODS,
    make_contract,
    make_disputed,
    make_offer,
)
from values.frozen import replace

SECOND_BUYER, SECOND_SELLER, WITNESS = (Msisdn(f"+25471234570{n}") for n in range(3))


def make_due(act: TimeAct) -> Contract:
    """A contract for which `act` is due at noon."""
    deadline = Deadline(act, NOON)
    match act:
        case TimeAct.REMIND_ANSWER | TimeAct.EXPIRE:
            return replace(make_offer(), deadline=deadline)
        case TimeAct.CLOSE_DISPUTE:
            return replace(make_disputed("decided", decision=Decision.COMPLETE), deadline=deadline)
        case TimeAct.REMIND_REST | TimeAct.COMPLETE_PART:
            return make_contract(Status.ACTIVE, received=Decimal(1), part_at=NOON - 7 * DAY, deadline=deadline)
        case TimeAct.REMIND_RECEIPT | TimeAct.COMPLETE:
            return make_contract(Status.ACTIVE, delivered_at=NOON - 7 * DAY, deadline=deadline)
        case _:
            return make_contract(deadline=deadline)


def notified(contract: Contract) -> dict[Msisdn, NoticeKind]:
    plan = time_acts.pass_time(contract, NOON, PERIODS)
    assert plan
    assert len({notice.msisdn for notice in plan.notices}) == len(plan.notices), "one notice each"
    return {notice.msisdn: notice.kind for notice in plan.notices}


@pytest.mark.parametrize(
    ("act", "kind", "people"),
    [
        pytest.param(TimeAct.REMIND_ANSWER, NoticeKind.REMIND_ANSWER, [BARAKA], id="who has not answered"),
        pytest.param(TimeAct.REMIND_DELIVERY, NoticeKind.REMIND_DELIVERY, [AMINA], id="the seller of a delivery"),
        pytest.param(TimeAct.REMIND_RECEIPT, NoticeKind.REMIND_RECEIPT, [BARAKA], id="the buyer of a receipt"),
        pytest.param(TimeAct.REMIND_EXPIRY, NoticeKind.REMIND_EXPIRY, [AMINA, BARAKA], id="both before it expires"),
        pytest.param(TimeAct.REMIND_REST, NoticeKind.REMIND_REST, [AMINA, BARAKA], id="both of the rest"),
    ],
)
def test_a_reminder_goes_to_who_has_to_act(act: TimeAct, kind: NoticeKind, people: list[Msisdn]) -> None:
    assert notified(make_due(act)) == dict.fromkeys(people, kind)


def test_a_reminder_of_a_receipt_goes_to_every_buyer_and_to_nobody_else() -> None:
    """Not to a seller, who has nothing to confirm, nor to those whom the contract does not bind."""
    due = make_due(TimeAct.REMIND_RECEIPT)
    more = (
        Party(UUID(int=11), SECOND_BUYER, Role.BUYER, None, None, Signature.SIGNED),
        Party(UUID(int=12), SECOND_SELLER, Role.SELLER, None, None, Signature.SIGNED),
        Party(UUID(int=13), WITNESS, Role.WITNESS, None, None, None),
    )
    crowded = replace(due, parties=(*due.parties, *more))
    assert notified(crowded) == dict.fromkeys((BARAKA, SECOND_BUYER), NoticeKind.REMIND_RECEIPT)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        pytest.param(TimeAct.EXPIRE, NoticeKind.EXPIRED, id="it expires"),
        pytest.param(TimeAct.COMPLETE, NoticeKind.COMPLETED_BY_TIME, id="silence completes it"),
        pytest.param(TimeAct.COMPLETE_PART, NoticeKind.COMPLETED_IN_PART, id="silence completes it with a part"),
        pytest.param(TimeAct.CLOSE_DISPUTE, NoticeKind.DECISION_STANDS, id="a decision takes effect"),
    ],
)
def test_everybody_is_notified_of_an_end(act: TimeAct, kind: NoticeKind) -> None:
    assert notified(make_due(act)) == dict.fromkeys((AMINA, BARAKA, CHEGE), kind)


@pytest.mark.parametrize("act", TimeAct)
def test_what_time_does_is_done_once_and_audited(act: TimeAct) -> None:
    due = make_due(act) if act is not TimeAct.ESCALATE_DISPUTE else make_disputed(deadline=Deadline(act, NOON))
    plan = time_acts.pass_time(due, NOON, PERIODS)
    assert plan and plan.change and plan.about == transitions.pass_time(due, NOON, PERIODS)
    assert plan.audit[0].action == f"time.{act.value}"
    assert (plan.change.version, plan.confirmation) == (due.version, None), "on this version, and nobody's confirmation"


def test_before_the_deadline_nothing_happens() -> None:
    assert time_acts.pass_time(make_contract(deadline=Deadline(TimeAct.EXPIRE, NOON + DAY)), NOON, PERIODS) is None
    assert time_acts.pass_time(make_contract(deadline=None), NOON, PERIODS) is None
