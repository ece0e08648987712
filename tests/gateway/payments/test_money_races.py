"""Words about money that meet: each counts once, whichever comes first."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from contracts import readings
from contracts.contract import Contract, Status
from contracts.escrow.escrow import PaymentStatus
from gateway.payments.by_hand import ByHand, NotPossible
from storage.records import Records
from tests.gateway.payments.memory_rail import BookEntry, MemoryRail
from tests.gateway.payments.money_process import (
    BUYER,
    COMPOSER,
    Clock,
    MoneyProcess,
    act,
    check_books,
    make_confirmed,
    read,
    receive,
    until_done,
)
from tests.storage.make_acts import open_records
from values.frozen import replace

ROUNDS = 6


@dataclass
class Two:
    """Two processes that move money, one rail and one clock. `records` is where people act."""

    records: Records
    rail: MemoryRail
    clock: Clock
    one: MoneyProcess
    two: MoneyProcess

    async def both_work(self) -> None:
        await asyncio.gather(self.one.work(), self.two.work())

    async def until_done(self) -> None:
        await until_done(self.records.pool, self.both_work, self.clock)

    async def prompted(self) -> tuple[Contract, BookEntry]:
        """A contract whose buyer sees the prompt."""
        contract = await make_confirmed(self.records, self.clock())
        known = set(self.rail.books)
        await self.both_work()
        (own_id,) = set(self.rail.books) - known
        return contract, self.rail.books[own_id]

    async def paid(self) -> Contract:
        contract, entry = await self.prompted()
        self.rail.settle(entry, is_paid=True)
        await self.deliver()
        await self.until_done()
        return await read(self.records, contract.id)

    async def deliver(self) -> None:
        callbacks, self.rail.outbox = self.rail.outbox, []
        await asyncio.gather(*(self.one.keep(callback) for callback in callbacks))

    async def pay_out_all(self) -> None:
        for _ in range(5):
            await self.both_work()
            for entry in self.rail.books.values():
                if entry.state == "open":
                    self.rail.settle(entry, is_paid=True)
            await self.deliver()
        await self.until_done()


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[Two]:
    async with open_records(database_url, largest=8) as records:
        rail, clock = MemoryRail(), Clock()
        processes = (MoneyProcess(records.pool, rail, clock) for _ in range(2))
        yield Two(records, rail, clock, *processes)


async def test_the_same_callback_twice_at_once(world: Two) -> None:
    """Byte by byte the same, and in other words."""
    for _ in range(ROUNDS):
        contract, entry = await world.prompted()
        world.rail.settle(entry, is_paid=True)
        (told,) = world.rail.outbox
        callbacks, world.rail.outbox = (told, told, replace(told, body=told.body + b" ")), []
        await asyncio.gather(*(p.keep(one) for one in callbacks for p in (world.one, world.two)))
        await world.both_work()
        await world.until_done()
        after = await read(world.records, contract.id)
        assert after.escrow and after.escrow.status is PaymentStatus.LOCKED and after.escrow.received == 350_000
    await check_books(world.records.pool, world.rail)


async def test_a_callback_beside_an_enquiry(world: Two) -> None:
    for _ in range(ROUNDS):
        contract, entry = await world.prompted()
        world.clock.passes(timedelta(minutes=2))
        world.rail.settle(entry, is_paid=True)
        await asyncio.gather(world.deliver(), world.one.work(), world.two.work())
        await world.both_work()
        await world.until_done()
        after = await read(world.records, contract.id)
        assert after.escrow and after.escrow.received == 350_000
    assert world.rail.calls["enquire"]
    await check_books(world.records.pool, world.rail)


@pytest.mark.parametrize("notice_first", [False, True, None], ids=["callback first", "notice first", "at once"])
async def test_a_paybill_notice_beside_the_callback_of_the_prompt(world: Two, notice_first: bool | None) -> None:
    """Some rails tell of a prompt that was paid in both ways, under the same receipt."""
    for _ in range(ROUNDS):
        contract, entry = await world.prompted()
        world.rail.settle(entry, is_paid=True)
        assert entry.receipt
        world.rail.tell_as_came(entry.receipt, contract.reference)
        told, notice = world.rail.outbox
        world.rail.outbox = []
        if notice_first is None:
            await asyncio.gather(world.one.keep(told), world.two.keep(notice))
            await world.both_work()
        else:
            for callback in (notice, told) if notice_first else (told, notice):
                await world.one.keep(callback)
                await world.both_work()
        await world.until_done()
        after = await read(world.records, contract.id)
        assert after.escrow and (after.escrow.received, after.escrow.refunded) == (350_000, 0)
        assert after.escrow.status is PaymentStatus.LOCKED and not after.escrow.prompted
        page = await readings.payment_of(world.records, BUYER, str(contract.id))
        assert page and [(one.receipt, one.is_over) for one in page.movements] == [(entry.receipt, True)], "said once"
    await check_books(world.records.pool, world.rail)


async def test_two_workers_and_one_payout(world: Two) -> None:
    for n in range(1, ROUNDS + 1):
        contract = await world.paid()
        await act(world.records, contract.id, receive(world.clock()), world.clock())
        await world.both_work()
        assert world.rail.calls["pay_out"] == n
        await world.pay_out_all()
    await check_books(world.records.pool, world.rail)


async def test_a_receipt_beside_money(world: Two) -> None:
    """The buyer receives the rest while a rail says that the first part is paid out, and more money comes by itself."""
    for _ in range(ROUNDS):
        contract = await world.paid()
        now = world.clock()
        await act(world.records, contract.id, receive(now, Decimal(1)), now)
        await world.both_work()
        for entry in world.rail.books.values():
            if entry.state == "open":
                world.rail.settle(entry, is_paid=True)
        world.rail.pay_by_themselves(contract.reference, 5000)
        await world.deliver()
        await asyncio.gather(act(world.records, contract.id, receive(now), now), world.one.work(), world.two.work())
        await world.pay_out_all()
        after = await read(world.records, contract.id)
        assert after.status is Status.COMPLETED and after.escrow
        escrow = after.escrow
        assert (escrow.paid, escrow.fees, escrow.returned, escrow.held) == (346_500, 3500, 5000, 0)
    await check_books(world.records.pool, world.rail)


async def test_a_payout_that_failed_is_ordered_again_once(world: Two) -> None:
    """Three operators order it in the same moment."""
    contract = await world.paid()
    await act(world.records, contract.id, receive(world.clock()), world.clock())
    await world.both_work()
    (entry,) = (each for each in world.rail.books.values() if each.state == "open")
    world.rail.settle(entry, is_paid=False)
    await world.deliver()
    await world.both_work()
    row = await world.records.pool.fetchrow("SELECT id FROM transfers WHERE status = 'failed'")
    assert row

    people = [
        ByHand(world.records.pool, COMPOSER, name, world.clock(), person=name)
        for name in ("wanjiru", "otieno", "amina")
    ]
    said = await asyncio.gather(*(person.retry(row["id"]) for person in people), return_exceptions=True)
    assert [type(each) for each in said if not isinstance(each, str)] == [NotPossible, NotPossible]
    await world.pay_out_all()
    assert world.rail.calls["pay_out"] == 2
    await check_books(world.records.pool, world.rail)
