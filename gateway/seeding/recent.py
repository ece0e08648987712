"""Plays the last days through the service's own handlers, in the order in which things happen; the clock is set."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from gateway.seeding.clock import SetClock
from gateway.seeding.cooperative import Village, trade_in
from gateway.seeding.deal_player import ARBITER, DealPlayer, Event
from gateway.seeding.money import SeedRail
from gateway.seeding.past import LARGEST_BY_SMS, LARGEST_HELD
from gateway.seeding.phones import SeedPhones
from gateway.seeding.postman import SeedPostman
from gateway.seeding.stories import BY_NAME, RECENT_CUTS, draw_story, recent_deal
from gateway.services import Services
from storage.deadlines import DeadlineRows

DAYS: Final = 13  # no recent deal is older
FEWEST: Final = len(RECENT_CUTS)
_QUEUED, _UNREPORTED = 0.04, 0.08  # of the last events: their messages are not sent, or not reported on


class RecentPlayer:
    """`until`: the time at which the examples end; `operator`: the office, as the audit names it. The same `seed` gives
    the same deals."""

    def __init__(
        self, services: Services, clock: SetClock, where: Village, until: datetime, operator: str, seed: int
    ) -> None:  # fmt: skip
        self._services = services
        self._clock = clock
        self._where = where
        self._until = until
        self._operator = operator
        self._random = Random(f"{seed} recent")  # noqa: S311 - no secrets
        self._deadlines = DeadlineRows(services.records.pool)
        self._rail = SeedRail(services, until, self._random)
        msisdns = [ARBITER.msisdn, *(person.msisdn for person in where.people)]
        self._postman = SeedPostman(services, msisdns, until, self._random)
        self.phones = SeedPhones(services)

    async def play(self, contracts: int, on_event: Callable[[float], None]) -> None:
        """Play so many deals, at least FEWEST. `on_event` is called after each event with its share of all."""
        events = sorted([*self._deal_events(contracts), *self._other_events()], key=lambda event: event[0])
        codes = asyncio.create_task(self._services.codes.run())
        try:
            for n, (at, happens) in enumerate(events):
                await self._pass_time(at)
                await happens()
                await self._rail.move()
                left = 1 - n / len(events)
                if left > _QUEUED:
                    await self._postman.send(reports=left > _UNREPORTED)
                on_event(1 / len(events))
        finally:
            codes.cancel()
            with suppress(asyncio.CancelledError):
                await codes

    async def _pass_time(self, until: datetime) -> None:
        """Act at each deadline before `until`, then set the clock to it."""
        while (due := await self._deadlines.next_at()) and due <= until:
            self._clock.at = max(due, self._clock.at)
            if not await self._services.deadlines.act_on_due(self._clock.at):
                break
            await self._rail.move()
            await self._postman.send()
        self._clock.at = max(until, self._clock.at)

    def _deal_events(self, contracts: int) -> list[Event]:
        drawn = (draw_story(self._random) for _ in range(FEWEST, contracts))
        cuts = [(BY_NAME[name], steps) for name, steps in RECENT_CUTS]
        cuts += [(story, self._random.randint(1, len(story.steps))) for story in drawn]
        events = list[Event]()
        for n, (story, steps) in enumerate(cuts):
            trade = trade_in(self._where, self._random, most=LARGEST_HELD if story.escrow else LARGEST_BY_SMS)
            deal = recent_deal(story, steps, trade, self._until, self._services.settings.zone, self._random)
            player = DealPlayer(
                self._services, self.phones, self._rail, self._operator, deal, self._random, by_phone=n % 3 == 0
            )
            events += player.events()
        return events

    def _other_events(self) -> list[Event]:
        """What people write that is about no contract, and money that names none."""
        farmers, buyers = self._where.farmers, self._where.buyers
        writes = self.phones.writes
        happens: list[Callable[[], Awaitable[None]]] = [
            partial(writes, farmers[0], "STOP"),
            partial(writes, farmers[1], "STOP"),
            partial(writes, farmers[1], "START"),
            partial(writes, farmers[2], "Bei ya mahindi ni ngapi leo sokoni?"),
            partial(writes, farmers[3], "Is the store open on Sunday, my cousin wants to bring beans"),
            partial(writes, farmers[4], "HELP"),
            partial(writes, buyers[0], "LIST"),
            partial(writes, buyers[4], "Bonjour, qui est ce service?"),
            partial(self._rail.somebody_pays, 12_500, "maize"),
            partial(self._rail.somebody_pays, 800, "school fees"),
        ]
        apart = timedelta(days=8) / len(happens)
        first = self._until - timedelta(days=9)
        return [(first + n * apart, each) for n, each in enumerate(happens)]
