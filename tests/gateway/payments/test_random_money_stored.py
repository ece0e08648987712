"""Random lives of money on a real PostgreSQL: people act, two processes move money and die, a rail says what it likes.

VOICEPACT_MONEY_RECORD_STEPS says how many steps (10000 for a thorough run)."""

import os
from random import Random
from uuid import UUID

from structlog.testing import capture_logs

from contracts.contract import Contract
from contracts.dispute import Decision
from contracts.escrow.escrow import PaymentStatus
from contracts.refusals import Refusal
from contracts.rules import operator_acts, time_acts
from contracts.rules.plan import Plan
from tests.contracts.escrow.ledger_model import OVER
from tests.contracts.rules.random_acts import PERIODS, START
from tests.gateway.payments.memory_rail import MemoryRail
from tests.gateway.payments.money_process import Clock, act, check_books, not_counted, read, until_done
from tests.gateway.payments.stored_invariants import check_rows
from tests.gateway.payments.stored_world import WHAT_HAPPENS, World, make_contract, order_again, step
from tests.storage.make_acts import open_records

STEPS = int(os.environ.get("VOICEPACT_MONEY_RECORD_STEPS", "400"))
SEED = 20261130
_STEPS_EACH = 100
_CONTRACTS_AT_ONCE = 3
_MANY = 5000


async def test_money_at_the_rail_is_money_in_the_ledger(database_url: str) -> None:
    random, steps = Random(SEED), 0  # noqa: S311 - not for secrets
    async with open_records(database_url, largest=8) as records:
        world = World(random, records, MemoryRail(random), Clock(START))
        with capture_logs() as lines:
            while steps < STEPS:
                world.ids = [await make_contract(world) for _ in range(_CONTRACTS_AT_ONCE)]
                for _ in range(_STEPS_EACH):
                    await step(world)
                    await check_rows(world.pool, world.ids)
                    steps += 1
                await finish(world)
    faults = [line for line in lines if "exc_info" in line or line["log_level"] == "critical"]
    assert not faults, "no transfer and no callback met a fault"
    assert all(world.seen[what] for what in ("died", "act", "deliver twice"))
    if STEPS >= _MANY:
        assert all(world.seen[status] for status in PaymentStatus if status.is_over)
        assert all(world.seen[what] for what in (*WHAT_HAPPENS, "late money"))


async def finish(world: World) -> None:
    """Bring everything to its end: people and time end the contracts, and the rail answers truly."""
    world.rail.random = None
    for contract_id in world.ids:
        await end_contract(world, contract_id)
    process = world.process()

    async def work() -> None:
        for entry in tuple(world.rail.books.values()):
            if entry.state == "open":
                world.rail.settle(entry, is_paid=world.random.random() < 0.8)
        callbacks, world.rail.outbox = world.rail.outbox, []
        for callback in callbacks:
            await process.keep(callback)
        await process.work_until_idle()
        for contract_id in world.ids:
            await order_again(world, contract_id)

    await until_done(world.pool, work, world.clock)
    await tell_of_what_was_given_up(world)
    await until_done(world.pool, work, world.clock)
    await check_rows(world.pool)
    await check_books(world.pool, world.rail)
    for contract_id in world.ids:
        contract = await read(world.records, contract_id)
        if escrow := contract.escrow:
            world.seen[escrow.status] += 1
            assert (escrow.held, escrow.paid, escrow.returned) == (0, escrow.released, escrow.refunded)
            assert escrow.received == escrow.released + escrow.fees + escrow.refunded
    world.rail.random = world.random


async def tell_of_what_was_given_up(world: World) -> None:
    """A prompt of which nobody knew anything for long is given up. If it was paid all the same, and no callback says
    so, reconciling finds it, and the rail is made to say it again."""
    prompts = {entry.receipt: entry for entry in world.rail.books.values() if entry.kind == "collect"}
    for receipt in await not_counted(world.pool, world.rail):
        entry = prompts[receipt]
        row = await world.pool.fetchrow("SELECT status, kind FROM transfers WHERE own_id = $1", entry.own_id)
        assert row and tuple(row) == ("failed", "prompt")
        world.seen["given up"] += 1
        world.rail.tell(entry)


async def end_contract(world: World, contract_id: UUID) -> None:
    while (await read(world.records, contract_id)).status.value not in OVER:
        await act(world.records, contract_id, lambda found: _next_step(world, found), world.clock())


def _next_step(world: World, contract: Contract) -> Plan | Refusal:
    if contract.open_dispute:
        decision = world.random.choice((Decision.COMPLETE, Decision.CANCEL))
        return operator_acts.decide_dispute(contract, decision, None, "so", world.clock(), PERIODS)
    if contract.deadline is None:
        return operator_acts.start_clock(contract, "all were asked", world.clock(), PERIODS)
    world.clock.now = max(world.clock.now, contract.deadline.at)
    plan = time_acts.pass_time(contract, world.clock(), PERIODS)
    assert plan
    return plan
