"""How long things wait: what time brings next to a contract, and when. Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from contracts.contract import Contract, Deadline, Status, TimeAct
from values.frozen import Frozen

_MORNING = time(9)
_OF_THE_BUYER = (TimeAct.REMIND_RECEIPT, TimeAct.COMPLETE)


class WaitingPeriods(Frozen):
    """How long things wait. `answer`: an offer; `delivery`: a confirmed contract, past its day; `appeal`: a decision.
    `warning`: how long before an end its people are reminded. `zone`: whose mornings reminders come in."""

    answer: timedelta = timedelta(days=7)
    delivery: timedelta = timedelta(days=30)
    appeal: timedelta = timedelta(days=3)
    warning: timedelta = timedelta(days=1)
    zone: tzinfo = UTC

    def warned(self, wait: timedelta) -> timedelta:
        """How long before the end of `wait` its people are reminded: of a short one, half way."""
        return min(self.warning, wait / 2)


def until_answered(now: datetime, periods: WaitingPeriods) -> Deadline:
    """Of a new contract."""
    return Deadline(TimeAct.REMIND_ANSWER, now + periods.answer - periods.warned(periods.answer))


def until_delivered(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Of one that all have confirmed: the eve of its day, or the end where that is past."""
    eve = _day_of(contract, periods.zone) - periods.warning
    return Deadline(TimeAct.REMIND_DELIVERY, eve) if eve > now else until_given_up(contract, now, periods)


def until_given_up(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Of one whose seller was reminded of its day."""
    wait = periods.delivery
    return Deadline(TimeAct.REMIND_EXPIRY, max(_day_of(contract, periods.zone), now) + wait - periods.warned(wait))


def until_received(contract: Contract, periods: WaitingPeriods) -> Deadline:
    """Of one that the seller says is delivered: the buyer's silence counts."""
    return Deadline(TimeAct.REMIND_RECEIPT, received_at(contract) - periods.warned(silence(contract)))


def received_at(contract: Contract) -> datetime:
    """When the buyer's silence makes it received, if the reminder comes in time."""
    assert contract.delivered_at, "the seller has said so"
    return contract.delivered_at + silence(contract)


def until_the_rest(contract: Contract, periods: WaitingPeriods) -> Deadline:
    """Of one of which a part has come: everybody's silence counts."""
    return Deadline(TimeAct.REMIND_REST, settled_at(contract, periods.zone) - periods.warned(silence(contract)))


def settled_at(contract: Contract, zone: tzinfo) -> datetime:
    """When everybody's silence completes it with the part that came, if the reminder comes in time: it counts from that
    part, though never before the contract's day."""
    assert contract.part_at, "a part has come"
    return max(contract.part_at, _day_of(contract, zone)) + silence(contract)


def under_new_terms(contract: Contract, now: datetime, periods: WaitingPeriods) -> Deadline:
    """Of one under way: it waits for what it waited for, by its new day and silence."""
    if contract.status is Status.CONFIRMED:
        return until_delivered(contract, now, periods)
    is_delivered = silence_of_buyer_counts(contract)
    return until_received(contract, periods) if is_delivered else until_the_rest(contract, periods)


def silence_of_buyer_counts(contract: Contract) -> bool:
    """Whether the last word on the delivery is the seller's."""
    return bool(contract.deadline and contract.deadline.act in _OF_THE_BUYER)


def silence(contract: Contract) -> timedelta:
    return timedelta(days=contract.terms.silence_days)


def _day_of(contract: Contract, zone: tzinfo) -> datetime:
    return datetime.combine(contract.terms.due, _MORNING, zone)
