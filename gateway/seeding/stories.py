"""How trades go, as data: who does what, and how long after the step before. A story that is cut is one that goes on.

Both players play these: one over the service's own handlers (recent_player.py), one in memory (past_player.py).
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from contracts.contract import Role
from gateway.seeding.cooperative import SeedPerson, Trade
from values.frozen import Frozen

Does: TypeAlias = Literal[
    "yes", "no", "delivered", "received", "part", "rest", "change", "cancel", "problem", "reply", "withdraw", "appeal",
    "write", "paid", "not_paid", "mediator", "decide_complete", "decide_cancel", "decide_split",
]  # fmt: skip


class Step(Frozen):
    """`days`: after the step before. `who`: None where the office, or the rail, does it."""

    days: float
    who: Role | None
    does: Does


class Plot(Frozen):
    """`weight`: how often it happens. `due_days`: the delivery date, counted from the offer. `lasts_days`: longer than
    its steps where silence ends it."""

    name: str
    weight: int
    steps: tuple[Step, ...]
    escrow: bool = False
    due_days: int = 6
    lasts_days: int = 0


class TimedStep(Frozen):
    at: datetime
    who: SeedPerson | None
    does: Does


class Deal(Frozen):
    """A trade with its story in time. `asked_at`: when the office offers it to both sides."""

    trade: Trade
    escrow: bool
    asked_at: datetime
    due_days: int
    steps: tuple[TimedStep, ...]


_B, _S = Role.BUYER, Role.SELLER
_AGREE: Final = (Step(0.05, _S, "yes"), Step(0.4, _B, "yes"))
_PAY: Final = (*_AGREE, Step(0.1, None, "paid"))
_PROBLEM: Final = (*_AGREE, Step(4, _S, "delivered"), Step(0.5, _B, "problem"))

STORIES: Final = (
    Plot("received", 36, (*_AGREE, Step(4, _S, "delivered"), Step(0.5, _B, "received"))),
    Plot("received in parts", 14, (
        *_AGREE, Step(4, _S, "delivered"), Step(0.3, _B, "part"), Step(2, _S, "delivered"), Step(0.5, _B, "rest"))),
    Plot("received by silence", 5, (*_AGREE, Step(4, _S, "delivered")), lasts_days=14),
    Plot("new terms", 7, (
        *_AGREE, Step(1, _B, "change"), Step(0.4, _S, "yes"), Step(3, _S, "delivered"), Step(0.5, _B, "received"))),
    Plot("new terms declined", 2, (
        *_AGREE, Step(1, _S, "change"), Step(0.4, _B, "no"), Step(3, _S, "delivered"), Step(0.5, _B, "received"))),
    Plot("declined", 5, (Step(0.05, _S, "yes"), Step(0.5, _B, "no"))),
    Plot("not answered", 4, (Step(0.1, _S, "yes"),), lasts_days=9),
    Plot("not delivered", 2, _AGREE, lasts_days=40),
    Plot("cancelled together", 3, (*_AGREE, Step(2, _S, "cancel"), Step(0.5, _B, "yes"))),
    Plot("written about", 2, (
        *_AGREE, Step(4, _S, "delivered"), Step(0.5, _B, "write"), Step(1, _B, "part"), Step(2, _S, "delivered"),
        Step(0.5, _B, "rest"))),
    Plot("problem withdrawn", 3, (
        *_PROBLEM, Step(0.2, _S, "reply"), Step(1, _B, "withdraw"), Step(1, _B, "received"))),
    Plot("problem decided", 4, (*_PROBLEM, Step(0.2, _S, "reply"), Step(2, None, "decide_split")), lasts_days=12),
    Plot("problem cancelled", 2, (*_PROBLEM, Step(0.2, _S, "reply"), Step(2, None, "decide_cancel")), lasts_days=12),
    Plot("decision appealed", 2, (
        *_PROBLEM, Step(2, None, "decide_complete"), Step(0.7, _B, "appeal"), Step(1.5, None, "decide_split"))),
    Plot("paid and received", 10, (*_PAY, Step(3, _S, "delivered"), Step(0.5, _B, "received")), escrow=True),
    Plot("paid and received in parts", 5, (
        *_PAY, Step(3, _S, "delivered"), Step(0.3, _B, "part"), Step(2, _S, "delivered"), Step(0.5, _B, "rest")),
        escrow=True),
    Plot("paid and cancelled", 2, (*_PAY, Step(1, _S, "cancel"), Step(0.5, _B, "yes")), escrow=True),
    Plot("not paid", 2, (*_AGREE, Step(0.1, None, "not_paid"), Step(1, _S, "cancel"), Step(0.5, _B, "yes")),
        escrow=True),
    Plot("paid and split", 1, (
        *_PAY, Step(3, _S, "delivered"), Step(0.5, _B, "problem"), Step(2, None, "decide_split")), escrow=True,
        lasts_days=12),
    Plot("problem with an arbiter", 0, (*_PROBLEM, Step(0.2, _S, "reply"), Step(0.5, None, "mediator"))),
)  # fmt: skip
PAST_STORIES: Final = tuple(story for story in STORIES if story.weight)

# What the recent ones are in any case: a story and how many of its steps have been taken.
RECENT_CUTS: Final = (
    ("received", 0), ("received", 1), ("received", 2), ("received", 3), ("received", 4), ("received in parts", 4),
    ("new terms", 3), ("cancelled together", 3), ("cancelled together", 4), ("declined", 2), ("written about", 4),
    ("problem decided", 3), ("problem decided", 4), ("problem with an arbiter", 6), ("problem decided", 6),
    ("decision appealed", 6), ("problem withdrawn", 7), ("paid and received", 2), ("paid and received", 3),
    ("paid and received", 4), ("paid and received", 5), ("paid and received", 5), ("paid and received", 5),
    ("paid and received", 5), ("paid and received in parts", 5), ("paid and cancelled", 5), ("not paid", 3),
    ("not paid", 5), ("received", 1), ("received", 2), ("received", 3),
)  # fmt: skip
BY_NAME: Final = {story.name: story for story in STORIES}


def draw_story(random: Random) -> Plot:
    """Return one of the stories, the common ones more often."""
    return random.choices(PAST_STORIES, [story.weight for story in PAST_STORIES])[0]


def past_deal(story: Plot, trade: Trade, ended_before: datetime, zone: ZoneInfo, random: Random) -> Deal:
    """Return the story from its first to its last step, over by `ended_before`."""
    longest = max(sum(step.days for step in story.steps) + len(story.steps), story.lasts_days) + 1
    asked_at = _by_day(ended_before - timedelta(days=longest), zone, random)
    return _timed(story, trade, asked_at, zone, random)


def recent_deal(
    story: Plot, steps: int, trade: Trade, last_before: datetime, zone: ZoneInfo, random: Random
) -> Deal:  # fmt: skip
    """Return the first `steps` steps of the story, the last of them in the days before `last_before`."""
    deal = _timed(story, trade, _by_day(last_before, zone, random), zone, random)
    last = deal.steps[steps - 1].at if steps else deal.asked_at
    back = timedelta(days=(last - last_before).days + 1 + random.randrange(2))
    taken = tuple(TimedStep(step.at - back, step.who, step.does) for step in deal.steps[:steps])
    return Deal(trade, deal.escrow, deal.asked_at - back, deal.due_days, taken)


def _timed(story: Plot, trade: Trade, asked_at: datetime, zone: ZoneInfo, random: Random) -> Deal:
    people = {Role.BUYER: trade.buyer, Role.SELLER: trade.seller}
    at, steps = asked_at, list[TimedStep]()
    for step in story.steps:
        later = at + timedelta(days=step.days)
        at = max(_by_day(later, zone, random) if step.days >= 1 else later, at + timedelta(minutes=7))
        steps.append(TimedStep(at, people[step.who] if step.who else None, step.does))
    return Deal(trade, story.escrow, asked_at, story.due_days, tuple(steps))


def _by_day(at: datetime, zone: ZoneInfo, random: Random) -> datetime:
    """Return a time of the same day at which people work."""
    local = at.astimezone(zone)
    return local.replace(hour=random.randint(7, 17), minute=random.randrange(60), second=random.randrange(60))
