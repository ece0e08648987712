"""Contracts with money on a real PostgreSQL, and what may happen to them: people, two processes, a rail, time."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from contracts.contract import ContractType
from contracts.escrow import acts
from contracts.escrow.number_risk import Hold, HoldReason
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.rules import creation
from contracts.rules.creation import NewContract
from contracts.rules.plan import Plan
from gateway.payments.loop import PayoutLimits
from gateway.payments.port import Callback
from storage.postgres.database import Pool
from storage.records import Records
from tests.contracts.escrow.random_money import make_terms_with_escrow, random_act_with_escrow
from tests.contracts.rules.random_acts import PERIODS, make_parties, plan_attempt
from tests.gateway.payments.memory_rail import BookEntry, MemoryRail
from tests.gateway.payments.money_process import Clock, Killed, Life, MoneyProcess, act, confirm, read, write
from values.frozen import replace

_LEASE = timedelta(seconds=61)
WHAT_HAPPENS = {
    "act": 20, "work": 6, "both work": 2, "die": 2, "settle": 5, "deliver": 6, "deliver twice": 2, "lose": 1,
    "mistake": 1, "forge": 1, "paybill": 1, "told as paybill": 1, "time": 3, "pay": 1, "again": 2,
}  # fmt: skip
"""How often each is drawn: the names of the methods of `Steps`."""

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
    what = world.random.choices(tuple(WHAT_HAPPENS), tuple(WHAT_HAPPENS.values()))[0]
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


_FAILED = """SELECT id, kind, amount_minor FROM transfers t WHERE contract_id = $1 AND kind IN ('release', 'refund')
    AND status = 'failed' AND NOT EXISTS (SELECT FROM transfers n WHERE n.retries = t.id) ORDER BY created_at LIMIT 1"""
