"""Writes the months before: deals that are over, village by village; while one part is written the next is played."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.fields.msisdn import Msisdn
from gateway.seeding.cooperative import MOST_VILLAGES, Village, trade_in, village
from gateway.seeding.past_player import PastPlayer, PastRules
from gateway.seeding.stories import PAST_STORIES, Deal, Plot, draw_story, past_deal
from storage.acts.history import History, write_histories
from storage.copying import copy_rows
from storage.postgres.database import Connection
from storage.postgres.queries import QUERIES
from values.ids import new_id

_OF_VILLAGE: Final = 500  # contracts, with its 48 people
_AT_ONCE: Final = 100  # contracts in one transaction: a kill loses no more
DAYS: Final = 170
LARGEST_BY_SMS: Final = 190_000  # KES: below the limit to which an SMS binds
LARGEST_HELD: Final = 140_000  # KES: one prompt of M-Pesa brings it


class PastWriter:
    """`ended_before`: by when all is over. `zone`: where people work by day. The same `seed` gives the same deals."""

    def __init__(
        self, connection: Connection, rules: PastRules, ended_before: datetime, zone: ZoneInfo, seed: int
    ) -> None:  # fmt: skip
        self._connection = connection
        self._rules = rules
        self._ended_before = ended_before
        self._zone = zone
        self._seed = seed

    async def write(self, contracts: int, on_written: Callable[[int], None]) -> None:
        """Write so many contracts. `on_written` is called with the number of each part."""
        for n, count in enumerate(_shares(contracts)):
            await self._write_village(n, count, on_written)

    async def _write_village(self, n: int, contracts: int, on_written: Callable[[int], None]) -> None:
        where, random = village(n % MOST_VILLAGES), Random(f"{self._seed} past {n}")  # noqa: S311 - no secrets
        player = PastPlayer(self._rules, await self._people(where), random)
        stories = [*PAST_STORIES, *(draw_story(random) for _ in range(contracts))][:contracts]
        deals = sorted((self._deal(story, where, random) for story in stories), key=lambda deal: deal.asked_at)
        writing: asyncio.Task[None] | None = None
        for first in range(0, contracts, _AT_ONCE):
            part = deals[first : first + _AT_ONCE]
            histories = [history async for history in _played(player, part)]
            if writing:
                await writing
            writing = asyncio.create_task(self._write_part(player, part, histories, on_written))
        if writing:
            await writing
        told = player.told_costs
        query = QUERIES["seed.tell_costs"](msisdns=list(told), since=list(told.values()))
        await self._connection.execute(*query)

    async def _write_part(
        self, player: PastPlayer, deals: list[Deal], histories: list[History], on_written: Callable[[int], None]
    ) -> None:
        """Write the histories of `deals`. One whose reference is taken is played again, as an act is decided again."""
        while taken := await self._taken(histories):
            histories = [
                await player.play(deal) if n in taken else history
                for n, (deal, history) in enumerate(zip(deals, histories, strict=True))
            ]
        await write_histories(self._connection, histories)
        on_written(len(histories))

    async def _taken(self, histories: list[History]) -> set[int]:
        """Return the places of histories whose reference is that of another contract."""
        references = [history.reference for history in histories]
        query = QUERIES["seed.known_references"](references=references)
        known = {row["reference"] for row in await self._connection.fetch(*query)}
        return {n for n, each in enumerate(references) if each in known or each in references[:n]}

    def _deal(self, story: Plot, where: Village, random: Random) -> Deal:
        trade = trade_in(where, random, most=LARGEST_HELD if story.escrow else LARGEST_BY_SMS)
        ended_before = self._ended_before - timedelta(days=random.random() * DAYS)
        return past_deal(story, trade, ended_before, self._zone, random)

    async def _people(self, where: Village) -> Mapping[Msisdn, UUID]:
        """Return the ids of a village's people, and add those whom the record does not know."""
        query = QUERIES["seed.known_phones"](msisdns=[person.msisdn for person in where.people])
        found = await self._connection.fetch(*query)
        known = {Msisdn(row["msisdn"]): row["id"] for row in found}
        since = self._ended_before - timedelta(days=DAYS + 60)
        new = {person: new_id() for person in where.people if person.msisdn not in known}
        await copy_rows(self._connection, "phones", [
            {"id": phone_id, "msisdn": person.msisdn, "language": person.language, "language_presumed": True,
             "created_at": since}
            for person, phone_id in new.items()
        ])  # fmt: skip
        return known | {person.msisdn: phone_id for person, phone_id in new.items()}


async def _played(player: PastPlayer, deals: list[Deal]) -> AsyncIterator[History]:
    for deal in deals:
        yield await player.play(deal)
        await asyncio.sleep(0)  # the part before is being written


def _shares(contracts: int) -> Iterator[int]:
    """Give the number of contracts of each village."""
    for first in range(0, contracts, _OF_VILLAGE):
        yield min(_OF_VILLAGE, contracts - first)
