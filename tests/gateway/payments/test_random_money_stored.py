"""Random lives of money on a real PostgreSQL: people act, two processes move money and die, a rail says what it likes.

VOICEPACT_MONEY_RECORD_STEPS says how many steps (10000 for a thorough run)."""

import asyncio
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from structlog.testing import capture_logs

from contracts.contract import Contract, ContractType
from contracts.dispute import Decision
from contracts.escrow import acts
from contracts.escrow.escrow import PaymentStatus
from contracts.escrow.number_risk import Hold, HoldReason
from contracts.escrow.shares import smallest_payout
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules import creation, operator_acts, time_acts
from contracts.rules.creation import NewContract
from contracts.rules.plan import Plan
from gateway.payments.loop import PayoutLimits
from gateway.payments.port import Callback
from storage.postgres.database import Pool
from storage.records import Records
from tests.contracts.escrow.ledger_model import OVER
from tests.contracts.escrow.money_world import make_terms_with_escrow, random_act_with_escrow
from tests.contracts.rules.random_acts import PERIODS, START, make_parties, plan_attempt
from tests.gateway.payments.memory_rail import BookEntry, MemoryRail
from tests.gateway.payments.money_process import (
    Clock,
    Killed,
    Life,
    MoneyProcess,
    act,
    check_books,
    confirm,
    not_counted,
    read,
    until_done,
    write,
)
from tests.storage.make_acts import open_records
from values.frozen import replace

STEPS = int(os.environ.get("VOICEPACT_MONEY_RECORD_STEPS", "400"))
SEED = 20261130
_STEPS_EACH = 100
_CONTRACTS_AT_ONCE = 3
_MANY = 5000
_LEASE = timedelta(seconds=61)
_STEPS = {
    "act": 20, "work": 6, "both work": 2, "die": 2, "settle": 5, "deliver": 6, "deliver twice": 2, "lose": 1,
    "mistake": 1, "forge": 1, "paybill": 1, "told as paybill": 1, "time": 3, "pay": 1, "again": 2,
}  # fmt: skip
_LIMITS = PayoutLimits({Currency.KES: 200_000})


@dataclass
class World:
    """`ids`: of the contracts that live now."""

    random: Random
    records: Records
    rail: MemoryRail
    clock: Clock
    ids: list[UUID] = field(default_factory=list)
    seen: Counter[object] = field(default_factory=Counter)

    @property
    def pool(self) -> Pool:
        return self.records.pool

    def process(self, life: Life | None = None) -> MoneyProcess:
        return MoneyProcess(self.pool, self.rail, self.clock, life=life, hold=self.hold, limits=_LIMITS)

    async def hold(self, phone_id: UUID, msisdn: Msisdn, now: datetime) -> Hold | None:
        """Say now and then that a payout has to wait, because a SIM was changed or nobody can say."""
        if self.random.random() < 0.85:
            return None
        return Hold(now + timedelta(hours=2), self.random.choice((HoldReason.SIM_SWAPPED, HoldReason.NOT_KNOWN)))


async def test_money_at_the_rail_is_money_in_the_ledger(database_url: str) -> None:
    random, steps = Random(SEED), 0  # noqa: S311 - not for secrets
    async with open_records(database_url, largest=8) as records:
        world = World(random, records, MemoryRail(random), Clock(START))
        with capture_logs() as lines:
            while steps < STEPS:
                world.ids = [await make_contract(world) for _ in range(_CONTRACTS_AT_ONCE)]
                for _ in range(_STEPS_EACH):
                    await step(world)
                    await check(world.pool, world.ids)
                    steps += 1
                await finish(world)
    faults = [line for line in lines if "exc_info" in line or line["log_level"] == "critical"]
    assert not faults, "no transfer and no callback met a fault"
    assert all(world.seen[what] for what in ("died", "act", "deliver twice"))
    if STEPS >= _MANY:
        assert all(world.seen[status] for status in PaymentStatus if status.is_over)
        assert all(world.seen[what] for what in (*_STEPS, "late money"))


async def make_contract(world: World) -> UUID:
    """Make a contract that all have confirmed, of people who may be in others, in other roles."""
    random, records, now = world.random, world.records, world.clock()
    offered = tuple(replace(party, phone_id=None, signature=None) for party in make_parties(random))
    known = {
        row["msisdn"]: UUID(row["id"]) for row in (await records.facts(None, None, [p.msisdn for p in offered])).others
    }
    parties = tuple(replace(party, phone_id=known.get(party.msisdn)) for party in offered)
    terms = make_terms_with_escrow(random)
    terms = replace(terms, due=(now + timedelta(days=random.choice((0, 2, 40)))).date())
    plan = creation.create_contract(NewContract(ContractType.OTHER, terms, parties), None, now, PERIODS)
    assert plan.about and await write(records, plan, now)
    for party in plan.about.parties:
        if random.random() < 0.95:
            await act(records, plan.about.id, confirm(now, party.msisdn), now)
    return plan.about.id


async def step(world: World) -> None:
    what = world.random.choices(tuple(_STEPS), tuple(_STEPS.values()))[0]
    done = await getattr(Steps, what.replace(" ", "_"))(world)
    world.seen[what] += bool(done)


