"""When the loop of money sends, waits, asks and gives up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio

from contracts.contract import Contract
from contracts.escrow import acts
from contracts.escrow.number_risk import Hold, HoldReason
from contracts.escrow.outcomes import Outcome, Paid, Unknown
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.proposal import ProposalType
from contracts.rules import party_acts
from gateway.payments.loop import PayoutLimits
from gateway.payments.port import Sent
from storage.records import Records
from storage.transfers import TransferRows
from tests.gateway.payments.memory_rail import BookEntry, MemoryRail
from tests.gateway.payments.money_process import (
    BUYER,
    PERIODS,
    SELLER,
    Clock,
    Decide,
    MoneyProcess,
    act,
    actor,
    check_books,
    make_confirmed,
    read,
    receive,
    until_done,
)
from tests.storage.make_acts import open_records

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class ForgetfulRail(MemoryRail):
    """Answers every question with `says`, while that is set."""

    says: Outcome | None = None

    async def enquire(self, sent: Sent) -> Outcome:
        self.calls["enquire"] += 1
        return self.says or await super().enquire(sent)


@dataclass
class World:
    records: Records
    rail: ForgetfulRail
    clock: Clock
    process: MoneyProcess

    async def transfers(self, kind: str) -> list[dict[str, Any]]:
        rows = await self.records.pool.fetch("SELECT * FROM transfers WHERE kind = $1 ORDER BY created_at, id", kind)
        return [dict(row) for row in rows]

    async def settle(self, *, is_paid: bool = True) -> None:
        for entry in self.rail.books.values():
            if entry.state == "open":
                self.rail.settle(entry, is_paid=is_paid)
        await self.hear()

    async def hear(self) -> None:
        while self.rail.outbox:
            await self.process.keep(self.rail.outbox.pop(0))
        await self.process.work_until_idle()

    async def put_off_prompt(self, contract: Contract) -> None:
        """Let the prompt be due in a minute, as one for the rest is."""
        sql = "UPDATE transfers SET due_at = $2 WHERE contract_id = $1 AND kind = 'prompt'"
        await self.records.pool.execute(sql, contract.id, self.clock() + MINUTE)

    async def paid(self) -> Contract:
        contract = await make_confirmed(self.records, self.clock())
        await self.process.work_until_idle()
        await self.settle()
        return await read(self.records, contract.id)

    async def until_done(self) -> None:
        await until_done(self.records.pool, self.settle, self.clock)
        await check_books(self.records.pool, self.rail)


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with open_records(database_url, largest=8) as records:
        rail, clock = ForgetfulRail(), Clock()
        yield World(records, rail, clock, MoneyProcess(records.pool, rail, clock))


async def test_a_prompt_asks_for_what_is_missing_when_it_is_sent(world: World) -> None:
    contract = await make_confirmed(world.records, world.clock())
    world.rail.pay_by_themselves(contract.reference, 50_000)
    await world.put_off_prompt(contract)
    await world.hear()
    world.clock.passes(HOUR)
    await world.process.work_until_idle()
    (entry,) = world.rail.books.values()
    assert entry.money.minor == 300_000
    await world.settle()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and (escrow.received, escrow.refunded) == (350_000, 0)


async def test_a_prompt_that_is_not_needed_any_more_is_not_sent(world: World) -> None:
    """The rest was paid by paybill, or the contract is over, before the next prompt is due."""
    for ends in (False, True):
        contract = await make_confirmed(world.records, world.clock())
        world.rail.pay_by_themselves(contract.reference, 50_000)
        if ends:
            await act(world.records, contract.id, _cancel(world, propose=True), world.clock())
            await act(world.records, contract.id, _cancel(world, propose=False), world.clock())
        else:
            world.rail.pay_by_themselves(contract.reference, 300_000)
        await world.put_off_prompt(contract)
        await world.hear()
        world.clock.passes(HOUR)
        await world.process.work_until_idle()
        (prompt,) = await world.records.pool.fetch(
            "SELECT status, reason FROM transfers WHERE contract_id = $1 AND kind = 'prompt'", contract.id
        )
        assert tuple(prompt) == ("failed", "not_needed")
    assert not world.rail.calls["collect"]
    await world.until_done()


async def test_one_answer_that_knows_nothing_ends_no_prompt(world: World) -> None:
    """However long we were away: a rail may not find at first what it knows well. Then the prompt is given up."""
    await make_confirmed(world.records, world.clock())
    await world.process.work_until_idle()
    world.rail.says = Unknown("not found", is_missing=True)
    world.clock.passes(5 * HOUR)
    await world.process.work_until_idle()
    (prompt,) = await world.transfers("prompt")
    assert prompt["status"] == "unknown"
    for _ in range(4):
        world.clock.passes(HOUR)
        await world.process.work_until_idle()
    (prompt,) = await world.transfers("prompt")
    assert (prompt["status"], prompt["reason"]) == ("failed", "no_answer")
    assert world.rail.calls["collect"] == 1, "it is never sent a second time"


async def test_a_prompt_that_is_paid_without_a_receipt_is_not_given_up(world: World) -> None:
    contract = await make_confirmed(world.records, world.clock())
    await world.process.work_until_idle()
    world.rail.says = Paid()
    world.clock.passes(2 * MINUTE)
    await world.process.work_until_idle()
    world.rail.says = Unknown("not found", is_missing=True)
    for _ in range(8):
        world.clock.passes(2 * HOUR)
        await world.process.work_until_idle()
    (prompt,) = await world.transfers("prompt")
    assert prompt["status"] == "unknown" and prompt["escalated_at"], "a person looks at it"
    world.rail.says = None
    await world.settle()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.is_there


async def test_a_payout_is_held_as_long_as_reasons_come_and_go(world: World) -> None:
    """Each reason is told once, however often it comes back."""
    swapped, unknown = (Hold(world.clock(), why) for why in (HoldReason.SIM_SWAPPED, HoldReason.NOT_KNOWN))
    reasons = [swapped, unknown, swapped, unknown, None]

    async def hold(phone_id: UUID, msisdn: Msisdn, now: object) -> Hold | None:
        return reasons.pop(0)

    contract = await world.paid()
    process = MoneyProcess(world.records.pool, world.rail, world.clock, hold=hold)
    await act(world.records, contract.id, receive(world.clock()), world.clock())
    for why in ("sim_swapped", "not_known", "sim_swapped", "not_known"):
        await process.work()
        (release,) = await world.transfers("release")
        assert (release["status"], release["held_why"]) == ("held", why)
        world.clock.passes(HOUR)
    await process.work()
    assert world.rail.calls["pay_out"] == 1
    told = [each["action"] for each in await world.records.audit_entries(contract.id)].count("money.payout_held")
    assert told == 2


async def test_what_a_rail_paid_late_is_not_sent_again(world: World) -> None:
    """It called the payout failed, an operator ordered it again, and then it was paid all the same."""
    contract, entry = await _failed_release(world)
    await _order_again(world, contract)
    _pay_all_the_same(world, entry)
    await world.hear()
    world.clock.passes(HOUR)
    await world.process.work_until_idle()
    assert world.rail.calls["pay_out"] == 1
    first, second = await world.transfers("release")
    assert (first["status"], second["status"], second["held_why"]) == ("done", "held", "not owed")
    assert second["escalated_at"]


async def test_what_is_paid_twice_is_counted_once_and_seen(world: World) -> None:
    """As before, but the second order was with the rail already. It is asked about in an hour, not all the time."""
    contract, entry = await _failed_release(world)
    await _order_again(world, contract)
    await world.process.work_until_idle()
    _pay_all_the_same(world, entry)
    await world.settle()
    first, second = await world.transfers("release")
    assert (first["status"], second["status"], second["words"]) == ("done", "unknown", "not owed")
    assert second["escalated_at"] and second["due_at"] >= world.clock() + HOUR and second["leased_until"] is None
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.paid == escrow.released


async def test_a_day_holds_what_left_on_it(world: World) -> None:
    """Payouts to one phone that are due at the same moment, and one that was ordered the day before."""
    contracts = [await world.paid() for _ in range(3)]
    limits = PayoutLimits({Currency.KES: 400_000})
    process = MoneyProcess(world.records.pool, world.rail, world.clock, limits=limits)
    for contract in contracts:
        await act(world.records, contract.id, receive(world.clock()), world.clock())
    for day in range(1, 4):
        await process.work_until_idle()
        assert world.rail.calls["pay_out"] == day, "one a day"
        world.clock.passes(timedelta(days=1))
    await world.until_done()


async def test_a_day_holds_what_leaves_by_several_processes_in_one_moment(world: World) -> None:
    """Each takes another payout to the same phone, and none has seen that something left."""
    rows, at = TransferRows(world.records.pool), world.clock()
    for contract in [await world.paid() for _ in range(6)]:
        await act(world.records, contract.id, receive(at), at)

    async def begin(transfer: dict[str, Any]) -> int | None:
        own_id, minor = f"own of {transfer['id']}", transfer["amount_minor"]
        begun = await rows.begin(transfer["id"], "memory", own_id, minor, at, at + MINUTE, 700_000, at)
        return begun[1] if begun else None

    left = [minor for minor in await asyncio.gather(*map(begin, await world.transfers("release"))) if minor]
    assert left == [346_500, 346_500], "two fit into 700,000"


async def test_what_another_process_has_taken_is_due_when_its_lease_is_over(world: World) -> None:
    """Or each process would look again and again for as long as another one works."""
    await make_confirmed(world.records, world.clock())
    rows = TransferRows(world.records.pool)
    assert await rows.next_due() == world.clock()
    until = world.clock() + MINUTE
    assert len(await rows.claim(world.clock(), until, 5)) == 1
    assert await rows.next_due() == until


async def test_a_callback_that_fails_for_weeks_stops_no_other(world: World) -> None:
    contract = await make_confirmed(world.records, world.clock())
    await world.process.work_until_idle()
    (entry,) = world.rail.books.values()
    world.rail.settle(entry, is_paid=True)
    await world.process.keep(world.rail.outbox.pop())
    await world.records.pool.execute("UPDATE rail_callbacks SET tries = 32767")
    await world.process.work_until_idle()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.is_there


def _cancel(world: World, *, propose: bool) -> Decide:
    now = world.clock()
    if propose:
        return lambda found: party_acts.propose(found, actor(BUYER), ProposalType.CANCEL, None, now)
    return lambda found: party_acts.answer(found, actor(SELLER), now, PERIODS, yes=True, n=found.open_number)


async def _failed_release(world: World) -> tuple[Contract, BookEntry]:
    contract = await world.paid()
    await act(world.records, contract.id, receive(world.clock()), world.clock())
    await world.process.work_until_idle()
    (entry,) = (each for each in world.rail.books.values() if each.kind == "pay_out")
    await world.settle(is_paid=False)
    return contract, entry


async def _order_again(world: World, contract: Contract) -> None:
    (row,) = await world.transfers("release")
    failed = acts.Transfer(row["id"], "release", row["amount_minor"], row["status"])
    await act(world.records, contract.id, lambda found: acts.pay_out_again(found, None, failed), world.clock())


def _pay_all_the_same(world: World, entry: BookEntry) -> None:
    entry.state, entry.receipt = "paid", "LATE"
    world.rail.tell(entry)
