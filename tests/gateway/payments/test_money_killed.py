"""The process that moves money, dead before and after each of its steps: the next one ends what it began, once.

A step is a statement in the database or a call of the rail. From the death on nothing is done any more: also not what
was under way beside it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import pytest_asyncio

from contracts.contract import Contract, Status
from contracts.escrow import acts
from contracts.escrow.escrow import PaymentStatus
from storage.records import Records
from tests.gateway.payments.memory_rail import MemoryRail
from tests.gateway.payments.money_process import (
    BUYER,
    Clock,
    Killed,
    Life,
    MoneyProcess,
    act,
    check_books,
    make_confirmed,
    read,
    receive,
    until_done,
)
from tests.storage.make_acts import open_records

Story = Callable[[MoneyProcess, Contract, MemoryRail, Clock], Awaitable[None]]
_ENOUGH = 200  # steps of a story
_LEASE = timedelta(seconds=61)


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url, largest=8) as opened:
        yield opened


async def lock(process: MoneyProcess, contract: Contract, rail: MemoryRail, clock: Clock) -> None:
    """The buyer is prompted and pays; the rail says so."""
    await process.work_until_idle()
    await settle_all(process, rail)
    await process.work_until_idle()


async def lock_by_enquiry(process: MoneyProcess, contract: Contract, rail: MemoryRail, clock: Clock) -> None:
    """The buyer pays, and the rail says so when it is asked."""
    await process.work_until_idle()
    await settle_all(process, rail, tells=False)
    clock.passes(timedelta(minutes=2))
    await process.work_until_idle()


async def lock_by_paybill(process: MoneyProcess, contract: Contract, rail: MemoryRail, clock: Clock) -> None:
    """The prompt fails, and the buyer pays by themselves."""
    await process.work_until_idle()
    await settle_all(process, rail, is_paid=False)
    if contract.reference not in rail.accounts:
        rail.pay_by_themselves(contract.reference, 350_000)
    await deliver(process, rail)
    await process.work_until_idle()


async def release(process: MoneyProcess, contract: Contract, rail: MemoryRail, clock: Clock) -> None:
    """The buyer receives the goods, and the seller is paid."""
    await act(process.records, contract.id, receive(clock()), clock())
    await process.work_until_idle()
    await settle_all(process, rail)
    await process.work_until_idle()


async def release_at_second_try(process: MoneyProcess, contract: Contract, rail: MemoryRail, clock: Clock) -> None:
    """The first payout fails, and is ordered again."""
    await act(process.records, contract.id, receive(clock()), clock())
    await process.work_until_idle()
    await settle_all(process, rail, is_paid=False)
    await process.work_until_idle()
    await order_again(process, contract, clock)
    await process.work_until_idle()
    await settle_all(process, rail)
    await process.work_until_idle()


@pytest.mark.parametrize("story", [lock, lock_by_enquiry, lock_by_paybill])
async def test_killed_at_every_step_of_a_lock(records: Records, story: Story) -> None:
    rail, clock = MemoryRail(), Clock()

    async def begin() -> Contract:
        return await make_confirmed(records, clock())

    async for contract in killed_at_every_step(records, rail, clock, begin, story):
        escrow = (await read(records, contract.id)).escrow
        assert escrow and escrow.status is PaymentStatus.LOCKED
        assert escrow.received - escrow.refunded == 350_000, "the buyer has paid once, or got the rest back"
        assert escrow.returned == escrow.refunded


@pytest.mark.parametrize("story", [release, release_at_second_try])
async def test_killed_at_every_step_of_a_release(records: Records, story: Story) -> None:
    rail, clock = MemoryRail(), Clock()

    async def begin() -> Contract:
        contract = await make_confirmed(records, clock())
        await lock(MoneyProcess(records.pool, rail, clock), contract, rail, clock)
        return contract

    async for contract in killed_at_every_step(records, rail, clock, begin, story):
        after = await read(records, contract.id)
        assert after.status is Status.COMPLETED and after.escrow
        assert after.escrow.status is PaymentStatus.RELEASED
        assert (after.escrow.paid, after.escrow.fees, after.escrow.held) == (346_500, 3500, 0)


async def killed_at_every_step(
    records: Records, rail: MemoryRail, clock: Clock, begin: Callable[[], Awaitable[Contract]], story: Story
) -> AsyncIterator[Contract]:
    """Play `story` once for each of its steps, with a process that dies there; then with one that takes over. Give the
    contract of each, once everything is done and the books are right."""
    for dies_at in range(_ENOUGH):
        contract = await begin()
        life = Life(dies_at)
        dying = MoneyProcess(records.pool, rail, clock, life=life)
        with suppress(Killed):
            await story(dying, contract, rail, clock)
        clock.passes(_LEASE)
        await take_over(records, rail, clock, contract, story)
        await check_books(records.pool, rail)
        yield contract
        if not life.is_over:
            assert dies_at > 10, "there was something to interrupt"
            return
    raise AssertionError("the story does not end")


async def take_over(records: Records, rail: MemoryRail, clock: Clock, contract: Contract, story: Story) -> None:
    """Let a new process do what is left; the rail repeats what it was not answered, and people what did not happen."""
    heir = MoneyProcess(records.pool, rail, clock)

    async def work() -> None:
        await settle_all(heir, rail)
        await heir.work_until_idle()

    await until_done(records.pool, work, clock)
    found = await read(records, contract.id)
    assert found.escrow
    if found.status is Status.CONFIRMED and found.escrow.missing:
        await act(records, contract.id, lambda seen: acts.ask_to_pay(seen, BUYER), clock())
        await until_done(records.pool, work, clock)
    if story in (release, release_at_second_try):
        await act(records, contract.id, receive(clock()), clock())
        await until_done(records.pool, work, clock)
        await order_again(heir, contract, clock)
        await until_done(records.pool, work, clock)


async def settle_all(process: MoneyProcess, rail: MemoryRail, *, is_paid: bool = True, tells: bool = True) -> None:
    """Let everybody answer the prompts, and the rail carry out the payouts. It calls back until it is answered."""
    for entry in rail.books.values():
        if entry.state == "open":
            rail.settle(entry, is_paid=is_paid)
    if not tells:
        rail.outbox.clear()
    await deliver(process, rail)


async def deliver(process: MoneyProcess, rail: MemoryRail) -> None:
    while rail.outbox:
        await process.keep(rail.outbox[0])
        del rail.outbox[0]


async def order_again(process: MoneyProcess, contract: Contract, clock: Clock) -> None:
    """The seller asks for the payout that failed."""
    pool = process.pool
    row = await pool.fetchrow(_FAILED, contract.id)
    if row is None:
        return
    seller = next(party.msisdn for party in contract.parties if party.role.value == "seller")
    failed = acts.Transfer(row["id"], "release", row["amount_minor"], "failed")
    await act(process.records, contract.id, lambda found: acts.pay_out_again(found, seller, failed), clock())


_FAILED = """SELECT id, amount_minor FROM transfers t WHERE contract_id = $1 AND kind = 'release' AND status = 'failed'
    AND NOT EXISTS (SELECT FROM transfers n WHERE n.retries = t.id)"""
