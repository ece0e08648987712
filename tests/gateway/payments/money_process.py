"""The money side of a process on a real database, that can die at each of its steps; and people who act beside it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from contracts import actions
from contracts.contract import Contract, ContractType, Party, Role
from contracts.escrow.number_risk import Hold
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules import creation, party_acts
from contracts.rules.creation import NewContract
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from gateway.outbox.compose import MessageComposer
from gateway.payments.kept_callbacks import KeptCallbacks
from gateway.payments.loop import NO_LIMITS, MoneyLoop, PayoutHold, PayoutLimits
from gateway.payments.port import Callback
from gateway.payments.recorder import Recorder
from storage.acts.rows import ApiOnce, MoOnce
from storage.encryption import Encryptor
from storage.postgres.database import Pool
from storage.records import Records
from storage.transfers import TransferRows
from tests.gateway.payments.memory_rail import MemoryRail
from tests.storage.make_acts import SIGNER

Decide = Callable[[Contract], Plan | Refusal]

START = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("UTC"))
PERIODS = WaitingPeriods()
BUYER, SELLER = Msisdn("+254711000001"), Msisdn("+254711000002")


COMPOSER = MessageComposer("en", "*483#")


class Killed(BaseException):
    """The process is dead: nothing that it would have done after this is done."""


class Clock:
    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, passed: timedelta) -> None:
        self.now += passed


class Life:
    """Counts the steps of a process, and ends it at one of them: before it is done (`dies_at`), or when it is done and
    nobody has the answer yet. None: it lives."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.steps = 0
        self.last: str | None = None
        self._dies_at = dies_at

    @property
    def is_over(self) -> bool:
        return self._dies_at is not None and self.steps > self._dies_at

    def step(self, name: str) -> None:
        self.steps += 1
        if not self.is_over:
            return
        self.last = self.last or name
        raise Killed(name)


class Mortal:
    """Passes every call on to `inner`; each is two steps in the life of its process: before it, and after it."""

    def __init__(self, inner: object, life: Life) -> None:
        self._inner = inner
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **more: Any) -> Any:
            self._life.step(f"before {name}")
            answer = await found(*args, **more)
            self._life.step(f"after {name}")
            return answer

        return call


async def never_held(phone_id: UUID, msisdn: Msisdn, now: datetime) -> Hold | None:
    return None


class MoneyProcess:
    """`work`: one look at what is due; `keep`: what the route of callbacks does."""

    def __init__(
        self, pool: Pool, rail: MemoryRail, clock: Clock, *, life: Life | None = None, hold: PayoutHold = never_held,
        limits: PayoutLimits = NO_LIMITS,
    ) -> None:  # fmt: skip
        self.life = life or Life()
        self.pool = pool
        rows: Any = Mortal(TransferRows(pool), self.life)
        records: Any = Mortal(Records(pool, signer=SIGNER), self.life)
        self.rail: Any = Mortal(rail, self.life)
        self.records: Records = records
        self.recorder = Recorder(records, rows, COMPOSER, clock)
        self.callbacks = KeptCallbacks(rows, self.recorder, {rail.name: self.rail}, Encryptor("a key of tests"))
        self._clock = clock
        self._loop = MoneyLoop(
            rows, self.recorder, self.callbacks, {rail.name: self.rail}, hold, clock, limits=limits,
            zone=ZoneInfo("Africa/Nairobi"),
        )  # fmt: skip

    async def work(self) -> int:
        return await self._loop.work_once()

    async def work_until_idle(self) -> None:
        while await self.work():
            pass

    async def keep(self, callback: Callback) -> None:
        await self.callbacks.keep(self.rail, callback, self._clock())


async def read(records: Records, contract_id: UUID) -> Contract:
    row = await records.contract(contract_id)
    assert row
    return Contract.from_row(row)


async def write(records: Records, plan: Plan, now: datetime) -> bool:
    """Carry out what a person or time did, each time for another cause."""
    messages, once = COMPOSER.compose(plan.notices, now), uuid4().hex
    by_operator = plan.confirmation is not None and plan.confirmation.phone_id is None
    api, mo = (ApiOnce(once, "ab"), None) if by_operator else (None, MoOnce("ussd", once))
    channel = "api" if by_operator else "ussd"
    return await actions.carry_out(records, plan, channel=channel, now=now, api=api, mo=mo, messages=messages)


