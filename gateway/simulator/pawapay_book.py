"""What the simulator of pawaPay remembers, in memory only: transfers, and money. No money is made or lost: what leaves
a purse is on its way, until it comes to another one or goes back.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from gateway.simulator.pawapay_networks import CURRENCIES, network_of

ID_FIELDS: Final = {"deposits": "depositId", "payouts": "payoutId", "refunds": "refundId"}
PARTIES: Final = {"deposits": "payer", "payouts": "recipient", "refunds": "recipient"}
FINAL: Final = frozenset({"COMPLETED", "FAILED"})
WORDS: Final = {  # of failures; pawaPay's own are longer, and have numbers in them
    "INSUFFICIENT_BALANCE": "The customer does not have enough funds.",
    "PAYMENT_NOT_APPROVED": "The customer did not approve the payment.",
}


@dataclass(slots=True)
class BookedOrder:
    """A deposit, payout or refund. `n` counts from 1. `hidden_until`: before it, questions are answered NOT_FOUND."""

    n: int
    operation: str
    id: str
    amount: Decimal
    currency: str
    country: str
    phone: str = field(repr=False)
    provider: str
    message: str
    metadata: dict[str, Any]
    created_at: datetime
    deposit_id: str | None = None
    status: str = "ACCEPTED"
    code: str | None = None
    receipt: str | None = None
    hidden_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status not in FINAL

    def to_json(self) -> dict[str, Any]:
        """Return what answers and callbacks say of it: the amount always has two decimals."""
        account = {"phoneNumber": self.phone, "provider": self.provider}
        shown: dict[str, Any] = {
            ID_FIELDS[self.operation]: self.id,
            "status": self.status,
            "amount": f"{self.amount:.2f}",
            "currency": self.currency,
            "country": self.country,
            PARTIES[self.operation]: {"type": "MMO", "accountDetails": account},
            "customerMessage": self.message,
            "created": f"{self.created_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        optional = {"depositId": self.deposit_id, "providerTransactionId": self.receipt, "metadata": self.metadata}
        shown |= {name: value for name, value in optional.items() if value}
        if self.code:
            words = WORDS.get(self.code, "The payment was not made.")
            shown["failureReason"] = {"failureCode": self.code, "failureMessage": words}
        return shown


class PawaPayBook:
    """All transfers by id, and all purses. `wallets`: ours, one for each country. `phones`: by number in digits; one
    that is new has `phone_opens_with`. `on_the_way`: what left a purse and is in no other one yet, by currency.
    `opened`: what was put into all purses from outside, likewise; `total` is always the same."""

    def __init__(self, wallet_opens_with: Decimal, phone_opens_with: Decimal) -> None:
        self.transfers: dict[str, BookedOrder] = {}
        self.opened: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.wallets: dict[str, Decimal] = {}
        self.phones: dict[str, Decimal] = {}
        self.on_the_way: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._phone_opens_with = phone_opens_with
        for country in CURRENCIES:
            self.set_wallet(country, wallet_opens_with)
        self._receipts = 0
        self._prompts: dict[str, list[BookedOrder]] = {}  # by phone, the open ones
        self._refunds: dict[str, list[BookedOrder]] = {}  # by deposit

    def add(self, transfer: BookedOrder) -> None:
        """Take a transfer. What we pay leaves our wallet at once; what somebody pays to us leaves their purse when they
        agree."""
        self.transfers[transfer.id] = transfer
        if is_deposit(transfer):
            self._prompts.setdefault(transfer.phone, []).append(transfer)
        else:
            self.wallets[transfer.country] -= transfer.amount
            self.on_the_way[transfer.currency] += transfer.amount
        if transfer.deposit_id:
            self._refunds.setdefault(transfer.deposit_id, []).append(transfer)

    def end(self, transfer: BookedOrder, code: str | None, *, has_receipt: bool = True) -> None:
        """End a transfer: with a code it fails, without one the money arrives. A payer who has too little fails."""
        if is_deposit(transfer):
            self._prompts[transfer.phone].remove(transfer)
        if code is None and is_deposit(transfer) and self.purse(transfer.phone) < transfer.amount:
            code = "INSUFFICIENT_BALANCE"
        self._move(transfer, is_paid=code is None)
        transfer.status, transfer.code = ("FAILED", code) if code else ("COMPLETED", None)
        if code is None and has_receipt:
            self._receipts += 1
            transfer.receipt = f"TXX{self._receipts:07d}"

    def purse(self, phone: str) -> Decimal:
        """Return what a phone has."""
        if phone not in self.phones:
            self.set_purse(phone, self._phone_opens_with)
        return self.phones[phone]

    def set_purse(self, phone: str, amount: Decimal) -> None:
        """Put an amount into a phone's purse, in place of what is in it."""
        if network := network_of(phone):
            self.opened[network.currency] += amount - self.phones.get(phone, Decimal(0))
            self.phones[phone] = amount

    def set_wallet(self, country: str, amount: Decimal) -> None:
        """Put an amount into our wallet of a country, likewise."""
        self.opened[CURRENCIES[country]] += amount - self.wallets.get(country, Decimal(0))
        self.wallets[country] = amount

    def total(self) -> dict[str, Decimal]:
        """Return all money there is, by currency: in purses, and on the way."""
        sums = defaultdict[str, Decimal](Decimal, self.on_the_way)
        for country, amount in self.wallets.items():
            sums[CURRENCIES[country]] += amount
        for phone, amount in self.phones.items():
            if network := network_of(phone):
                sums[network.currency] += amount
        return dict(sums)

    def refundable(self, deposit: BookedOrder) -> Decimal:
        """Return what is left of a deposit, with what is being refunded taken off."""
        return deposit.amount - sum(
            (each.amount for each in self._refunds.get(deposit.id, ()) if each.status != "FAILED"), Decimal(0)
        )

    def is_refunding(self, deposit: BookedOrder) -> bool:
        return any(each.is_open for each in self._refunds.get(deposit.id, ()))

    def prompts(self, phone: str) -> list[BookedOrder]:
        """Return the deposits that the phone is asked to pay."""
        return list(self._prompts.get(phone, ()))

    def _move(self, transfer: BookedOrder, *, is_paid: bool) -> None:
        if is_deposit(transfer):
            if is_paid:
                self.phones[transfer.phone] = self.purse(transfer.phone) - transfer.amount
                self.wallets[transfer.country] += transfer.amount
            return
        self.on_the_way[transfer.currency] -= transfer.amount
        if is_paid:
            self.phones[transfer.phone] = self.purse(transfer.phone) + transfer.amount
        else:
            self.wallets[transfer.country] += transfer.amount


def is_deposit(transfer: BookedOrder) -> bool:
    return transfer.operation == "deposits"
