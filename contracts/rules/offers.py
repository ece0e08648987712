"""How many offers a person may make, and how many strangers may make to a person. Pure.

A stranger is somebody with whom one has had no contract that all have confirmed. Only offers that people make on a
phone are counted: an operator's API key is limited (gateway/rest). The counts are read with the other facts. What is
decided on them holds however many offers are made at the same moment, because each offer has a number of its own
(`OfferRow`).
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from contracts.fields.msisdn import Msisdn
from contracts.refusals import LimitReached, Refusal
from contracts.rules.quiet_hours import held_until
from storage.acts.rows import OfferRow
from storage.record_rows import DecisionFacts
from values.frozen import Frozen

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NONE: Mapping[str, Any] = {"n": 0, "open": 0}


class OfferLimit(Frozen):
    """How many offers within an hour, within a day, and unanswered at the same time."""

    hour: int
    day: int
    open: int


class OfferRules(Frozen):
    """`maker`: the limit of who makes offers. `stranger`: the limit of what all strangers together may offer one
    person. `quiet_hours`: between these times of the addressee's day a stranger's offer waits (the same time twice:
    never)."""

    maker: OfferLimit = OfferLimit(hour=6, day=20, open=30)
    stranger: OfferLimit = OfferLimit(hour=3, day=8, open=10)
    quiet_hours: tuple[time, time] = (time(0), time(0))

    @property
    def as_counted(self) -> tuple[int, ...]:
        """The limits in the order in which the database takes them."""
        return tuple(n for limit in (self.maker, self.stranger) for n in (limit.hour, limit.day, limit.open))


DEFAULT_OFFER_RULES = OfferRules()


def limit_reached(facts: DecisionFacts, rules: OfferRules, now: datetime) -> LimitReached | None:
    """Return why one more offer is refused; None if it may be made.

    Who is blocked by the addressee and who writes to somebody that wants no offers at all are told the same.
    """
    found = facts.offer or {}
    if found.get("refuses"):
        return LimitReached(Refusal.TAKES_NO_OFFERS)
    made, asked = found.get("made", _NONE), found.get("asked", _NONE)
    if until := _ends(made.get("hour_at"), _HOUR, now):
        return LimitReached(Refusal.OFFERS_IN_HOUR, rules.maker.hour, until)
    if until := _ends(made.get("day_at"), _DAY, now):
        return LimitReached(Refusal.OFFERS_IN_DAY, rules.maker.day, until)
    if made["open"] >= rules.maker.open:
        return LimitReached(Refusal.OFFERS_OPEN, rules.maker.open)
    if is_known(facts):
        return None
    if until := _ends(asked.get("hour_at"), _HOUR, now) or _ends(asked.get("day_at"), _DAY, now):
        return LimitReached(Refusal.ASKED_OFTEN, until=until)
    return LimitReached(Refusal.ASKED_OPEN) if asked["open"] >= rules.stranger.open else None


def is_known(facts: DecisionFacts) -> bool:
    """Return whether the maker and the addressee have had a contract that all confirmed."""
    return bool((facts.offer or {}).get("knows"))


def offer_row(facts: DecisionFacts, maker_id: UUID, addressee_id: UUID) -> OfferRow:
    """Return the row of the maker's next offer, with the numbers that are free as far as the facts say."""
    found = facts.offer or {}
    made_n = found.get("made", _NONE)["n"] + 1
    asked_n = None if is_known(facts) else found.get("asked", _NONE)["n"] + 1
    return OfferRow(maker_id, made_n, addressee_id, asked_n)


def sent_from(
    facts: DecisionFacts, addressee: Msisdn, rules: OfferRules, now: datetime, zone: tzinfo
) -> datetime | None:  # fmt: skip
    """Return when the offer is sent: in the morning to a stranger who may sleep now. None: at once."""
    return None if is_known(facts) else held_until(addressee, now, rules.quiet_hours, zone)


def _ends(last_at: str | None, period: timedelta, now: datetime) -> datetime | None:
    """Return when a limit of a period ends, if it is reached: when the oldest offer that counts is as old as that."""
    ends = datetime.fromisoformat(last_at) + period if last_at else now
    return ends if ends > now else None
