"""What the simulator of Daraja remembers, in memory only: handsets, prompts, payments and purses, in Kenya shillings.

Money only moves from one purse to another; `total` changes only where a purse is set from outside.
"""

import asyncio
import secrets
import string
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

KEPT: Final = 50_000  # prompts and payments
MOST_IN_A_PURSE: Final = Decimal(500_000)
NO_FUNDS, PAYEE_FULL, NOT_REGISTERED = "1", "8", "2040"
_RECEIPT_LETTERS = string.ascii_uppercase + string.digits


@dataclass(slots=True)
class SimulatedPurse:
    """A person's mobile money. `pin`: None takes the first that is typed. `answers`: `ask` leaves each prompt to who
    has the control API, `pay` pays it at once, a ResultCode fails it at once."""

    balance: Decimal
    pin: str | None = field(default=None, repr=False)
    answers: str = "ask"
    is_registered: bool = True


@dataclass(slots=True)
class Prompt:
    """A prompt on a handset. `code`: its ResultCode; None while it is open. `n` counts from 1."""

    n: int
    checkout_id: str
    merchant_id: str
    phone: str = field(repr=False)
    amount: Decimal
    shortcode: str
    reference: str
    description: str
    callback_url: str = field(repr=False)
    made_at: datetime
    callbacks: str = "usual"
    spells_codes: str = "number"
    code: str | None = None
    receipt: str | None = None


@dataclass(slots=True)
class BookedPayment:
    """Money that moved, or a payout that did not (`status` Declined). `payer` and `payee`: digits of a phone or a
    shortcode. `originator_id`: of an order that came by the API."""

    n: int
    receipt: str
    kind: str  # prompt, paybill, payout, reversal
    payer: str = field(repr=False)
    payee: str = field(repr=False)
    amount: Decimal
    account: str = field(repr=False)
    at: datetime
    originator_id: str = ""
    conversation_id: str = ""
    status: str = "Completed"
    is_reversed: bool = False


class DarajaBook:
    """All purses and all that happened to them."""

    def __init__(self, phone_opens_with: Decimal, shortcodes: dict[str, Decimal]) -> None:
        self.purses: dict[str, SimulatedPurse] = {}
        self.shortcodes = dict(shortcodes)
        self.opened = sum(shortcodes.values(), Decimal(0))
        self.prompts: OrderedDict[str, Prompt] = OrderedDict()
        self.payments: OrderedDict[str, BookedPayment] = OrderedDict()
        self.orders: dict[str, BookedPayment] = {}  # by OriginatorConversationID
        self.misstated: dict[str, Decimal | None] = {}  # by receipt: the amount in statements; None: not in them
        self.arrival, self.is_closed = asyncio.Event(), False
        self._phone_opens_with = phone_opens_with
        self._prompts_made = self._payments_made = 0

    def purse(self, phone: str) -> SimulatedPurse:
        """Return the purse of a phone; a new one has what phones open with."""
        if phone not in self.purses:
            self.purses[phone] = SimulatedPurse(self._phone_opens_with)
            self.opened += self._phone_opens_with
        return self.purses[phone]

    def set_balance(self, owner: str, balance: Decimal) -> None:
        """Put an amount into the purse of a phone or a shortcode, in place of what is in it."""
        before = self.shortcodes[owner] if owner in self.shortcodes else self.purse(owner).balance
        self.opened += balance - before
        self._put(owner, balance - before)

    def total(self) -> Decimal:
        phones = sum((purse.balance for purse in self.purses.values()), Decimal(0))
        return phones + sum(self.shortcodes.values(), Decimal(0))

    def is_pin(self, phone: str, typed: str) -> bool:
        """Return whether this is the person's PIN; the first that is typed becomes it."""
        purse = self.purse(phone)
        purse.pin = purse.pin or typed
        return secrets.compare_digest(purse.pin.encode(), typed.encode())

    def add_prompt(self, **of_prompt: object) -> Prompt:
        """Keep a prompt, and wake who waits for one."""
        self._prompts_made += 1
        prompt = Prompt(self._prompts_made, **of_prompt)  # type: ignore[arg-type]  # as the caller has them
        self.prompts[prompt.checkout_id] = prompt
        if len(self.prompts) > KEPT:
            self.prompts.popitem(last=False)
        self.wake()
        return prompt

    def open_prompts(self, phone: str) -> Iterator[Prompt]:
        return (prompt for prompt in self.prompts.values() if prompt.phone == phone and prompt.code is None)

    def refusal(self, payer: str, payee: str, amount: Decimal) -> str | None:
        """Return the ResultCode with which money cannot go from one to the other."""
        if payee not in self.shortcodes and not self.purse(payee).is_registered:
            return NOT_REGISTERED
        if self._balance(payer) < amount:
            return NO_FUNDS
        is_full = payee not in self.shortcodes and self._balance(payee) + amount > MOST_IN_A_PURSE
        return PAYEE_FULL if is_full else None

    def pay(self, kind: str, payer: str, payee: str, amount: Decimal, account: str, at: datetime) -> BookedPayment:
        """Move the money; `refusal` was asked before."""
        self._put(payer, -amount)
        self._put(payee, amount)
        return self.note(kind, payer, payee, amount, account, at)

    def note(self, kind: str, payer: str, payee: str, amount: Decimal, account: str, at: datetime) -> BookedPayment:
        """Keep a payment, and give it a receipt."""
        self._payments_made += 1
        receipt = "T" + "".join(secrets.choice(_RECEIPT_LETTERS) for _ in range(9))
        payment = BookedPayment(self._payments_made, receipt, kind, payer, payee, amount, account, at)
        self.payments[receipt] = payment
        if len(self.payments) > KEPT:
            self.payments.popitem(last=False)
        return payment

    def payments_to(self, shortcode: str, since: datetime, until: datetime) -> list[BookedPayment]:
        """Return what people paid to a shortcode, as statements have it."""
        stated = [
            (payment, self.misstated.get(payment.receipt, payment.amount))
            for payment in self.payments.values()
            if payment.kind in ("prompt", "paybill") and payment.payee == shortcode and since <= payment.at <= until
        ]
        return [replace(payment, amount=amount) for payment, amount in stated if amount is not None]

    def close(self) -> None:
        """End all waiting for prompts, so that it does not hold up the stop."""
        self.is_closed = True
        self.wake()

    def wake(self) -> None:
        arrival, self.arrival = self.arrival, asyncio.Event()
        arrival.set()

    def _balance(self, owner: str) -> Decimal:
        return self.shortcodes[owner] if owner in self.shortcodes else self.purse(owner).balance

    def _put(self, owner: str, amount: Decimal) -> None:
        if owner in self.shortcodes:
            self.shortcodes[owner] += amount
        else:
            self.purse(owner).balance += amount
