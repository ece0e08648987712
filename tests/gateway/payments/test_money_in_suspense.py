"""Money that belongs to no contract goes back, or gets an owner: never both. A return that failed can be repeated."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio

from gateway.payments.by_hand import ByHand, NotPossible
from storage.money_reads import MoneyReads
from storage.records import Records
from tests.gateway.payments.memory_rail import MemoryRail
from tests.gateway.payments.money_process import COMPOSER, Clock, MoneyProcess, check_books, make_confirmed, read
from tests.storage.make_acts import open_records


@dataclass
class World:
    """`came`: the id of the payment that came under no reference."""

    records: Records
    rail: MemoryRail
    clock: Clock
    process: MoneyProcess
    came: UUID

    def person(self, name: str) -> ByHand:
        return ByHand(self.records.pool, COMPOSER, name, self.clock(), person=name)

    async def send_back(self) -> None:
        for name in ("wanjiru", "otieno"):
            await self.person(name).send_back(self.came)

    async def assign(self, reference: str) -> None:
        for name in ("wanjiru", "otieno"):
            await self.person(name).assign(self.came, reference)

    async def settle(self, *, is_paid: bool) -> None:
        for entry in self.rail.books.values():
            if entry.state == "open" and entry.kind == "reverse":
                self.rail.settle(entry, is_paid=is_paid)
        await hear(self.process, self.rail)


async def hear(process: MoneyProcess, rail: MemoryRail) -> None:
    while rail.outbox:
        await process.keep(rail.outbox.pop(0))
    await process.work_until_idle()


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with open_records(database_url) as records:
        rail, clock = MemoryRail(), Clock()
        process = MoneyProcess(records.pool, rail, clock)
        rail.pay_by_themselves("maize", 50_000)
        await hear(process, rail)
        yield World(records, rail, clock, process, await records.pool.fetchval("SELECT id FROM transfers"))


async def test_a_return_that_failed_is_ordered_again(world: World) -> None:
    await world.send_back()
    await world.process.work_until_idle()
    await world.settle(is_paid=False)
    await world.person("amina").send_back(world.came)  # two people have said so before
    with pytest.raises(NotPossible, match="goes back already"):
        await world.person("amina").send_back(world.came)
    await world.process.work_until_idle()
    await world.settle(is_paid=True)
    assert world.rail.calls["reverse"] == 2
    await check_books(world.records.pool, world.rail)
    with pytest.raises(NotPossible, match="goes back already"):
        await world.person("amina").send_back(world.came)


async def test_what_goes_back_gets_no_owner(world: World) -> None:
    contract = await make_confirmed(world.records)
    await world.send_back()
    with pytest.raises(NotPossible, match="goes back already"):
        await world.assign(contract.reference)
    await world.process.work_until_idle()
    with pytest.raises(NotPossible, match="goes back already"):
        await world.assign(contract.reference)
    await world.settle(is_paid=True)
    await check_books(world.records.pool, world.rail)


async def test_what_got_an_owner_does_not_go_back(world: World) -> None:
    """Not even if the return failed before, and was ordered again in the moment in which somebody assigned it."""
    contract = await make_confirmed(world.records)
    await world.send_back()
    await world.process.work_until_idle()
    await world.settle(is_paid=False)
    await world.assign(contract.reference)
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.received == 50_000
    with pytest.raises(NotPossible, match="no money without a contract"):
        await world.send_back()
    await world.records.pool.execute(_ORDERED_MEANWHILE, world.clock())
    await world.process.work_until_idle()
    assert world.rail.calls["reverse"] == 1
    await check_books(world.records.pool, world.rail)
    ended = await world.records.pool.fetch("SELECT status, reason FROM transfers WHERE kind = 'return' ORDER BY id")
    assert {tuple(row) for row in ended} == {("failed", "no_answer"), ("failed", "assigned")}
    waiting = await MoneyReads(world.records.pool).waiting(world.clock(), 10)
    assert [row.reason for row in waiting] == ["no_answer"]


async def test_who_sends_back_and_who_assigns_in_the_same_moment_do_not_both(world: World) -> None:
    """Both lack one person, who says so now: one of the two is done, and the other is told why it is not."""
    done = set()
    for _ in range(12):
        contract = await make_confirmed(world.records)
        world.rail.pay_by_themselves("maize", 50_000)
        await hear(world.process, world.rail)
        world.came = await world.records.pool.fetchval(
            "SELECT id FROM transfers WHERE kind = 'paybill' ORDER BY created_at DESC, id DESC LIMIT 1"
        )
        await world.person("wanjiru").send_back(world.came)
        await world.person("wanjiru").assign(world.came, contract.reference)
        acts = [
            world.person("otieno").send_back(world.came),
            world.person("amina").assign(world.came, contract.reference),
        ]
        said = await asyncio.gather(*acts, return_exceptions=True)
        refused = [str(each) for each in said if isinstance(each, NotPossible)]
        goes_back = isinstance(said[1], NotPossible)
        assert refused == ["this money goes back already" if goes_back else "this is no money without a contract"], said
        escrow = (await read(world.records, contract.id)).escrow
        assert escrow and escrow.received == (0 if goes_back else 50_000)
        await world.process.work_until_idle()
        await world.settle(is_paid=True)
        done.add(goes_back)
    assert done
    assert not await world.records.pool.fetchval("SELECT count(*) FROM transfers WHERE status = 'held'")
    await check_books(world.records.pool, world.rail)


async def test_who_assigns_in_the_same_moment_is_told_that_it_is_done(world: World) -> None:
    """The same person pressing twice, or a third: one gives the money its owner, the others are refused."""
    contract = await make_confirmed(world.records)
    await world.person("wanjiru").assign(world.came, contract.reference)
    people = ("otieno", "otieno", "amina", "amina")
    said = await asyncio.gather(
        *(world.person(name).assign(world.came, contract.reference) for name in people), return_exceptions=True
    )
    refused = [each for each in said if isinstance(each, BaseException)]
    assert len(refused) == 3 and {str(each) for each in refused} == {"this is no money without a contract"}
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.received == 50_000
    await check_books(world.records.pool, world.rail)


_ORDERED_MEANWHILE = """
INSERT INTO transfers (id, kind, amount_minor, currency, status, returns, due_at, created_at)
SELECT gen_random_uuid(), 'return', amount_minor, currency, 'queued', returns, $1, $1
FROM transfers WHERE kind = 'return'"""