async def act(records: Records, contract_id: UUID, decide: Decide, now: datetime) -> Contract:
    """Let somebody act on a contract as it is now; what is refused changes nothing."""

    async def attempt() -> bool | None:
        plan = decide(await read(records, contract_id))
        return True if isinstance(plan, Refusal) or await write(records, plan, now) else None

    await actions.retry_when_changed(attempt)
    return await read(records, contract_id)


def actor(msisdn: Msisdn) -> Actor:
    return Actor(msisdn, "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))


async def make_confirmed(
    records: Records, now: datetime = START, *, total: int = 350_000, fee: int = 3500, buyer: Msisdn = BUYER,
    seller: Msisdn = SELLER,
) -> Contract:  # fmt: skip
    """Make a contract with escrow about four bags, which both sides have confirmed."""
    terms = Terms(
        "maize", Quantity("4", "bags"), Money(total, Currency.KES), "Bungoma", date(2026, 4, 1), payment="escrow",
        fee_minor=fee,
    )  # fmt: skip
    roles = {seller: Role.SELLER, buyer: Role.BUYER}
    known = {row["msisdn"]: UUID(row["id"]) for row in (await records.facts(None, None, list(roles))).others}
    parties = tuple(Party(known.get(one), one, role, None, None, None) for one, role in roles.items())
    plan = creation.create_contract(NewContract(ContractType.OTHER, terms, parties), None, now, PERIODS)
    assert plan.about and await write(records, plan, now)
    contract = await read(records, plan.about.id)
    for party in contract.parties:
        contract = await act(records, contract.id, confirm(now, party.msisdn), now)
    assert contract.escrow and contract.escrow.prompted
    return contract


def confirm(now: datetime, by: Msisdn) -> Decide:
    return lambda contract: party_acts.answer(contract, actor(by), now, PERIODS, yes=True, n=1)


def receive(now: datetime, part: Decimal | None = None, by: Msisdn = BUYER) -> Decide:
    """Receive all, or a part."""
    return lambda contract: party_acts.receive(contract, actor(by), part, now, PERIODS)


_CAME = """
SELECT t.receipt, sum(-e.amount_minor) AS minor FROM ledger_entries e JOIN transfers t ON t.id = e.transfer_id
WHERE e.account = 'rail' AND e.amount_minor < 0 GROUP BY 1"""
_WENT = """
SELECT coalesce(f.msisdn, '') AS msisdn, sum(e.amount_minor) AS minor
FROM ledger_entries e JOIN transfers t ON t.id = e.transfer_id LEFT JOIN phones f ON f.id = t.phone_id
WHERE e.account = 'rail' AND e.amount_minor > 0 GROUP BY 1"""


async def not_counted(pool: Pool, rail: MemoryRail) -> list[str]:
    """Return the receipts of money that came and that nobody has told us of, as reconciling does."""
    counted = {row["receipt"] for row in await pool.fetch(_CAME)}
    return [receipt for receipt in rail.came if receipt not in counted]


async def check_books(pool: Pool, rail: MemoryRail) -> None:
    """Check that the ledger has every receipt of the rail once, and what went to each phone."""
    came = {row["receipt"]: int(row["minor"]) for row in await pool.fetch(_CAME)}
    assert came == {receipt: money.minor for receipt, money in rail.came.items()}
    went = {row["msisdn"]: int(row["minor"]) for row in await pool.fetch(_WENT)}
    assert went == {msisdn: minor for (msisdn, kind), minor in rail.moved.items() if kind != "collect"}


async def until_done(pool: Pool, work: Callable[[], Awaitable[object]], clock: Clock) -> None:
    """Work, and let time pass, until no transfer is open and no callback waits."""
    for _ in range(200):
        await work()
        if not await pool.fetchval(_OPEN):
            return
        due = await pool.fetchval("SELECT min(due_at) FROM transfers WHERE status NOT IN ('done', 'failed')")
        clock.now = max(due or clock.now, clock.now + timedelta(minutes=5))
    raise AssertionError(await pool.fetch("SELECT * FROM transfers WHERE status NOT IN ('done', 'failed')"))


_OPEN = """SELECT EXISTS (SELECT FROM transfers WHERE status NOT IN ('done', 'failed'))
    OR EXISTS (SELECT FROM rail_callbacks WHERE due_at IS NOT NULL)"""