class Steps:
    """What may happen. Each returns whether it did."""

    @staticmethod
    async def act(world: World) -> bool:
        contract = await read(world.records, world.random.choice(world.ids))
        attempt = random_act_with_escrow(world.random, contract, world.clock())
        world.clock.now = attempt.now
        plan = plan_attempt(contract, attempt)
        if isinstance(plan, Plan):
            assert await write(world.records, plan, world.clock())
        return isinstance(plan, Plan)

    @staticmethod
    async def work(world: World) -> bool:
        return bool(await world.process().work())

    @staticmethod
    async def both_work(world: World) -> bool:
        return any(await asyncio.gather(world.process().work(), world.process().work()))

    @staticmethod
    async def die(world: World) -> bool:
        """A process dies at some step, or is cancelled at some moment; another takes over when its lease is over."""
        random, life = world.random, Life(world.random.randrange(14))
        work = asyncio.create_task(world.process(life).work())
        if random.random() < 0.3:
            for _ in range(random.randrange(40)):
                await asyncio.sleep(0)
            work.cancel()
        with suppress(Killed, asyncio.CancelledError):
            await work
        died = life.is_over or work.cancelled()
        world.seen["died"] += died
        if died and random.random() < 0.7:
            world.clock.passes(_LEASE)
            await world.process().work()
        return died

    @staticmethod
    async def settle(world: World) -> bool:
        """People answer a prompt, or the rail ends a payout. A prompt that failed may be paid all the same."""
        entries = [each for each in world.rail.books.values() if _may_settle(each)]
        if not entries:
            return False
        entry = world.random.choice(entries[-6:])
        world.seen["late money"] += entry.state == "failed"
        is_paid = entry.state == "failed" or world.random.random() < 0.7
        world.rail.settle(entry, is_paid=is_paid)
        return True

    @staticmethod
    async def deliver(world: World) -> bool:
        if not world.rail.outbox:
            return False
        at = world.random.randrange(len(world.rail.outbox))
        await world.process().keep(world.rail.outbox.pop(at))
        return True

    @staticmethod
    async def deliver_twice(world: World) -> bool:
        if not world.rail.outbox:
            return False
        callback = world.random.choice(world.rail.outbox)
        again = replace(callback, body=callback.body + b" " * world.random.randrange(2))
        await asyncio.gather(world.process().keep(callback), world.process().keep(again))
        return True

    @staticmethod
    async def lose(world: World) -> bool:
        """Lose a callback about a transfer: the rail can be asked. (What came by itself is found by reconciling.)"""
        about = [each for each in world.rail.outbox if each.own_id]
        if about:
            world.rail.outbox.remove(world.random.choice(about))
        return bool(about)

    @staticmethod
    async def mistake(world: World) -> bool:
        """The rail calls back with another amount, or about an order that it does not know."""
        paid = [each for each in world.rail.books.values() if each.state == "paid"]
        if not paid:
            return False
        entry = world.random.choice(paid)
        if world.random.random() < 0.5:
            entry = replace_entry(entry, f"none-{world.random.random()}")
        world.rail.tell(entry, entry.money.minor + 100)
        return True

    @staticmethod
    async def forge(world: World) -> bool:
        """Somebody who knows the address, but no marked path, tells of money that never came."""
        contract = await read(world.records, world.random.choice(world.ids))
        body = f'{{"receipt": "F{world.random.random()}", "minor": 100000, "account": "{contract.reference}"}}'
        await world.process().keep(Callback("came", None, "POST", "", {}, body.encode()))
        return True

    @staticmethod
    async def paybill(world: World) -> bool:
        contract = await read(world.records, world.random.choice(world.ids))
        if contract.escrow is None:
            return False
        amounts = (100, 50_000, contract.escrow.missing or 100, contract.escrow.due)
        account = world.random.choice((contract.reference, contract.reference, "99999999", "maize"))
        world.rail.pay_by_themselves(account, world.random.choice(amounts))
        return True

    @staticmethod
    async def told_as_paybill(world: World) -> bool:
        paid = [each for each in world.rail.books.values() if each.kind == "collect" and each.receipt]
        if not paid:
            return False
        entry = world.random.choice(paid[-4:])
        assert entry.receipt
        world.rail.tell_as_came(entry.receipt, entry.reference)
        return True

    @staticmethod
    async def time(world: World) -> bool:
        world.clock.passes(timedelta(seconds=world.random.choice((5, 61, 61, 300, 1200, 4000))))
        return True

    @staticmethod
    async def pay(world: World) -> bool:
        contract = await read(world.records, world.random.choice(world.ids))
        by = world.random.choice(contract.parties).msisdn
        await act(world.records, contract.id, lambda found: acts.ask_to_pay(found, by), world.clock())
        return True

    @staticmethod
    async def again(world: World) -> bool:
        return await order_again(world, world.random.choice(world.ids))


def _may_settle(entry: BookEntry) -> bool:
    return entry.state == "open" or (entry.state == "failed" and entry.kind == "collect")


