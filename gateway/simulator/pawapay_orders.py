"""Orders as the simulated pawaPay reads them: what it takes, and with which code it refuses the rest."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from gateway.simulator.pawapay_book import ID_FIELDS, PARTIES, BookedOrder, PawaPayBook, is_deposit
from gateway.simulator.pawapay_networks import LEAST, MOST, SimulatedNetwork, network_of

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,2})?")
_MESSAGE = re.compile(r"[A-Za-z0-9 ]{4,22}")
_ORDER: Final = frozenset({"amount", "currency", "metadata"})
_TO_PHONE: Final = _ORDER | {"clientReferenceId", "customerMessage", "preAuthorisationCode"}


class PawaPayRefused(Exception):  # noqa: N818 - it reads as what happened
    """An order that is not taken: HTTP 400, or with `is_answered` HTTP 200 and REJECTED."""

    def __init__(self, code: str, *, is_answered: bool = True) -> None:
        super().__init__(code)
        self.code, self.is_answered = code, is_answered


def read_order(book: PawaPayBook, now: datetime, operation: str, order: Mapping[str, Any]) -> BookedOrder:
    """Return the transfer that an order asks for. Raise Refused."""
    own_id, is_refund = order.get(ID_FIELDS[operation]), operation == "refunds"
    required = {
        ID_FIELDS[operation],
        *(("depositId",) if is_refund else ("amount", "currency", PARTIES[operation])),
    }
    if missing := required - set(order):
        raise PawaPayRefused(f"MISSING_PARAMETER {min(missing)}", is_answered=False)
    if unknown := set(order) - required - (_ORDER if is_refund else _TO_PHONE):
        raise PawaPayRefused(f"UNSUPPORTED_PARAMETER {min(unknown)}", is_answered=False)
    if not isinstance(own_id, str) or not _UUID4.fullmatch(own_id):
        raise PawaPayRefused(f"INVALID_PARAMETER {ID_FIELDS[operation]}", is_answered=False)
    return _refund(book, now, own_id, order) if is_refund else _to_phone(book, now, operation, own_id, order)


def _to_phone(book: PawaPayBook, now: datetime, operation: str, own_id: str, order: Mapping[str, Any]) -> BookedOrder:
    message = order.get("customerMessage")
    if message is not None and (not isinstance(message, str) or not _MESSAGE.fullmatch(message)):
        raise PawaPayRefused("INVALID_PARAMETER customerMessage", is_answered=False)
    phone, network = _party(order[PARTIES[operation]])
    if order["currency"] != network.currency:
        raise PawaPayRefused("INVALID_CURRENCY")
    amount = _amount(order["amount"], network)
    if operation == "payouts" and amount < network.least_payout:
        raise PawaPayRefused("AMOUNT_OUT_OF_BOUNDS")
    if operation == "payouts" and book.wallets[network.country] < amount:
        raise PawaPayRefused("PAWAPAY_WALLET_OUT_OF_FUNDS")
    return _transfer(book, now, operation, own_id, amount, network, phone, message or "", order)


def _refund(book: PawaPayBook, now: datetime, own_id: str, order: Mapping[str, Any]) -> BookedOrder:
    deposit = book.transfers.get(str(order["depositId"]))
    if deposit is None or not is_deposit(deposit):
        raise PawaPayRefused("NOT_FOUND")
    network = network_of(deposit.phone)
    if network is None or deposit.status != "COMPLETED":
        raise PawaPayRefused("INVALID_STATE")
    if book.is_refunding(deposit):
        raise PawaPayRefused("REFUND_IN_PROGRESS")
    left = book.refundable(deposit)
    amount = _amount(order["amount"], network) if "amount" in order else left
    if order.get("currency", deposit.currency) != deposit.currency:
        raise PawaPayRefused("INVALID_CURRENCY")
    if not left or amount > left:
        raise PawaPayRefused("AMOUNT_TOO_LARGE" if left else "DEPOSIT_ALREADY_REFUNDED")
    if book.wallets[network.country] < amount:
        raise PawaPayRefused("PAWAPAY_WALLET_OUT_OF_FUNDS")
    refund = _transfer(book, now, "refunds", own_id, amount, network, deposit.phone, "", order)
    refund.deposit_id = deposit.id
    return refund


def _transfer(
    book: PawaPayBook, now: datetime, operation: str, own_id: str, amount: Decimal, network: SimulatedNetwork,
    phone: str, message: str, order: Mapping[str, Any],
) -> BookedOrder:  # fmt: skip
    metadata = {name: value for each in order.get("metadata", []) for name, value in each.items() if name != "isPII"}
    return BookedOrder(
        len(book.transfers) + 1, operation, own_id, amount, network.currency, network.country, phone,
        network.provider, message, metadata, now,
    )  # fmt: skip


def _party(party: object) -> tuple[str, SimulatedNetwork]:
    """Return the phone and its network. Raise Refused unless the order names them as the network's own."""
    account = party.get("accountDetails") if isinstance(party, dict) and party.get("type") == "MMO" else None
    if not isinstance(account, dict):
        raise PawaPayRefused("INVALID_INPUT", is_answered=False)
    phone = str(account.get("phoneNumber"))
    network = network_of(phone)
    if network is None:
        raise PawaPayRefused("INVALID_PHONE_NUMBER")
    if account.get("provider") != network.provider:
        raise PawaPayRefused("INVALID_PROVIDER")
    return phone, network


def _amount(amount: object, network: SimulatedNetwork) -> Decimal:
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount) or ("." in amount and not network.has_decimals):
        raise PawaPayRefused("INVALID_AMOUNT")
    if not LEAST <= Decimal(amount) <= MOST:
        raise PawaPayRefused("AMOUNT_OUT_OF_BOUNDS")
    return Decimal(amount)


def reason(code: str) -> dict[str, str]:
    """Return the `failureReason` of a code, which may name a parameter behind a blank."""
    name, _, parameter = code.partition(" ")
    return {"failureCode": name, "failureMessage": f"{parameter or 'This'} cannot be processed: {name}."}
