"""A rail in memory that keeps true books, and says of them what it likes: answers are lost, late or twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import orjson

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.escrow.paid_unasked import NotTaken
from contracts.escrow.shares import smallest_unit
from contracts.fields.money import Currency, Money
from gateway.events import BadWire, HttpReply
from gateway.payments.port import (
    Balance,
    Callback,
    MoneyCame,
    News,
    Order,
    PaymentQuestion,
    Sent,
    StatementLine,
    TransferNews,
)

LARGEST_PROMPT = 15_000_000


@dataclass
class BookEntry:
    """An order that has reached the rail. `state`: open, paid or failed."""

    kind: str
    own_id: str
    msisdn: str
    money: Money
    rail_id: str
    reference: str
    state: str = "open"
    receipt: str | None = None


@dataclass
class MemoryRail:
    """`random` None: it answers every call at once, and truly. `came`: by receipt, all that was paid to us; `accounts`:
    what those typed who paid by themselves; `moved`: by msisdn and kind; `calls`: how many came; `outbox`: callbacks
    that are not delivered yet."""

    random: Random | None = None
    name: str = "memory"
    signs_callbacks: bool = False
    reverses: bool = True
    always_has_receipt: bool = True
    asks: frozenset[str] = frozenset()
    least_payout: int = 0
    currencies: frozenset[Currency] = frozenset({Currency.KES})
    books: dict[str, BookEntry] = field(default_factory=dict)
    came: dict[str, Money] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    outbox: list[Callback] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    _numbers: int = 0

    def smallest_unit(self, currency: Currency) -> int:
        return smallest_unit(currency)

    def largest_prompt(self, currency: Currency) -> int:
        return LARGEST_PROMPT

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        return self.least_payout, LARGEST_PROMPT

    async def read_limits(self) -> None:
        return

    def new_id(self) -> str:
        return f"own-{self._number()}"

    async def collect(self, order: Order) -> SendOutcome:
        return await self._take("collect", order)

    async def pay_out(self, order: Order) -> SendOutcome:
        return await self._take("pay_out", order)

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        return await self._take("reverse", order)

    async def enquire(self, sent: Sent) -> Outcome:
        self.calls["enquire"] += 1
        await self._takes_time()
        if self._happens(0.15):
            return Unknown("no answer")
        entry = self.books.get(sent.own_id)
        if entry is None or self._happens(0.1):
            return Unknown("not found", is_missing=True)
        if entry.state == "failed":
            return Failed(FailReason.NO_ANSWER, "1037")
        if entry.state == "open":
            return Unknown("in process", is_pending=True, rail_id=entry.rail_id)
        hides_receipt = entry.kind == "collect" and self._happens(0.1)
        return Paid(None if hides_receipt else entry.receipt, None if hides_receipt else entry.money)

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        self.calls["confirm"] += 1
        await self._takes_time()
        if self._happens(0.2):
            return Unknown("no answer")
        money = self.came.get(came.receipt)
        return Paid(came.receipt, money) if money else Failed(FailReason.REFUSED, "no such receipt")

    async def verify(self, callback: Callback) -> bool:
        return True

    def read_callback(self, callback: Callback) -> Sequence[News]:
        try:
            told: dict[str, Any] = orjson.loads(callback.body)
            money = Money(told["minor"], Currency.KES)
            if callback.kind == "came":
                return [MoneyCame(told["receipt"], money, told["account"], None, None)]
            paid = Paid(told["receipt"], money)
            outcome: Outcome = paid if told["state"] == "paid" else Failed(FailReason.NO_ANSWER, "1037")
            return [TransferNews(told["own_id"], None, outcome)]
        except (orjson.JSONDecodeError, KeyError) as fault:
            raise BadWire("body", "is no callback") from fault

    def read_question(self, callback: Callback) -> PaymentQuestion:
        raise BadWire("kind", "asks nothing")

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        return HttpReply("application/json", b"{}")

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        for receipt, money in self.came.items():
            yield StatementLine(receipt, money, "", None)

    async def balances(self) -> Sequence[Balance]:
        return ()

    # What happens at the rail, whoever hears of it.

    def settle(self, entry: BookEntry, *, is_paid: bool) -> None:
        """Pay an order, or fail it, and send a callback about it. A prompt that failed may be paid all the same."""
        assert entry.state == "open" or (entry.state == "failed" and entry.kind == "collect" and is_paid)
        entry.state = "paid" if is_paid else "failed"
        if is_paid:
            entry.receipt = f"R{self._number()}"
            self.moved[entry.msisdn, entry.kind] += entry.money.minor
            if entry.kind == "collect":
                self.came[entry.receipt] = entry.money
        self.tell(entry)

    def tell(self, entry: BookEntry, minor: int | None = None) -> None:
        """Send a callback about an order; with `minor`, a mistaken one that says this amount."""
        body = {
            "own_id": entry.own_id, "state": entry.state, "receipt": entry.receipt or f"X{self._number()}",
            "minor": entry.money.minor if minor is None else minor,
        }  # fmt: skip
        self.outbox.append(_callback("result", entry.own_id, body))

    def tell_as_came(self, receipt: str, account: str) -> None:
        """Send the notice that money came to our account: of a prompt that was paid, or by itself."""
        money = self.came.get(receipt) or Money(100, Currency.KES)
        self.outbox.append(_callback("came", None, {"receipt": receipt, "minor": money.minor, "account": account}))

    def pay_by_themselves(self, account: str, minor: int) -> str:
        """Somebody pays to our account; return the receipt."""
        receipt = f"C{self._number()}"
        self.came[receipt] = Money(minor, Currency.KES)
        self.accounts.append(account)
        self.tell_as_came(receipt, account)
        return receipt

    async def _take(self, kind: str, order: Order) -> SendOutcome:
        self.calls[kind] += 1
        await self._takes_time()
        if self._happens(0.08):
            return NotSent("busy", "busy", 5.0)
        if self._happens(0.08):
            return Unknown("no answer, and it never reached us")
        entry = self.books.get(order.own_id)
        if entry is None:
            entry = BookEntry(kind, order.own_id, order.msisdn, order.money, f"rail-{self._number()}", order.reference)
            self.books[order.own_id] = entry
        assert (entry.msisdn, entry.money, entry.kind) == (order.msisdn, order.money, kind), "one id is one order"
        await self._takes_time()
        if self._happens(0.2):
            return Unknown("no answer, and it reached us")
        if self._happens(0.1) and entry.state == "open":
            self.settle(entry, is_paid=True)
            return Paid(entry.receipt, entry.money, rail_id=entry.rail_id)
        return OrderAccepted(entry.rail_id)

    async def _takes_time(self) -> None:
        for _ in range(self.random.randrange(4) if self.random else 0):
            await asyncio.sleep(0)

    def _happens(self, probability: float) -> bool:
        return self.random is not None and self.random.random() < probability

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


def _callback(kind: str, own_id: str | None, body: dict[str, Any]) -> Callback:
    return Callback(kind, own_id, "POST", "", {}, orjson.dumps(body))