def replace_entry(entry: BookEntry, own_id: str) -> BookEntry:
    return BookEntry(entry.kind, own_id, entry.msisdn, entry.money, entry.rail_id, entry.reference, entry.state)


async def order_again(world: World, contract_id: UUID) -> bool:
    """The owner, or an operator, asks for a payout that failed."""
    row = await world.pool.fetchrow(_FAILED, contract_id)
    if row is None:
        return False
    failed = acts.Transfer(row["id"], row["kind"], row["amount_minor"], "failed")
    await act(world.records, contract_id, lambda found: acts.pay_out_again(found, None, failed), world.clock())
    return True


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
    await check(world.pool)
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


async def check(pool: Pool, ids: list[UUID] | None = None) -> None:
    """Check what holds after every step, in the rows alone: of these contracts, or (None) of all."""
    row = dict(await pool.fetchrow(_INVARIANTS, smallest_payout(Currency.KES), ids) or {})
    assert row and not any(row.values()), row


_FAILED = """SELECT id, kind, amount_minor FROM transfers t WHERE contract_id = $1 AND kind IN ('release', 'refund')
    AND status = 'failed' AND NOT EXISTS (SELECT FROM transfers n WHERE n.retries = t.id) ORDER BY created_at LIMIT 1"""

_INVARIANTS = """
WITH sums AS (
    SELECT scope, account, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS credited,
        coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS debited
    FROM ledger_entries WHERE $2::uuid[] IS NULL OR scope = ANY($2) GROUP BY scope, account
), waiting AS (
    SELECT * FROM transfers t WHERE status <> 'done' AND ($2 IS NULL OR contract_id = ANY($2))
        AND (status <> 'failed' OR NOT EXISTS (SELECT FROM transfers n WHERE n.retries = t.id))
), of_contract AS (
    SELECT p.contract_id, p.status, p.due_minor, c.status AS contract_status, c.next_at, c.clock_stopped_at,
        coalesce(h.credited, 0) AS received, coalesce(h.credited - h.debited, 0) AS held,
        coalesce(s.credited, 0) AS released, coalesce(s.credited - s.debited, 0) AS payable,
        coalesce(r.credited, 0) AS refunded, coalesce(r.credited - r.debited, 0) AS refundable,
        coalesce(f.credited, 0) AS fees,
        (SELECT coalesce(sum(amount_minor), 0) FROM waiting w WHERE w.contract_id = c.id AND w.kind = 'release')
            AS release_waits,
        (SELECT coalesce(sum(amount_minor), 0) FROM waiting w WHERE w.contract_id = c.id AND w.kind = 'refund')
            AS refund_waits,
        (SELECT count(*) FROM transfers t WHERE t.contract_id = p.contract_id AND t.kind = 'prompt'
            AND t.status NOT IN ('done', 'failed')) AS prompts
    FROM payments p JOIN contracts c ON c.id = p.contract_id
    LEFT JOIN sums h ON h.scope = c.id AND h.account = 'held'
    LEFT JOIN sums s ON s.scope = c.id AND s.account = 'payable'
    LEFT JOIN sums r ON r.scope = c.id AND r.account = 'refundable'
    LEFT JOIN sums f ON f.scope = c.id AND f.account = 'fees'
    WHERE $2 IS NULL OR c.id = ANY($2)
)
SELECT (SELECT coalesce(sum(amount_minor), 0) FROM ledger_entries) <> 0 AS unbalanced,
    EXISTS (SELECT FROM ledger_entries WHERE $2 IS NULL GROUP BY posting HAVING sum(amount_minor) <> 0)
        AS unbalanced_posting,
    EXISTS (SELECT FROM sums WHERE account <> 'rail' AND debited > credited) AS negative,
    EXISTS (SELECT FROM sums s
        FULL JOIN (SELECT * FROM ledger_accounts WHERE $2 IS NULL OR scope = ANY($2)) AS a USING (scope, account)
        WHERE (s.credited, s.debited) IS DISTINCT FROM (a.credited, a.debited)) AS sums_differ,
    EXISTS (SELECT FROM of_contract WHERE released + refunded + fees > received) AS more_than_came,
    EXISTS (SELECT FROM of_contract WHERE released + fees > due_minor) AS more_than_agreed,
    EXISTS (SELECT FROM of_contract WHERE held > due_minor) AS too_much_waits,
    EXISTS (SELECT FROM of_contract WHERE contract_status IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
        AND (held <> 0 OR status NOT IN ('RELEASED', 'REFUNDED', 'FAILED'))) AS over_and_held,
    EXISTS (SELECT FROM of_contract WHERE payable - release_waits < 0 OR payable - release_waits >= $1
        OR refundable <> refund_waits) AS not_ordered_once,
    EXISTS (SELECT FROM of_contract WHERE prompts > 1) AS two_prompts,
    EXISTS (SELECT FROM of_contract WHERE contract_status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
        AND next_at IS NULL AND clock_stopped_at IS NULL) AS stuck,
    EXISTS (SELECT FROM transfers WHERE status NOT IN ('done', 'failed') AND due_at IS NULL) AS forgotten
"""
