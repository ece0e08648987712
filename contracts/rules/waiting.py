"""How long a contract waits for its people, and the deadline that follows. Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from contracts.contract import Contract, Deadline, Party, Role, Status, TimeAct
from values.frozen import Frozen

_MORNING = time(9)
_WAITS_FOR_BUYER = (TimeAct.REMIND_RECEIPT, TimeAct.COMPLETE)
_WAITS_FOR_BOTH = (TimeAct.REMIND_REST, TimeAct.COMPLETE_PART)


class WaitingPeriods(Frozen):
    """How long a contract waits before time acts on it.

    `answer`: for the answers to a new contract. `delivery`: for a delivery, counted from the delivery date. `appeal`:
    for an appeal against a decision. `decision`: for a mediator's decision, before the office is told that there is
    none. `warning`: how long before the end of a wait people are reminded. `zone`: the time zone in which a day begins
    and a reminder comes in the morning.
    """

    answer: timedelta = timedelta(days=7)
    delivery: timedelta = timedelta(days=30)
    appeal: timedelta = timedelta(days=3)
    decision: timedelta = timedelta(days=7)
    warning: timedelta = timedelta(days=1)
    zone: tzinfo = UTC

    def warning_for(self, wait: timedelta) -> timedelta:
        """Return how long before the end of `wait` people are reminded: at most half of the wait."""
        return min(self.warning, wait / 2)


def answer_deadline(now: datetime, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract that is made at `now`: it waits for answers."""
    return Deadline(TimeAct.REMIND_ANSWER, now + periods.answer - periods.warning_for(periods.answer))


def delivery_deadline(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract that everybody has confirmed: the morning before the delivery date, if it is to
    come, or else the one before the contract expires."""
    eve = _delivery_morning(contract, periods.zone) - periods.warning
    return Deadline(TimeAct.REMIND_DELIVERY, eve) if eve > now else expiry_deadline(contract, now, periods)


def expiry_deadline(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a confirmed contract once the seller has been reminded of the delivery date."""
    wait = periods.delivery
    ends_at = max(_delivery_morning(contract, periods.zone), now) + wait
    return Deadline(TimeAct.REMIND_EXPIRY, ends_at - periods.warning_for(wait))


def receipt_deadline(contract: Contract, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract that the seller reports as delivered: it waits for the buyer."""
    return Deadline(
        TimeAct.REMIND_RECEIPT, receipt_assumed_at(contract) - periods.warning_for(silence_period(contract))
    )  # fmt: skip


def receipt_assumed_at(contract: Contract) -> datetime:
    """Return when the buyer's silence completes a delivered contract, unless the reminder before it comes late. It
    counts from the seller's report, or from when the clock began to run again."""
    assert contract.delivered_at, "the seller has reported the delivery"
    return max(contract.delivered_at, contract.clock_started_at or contract.delivered_at) + silence_period(contract)


def rest_deadline(contract: Contract, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract of which a part was received: it waits for both sides."""
    ends_at = settled_with_part_at(contract, periods.zone)
    return Deadline(TimeAct.REMIND_REST, ends_at - periods.warning_for(silence_period(contract)))


def settled_with_part_at(contract: Contract, zone: tzinfo) -> datetime:
    """Return when the silence of both sides completes the contract with the part that was received, unless the reminder
    before it comes late. The silence counts from that part, or from when the clock began to run again, but never from
    before the delivery date."""
    assert contract.part_at, "a part was received"
    since = max(contract.part_at, contract.clock_started_at or contract.part_at)
    return max(since, _delivery_morning(contract, zone)) + silence_period(contract)


def deadline_under_new_terms(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract that has just got new terms: it waits for the same as before, by the new date
    and the new silence period."""
    if contract.status is Status.CONFIRMED:
        return delivery_deadline(contract, now, periods)
    return silence_deadline(contract, periods)


def silence_deadline(contract: Contract, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract under way: silence completes it, the buyer's after the seller's report, or that
    of both sides after a part."""
    return receipt_deadline(contract, periods) if waits_for_receipt(contract) else rest_deadline(contract, periods)


def waits_for_receipt(contract: Contract) -> bool:
    """Whether the last that was said of a delivery is the seller's report: it is the buyer who has to answer."""
    if contract.deadline:
        return contract.deadline.act in _WAITS_FOR_BUYER
    said, part = contract.delivered_at, contract.part_at
    return said is not None and (part is None or said > part)


def silence_counts(contract: Contract, party: Party) -> bool:
    """Whether the silence of `party` would complete the contract, now or if its clock did not stand: the buyer's after
    the seller's report of a delivery, that of both sides after a part."""
    counts_now = contract.deadline and contract.deadline.act in (*_WAITS_FOR_BUYER, *_WAITS_FOR_BOTH)
    if not counts_now and contract.clock_stopped_at is None:
        return False
    return party.role is Role.BUYER or (party.role.binds and not waits_for_receipt(contract))


def decision_deadline(now: datetime, periods: WaitingPeriods) -> Deadline:
    """Return the deadline of a contract whose dispute waits for a mediator's decision from `now` on."""
    return Deadline(TimeAct.ESCALATE_DISPUTE, now + periods.decision)


def buyer_silence_counts(contract: Contract) -> bool:
    """Whether the buyer's silence will complete the contract: the seller has reported a delivery, no receipt, not even
    of a part, has been reported since, and the clock does not stand."""
    return contract.deadline is not None and waits_for_receipt(contract)


def silence_period(contract: Contract) -> timedelta:
    """Return for how long silence after a delivery counts as a receipt, by the contract's terms."""
    return timedelta(days=contract.terms.silence_days)


def _delivery_morning(contract: Contract, zone: tzinfo) -> datetime:
    return datetime.combine(contract.terms.due, _MORNING, zone)
