"""What time does to a contract when its deadline has passed, and who is notified of it."""

from collections.abc import Mapping
from datetime import datetime

from contracts.contract import Contract, Party, Role, Status, TimeAct
from contracts.notices import NoticeKind, notice_to
from contracts.rules import transitions
from contracts.rules.plan import Plan
from contracts.rules.plan_rows import dispute_row, plan_of_change
from contracts.rules.waiting import WaitingPeriods
from storage.acts.rows import AuditRow

_NOTICES: Mapping[TimeAct, NoticeKind] = {
    TimeAct.REMIND_ANSWER: NoticeKind.REMIND_ANSWER,
    TimeAct.REMIND_DELIVERY: NoticeKind.REMIND_DELIVERY,
    TimeAct.REMIND_EXPIRY: NoticeKind.REMIND_EXPIRY,
    TimeAct.EXPIRE: NoticeKind.EXPIRED,
    TimeAct.REMIND_RECEIPT: NoticeKind.REMIND_RECEIPT,
    TimeAct.COMPLETE: NoticeKind.COMPLETED_BY_TIME,
    TimeAct.REMIND_REST: NoticeKind.REMIND_REST,
    TimeAct.COMPLETE_PART: NoticeKind.COMPLETED_IN_PART,
    TimeAct.CLOSE_DISPUTE: NoticeKind.DECISION_STANDS,
    TimeAct.ESCALATE_DISPUTE: NoticeKind.DISPUTE_ESCALATED,
}


def pass_time(contract: Contract, now: datetime, periods: WaitingPeriods) -> Plan | None:
    """Do what is due at `now`. Return None if the deadline has not passed, or there is none."""
    after = transitions.pass_time(contract, now, periods)
    if after is None:
        return None
    assert contract.deadline, "time acts at a deadline"
    act = contract.deadline.act
    details = {"quantity": str(after.settled)} if after.settled else {}
    notified = [party for party in after.parties if _is_notified(party, act, contract)]
    return plan_of_change(
        contract, after, AuditRow(f"time.{act.value}", contract.id, None, None, details),
        tuple(notice_to(party, _NOTICES[act], after, None) for party in notified),
        dispute=dispute_row(after) if contract.status is Status.DISPUTED else None,
    )  # fmt: skip


def _is_notified(party: Party, act: TimeAct, contract: Contract) -> bool:
    """Whether `party` is notified: of a reminder, only who has to do something; of everything else, everybody."""
    match act:
        case TimeAct.REMIND_ANSWER:
            return contract.waits_for(party.msisdn)
        case TimeAct.REMIND_DELIVERY:
            return party.role is Role.SELLER
        case TimeAct.REMIND_RECEIPT:
            return party.role is Role.BUYER
        case TimeAct.REMIND_EXPIRY | TimeAct.REMIND_REST:
            return party.role.binds
        case _:
            return True
