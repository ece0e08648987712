"""Contracts whose money a rail in memory moves, and money that belongs to none: what the tests of the record walk."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID, uuid4

from contracts import actions
from contracts.contract import Contract, ContractType, Party, Role
from contracts.effects import Confirm, Effect, Propose, Receive, SayDelivered, contract_id_of
from contracts.escrow import acts
from contracts.escrow.outcomes import Failed, FailReason, Outcome, Paid, SendOutcome
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules.creation import NewContract, create_contract
from contracts.rules.plan import Actor, Plan
from contracts.terms import Terms
from gateway.outbox.compose import MessageComposer
from gateway.payments.by_hand import ByHand
from gateway.payments.kept_callbacks import KeptCallbacks
from gateway.payments.loop import MoneyLoop
from gateway.payments.port import Callback, MoneyCame, News, Order
from gateway.payments.recorder import Recorder
from storage.acts.rows import MoOnce
from storage.encryption import Encryptor
from storage.transfers import CameRow, TransferRows
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator
from tests.gateway.payments.memory_rail import MemoryRail

KES: Final = Currency.KES
DUE: Final = 300_000  # minor units
PAYER: Final = "a hash of who paid"


class PayingRail(MemoryRail):
    """Pays everything at once, or answers what a test has put into `answers`. Its receipts are R1, R2, …"""

    def __init__(self) -> None:
        super().__init__()
        self.answers: deque[SendOutcome] = deque()
        self._receipts = (f"R{n}" for n in count(1))

    def largest_prompt(self, currency: Currency) -> int:
        return 200_000

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        return Paid(came.receipt, came.money)

    def read_callback(self, callback: Callback) -> Sequence[News]:
        """Nothing is new in any: all is paid when it is ordered."""
        return ()

    async def _take(self, kind: str, order: Order) -> SendOutcome:
        return self.answers.popleft() if self.answers else Paid(next(self._receipts))


class MoneyStory:
    """The money of one service, whose clock moves by a second at each look at it."""

    def __init__(self, operator: Operator) -> None:
        self._at = NOON
        self.operator, self.services = operator, operator.services
        self.services.now = self.now
        self.rail, pool = PayingRail(), operator.services.records.pool
        self.rows, self.composer = TransferRows(pool), MessageComposer("en", "*384*7#")
        recorder = Recorder(self.services.records, self.rows, self.composer, self.now)
        rails, encryptor = {self.rail.name: self.rail}, Encryptor("s" * 32)
        self.callbacks = KeptCallbacks(self.rows, recorder, rails, encryptor)
        self.loop = MoneyLoop(
            self.rows, recorder, self.callbacks, rails, _never_held, self.now, zone=self.services.settings.zone
        )  # fmt: skip

    def now(self) -> datetime:
        self._at += timedelta(seconds=1)
        return self._at

    async def later(self, *answers: SendOutcome) -> None:
        """Settle what is due once the buyer may be asked again."""
        self._at += acts.NEXT_PROMPT_AFTER
        await self.settle(*answers)

    async def offer(self) -> str:
        """Make a contract with escrow that waits for both, and return its id."""
        terms = Terms(
            "white maize", Quantity("50", "bags"), Money(DUE, KES), "Nakuru", date(2026, 7, 25), payment="escrow",
            fee_minor=5_000,
        )  # fmt: skip
        known = {
            msisdn: await self.services.records.pool.fetchval("SELECT id FROM phones WHERE msisdn = $1", msisdn)
            for msisdn in (BUYER, SELLER)
        }
        parties = (
            Party(known[BUYER], Msisdn(BUYER), Role.BUYER, "Amina", None, None),
            Party(known[SELLER], Msisdn(SELLER), Role.SELLER, None, None, None),
        )
        new = NewContract(ContractType.AGRICULTURAL_SUPPLY, terms, parties)
        plan = create_contract(new, None, self.now(), self.services.settings.waiting_periods)
        assert plan.about
        await self._write(plan, "api")
        return str(plan.about.id)

    async def agree(self) -> str:
        """Make a contract with escrow that both have confirmed, and return its id. The buyer was not asked yet."""
        contract_id = await self.offer()
        for msisdn in (BUYER, SELLER):
            await self.act(msisdn, Confirm(contract_id))
        return contract_id

    async def act(self, msisdn: str, effect: Effect) -> None:
        """Carry out `effect` as if by USSD, behind the PIN."""
        actor = Actor(Msisdn(msisdn), "en", "ussd", "africastalking", "63902", uuid4().hex, "menus 1", ("Sure?",))
        facts = await self.services.records.facts(actor.msisdn, contract_id_of(effect), [])
        plan = actions.decide(effect, facts, actor, self.now(), self.services.settings.waiting_periods)
        assert isinstance(plan, Plan), plan
        await self._write(plan, "ussd")

    async def change(self, contract_id: str, decide: Callable[[Contract], Plan | Refusal]) -> None:
        row = await self.services.records.contract(UUID(contract_id))
        assert row
        plan = decide(Contract.from_row(row))
        assert isinstance(plan, Plan), plan
        await self._write(plan, "ussd")

    async def settle(self, *answers: SendOutcome) -> None:
        """Let the loop do all that is due, and the rail give these `answers` before it pays everything."""
        self.rail.answers.extend(answers)
        while await self.loop.work_once():
            pass
        assert not self.rail.answers, "all were asked for"

    async def pay_by_hand(self, account: str, amount: int, receipt: str) -> UUID:
        """Somebody pays to our account, and types `account`; return the id of the transfer."""
        reference = account if account.isdecimal() else None
        came = CameRow(
            self.rail.name, self.rail.new_id(), receipt, amount, KES.value, reference, account, PAYER
        )  # fmt: skip
        await self.rows.came(came, self.now())
        await self.settle()
        found: UUID = await self.services.records.pool.fetchval("SELECT id FROM transfers WHERE receipt = $1", receipt)
        return found

    def by_hand(self, operator: str) -> ByHand:
        return ByHand(self.services.records.pool, self.composer, operator, self.now(), person=operator)

    async def _write(self, plan: Plan, channel: str) -> None:
        cause = MoOnce("africastalking", uuid4().hex)
        assert await actions.carry_out(self.services.records, plan, channel=channel, now=self.now(), mo=cause)


async def _never_held(*_: object) -> None:
    return None


async def live_with_money(story: MoneyStory) -> str:
    """Live a contract to its end: the buyer refuses one prompt and pays two, the seller delivers in two parts, and one
    payout fails and is ordered again after the contract is over. Return its id."""
    contract_id = await story.agree()
    await story.settle(Failed(FailReason.CANCELLED, "1032"))
    await story.change(contract_id, lambda contract: acts.ask_to_pay(contract, Msisdn(BUYER)))
    await story.settle()
    await story.later()
    await story.act(SELLER, SayDelivered(contract_id))
    await story.act(BUYER, Receive(contract_id, "20"))
    await story.settle()
    await story.act(BUYER, Receive(contract_id, "30"))
    await story.settle(Failed(FailReason.LIMIT, "2"))
    failed = await story.services.records.pool.fetchval(
        "SELECT id FROM transfers WHERE contract_id = $1 AND kind = 'release' AND status = 'failed'", UUID(contract_id)
    )
    await story.by_hand("Chege").retry(failed)
    await story.settle()
    return contract_id


async def live_with_suspense(story: MoneyStory) -> str:
    """Money comes with no reference: one payment goes back, another is assigned to a contract, and of that contract the
    rest is paid with its reference, and all is refunded, which has not happened yet. Return its id."""
    back = await story.pay_by_hand("school fees", 7_000, "P1")
    for operator in ("Chege", "Wafula"):
        await story.by_hand(operator).send_back(back)
    await story.settle()
    assigned = await story.pay_by_hand("maize", 100_000, "P2")
    contract_id = await story.agree()
    await story.settle(Failed(FailReason.NO_ANSWER, "1037"))
    row = await story.services.records.contract(UUID(contract_id))
    assert row
    for operator in ("Chege", "Wafula"):
        await story.by_hand(operator).assign(assigned, row["reference"])
    await story.later(Failed(FailReason.NO_ANSWER, "1037"))
    await story.pay_by_hand(row["reference"], 200_000, "P3")
    await story.pay_by_hand("nobody", 9_000, "P4")  # and stays in suspense
    await story.act(SELLER, Propose(contract_id, "cancel"))
    await story.act(BUYER, Confirm(contract_id, 2))
    return contract_id
