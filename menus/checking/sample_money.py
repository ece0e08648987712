"""Sample contracts whose money waits with VoicePact, for the walk through the menus: in every state of the money."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.contract import Contract, Role, Status
from contracts.escrow.escrow import Escrow, FailedPayout, PaymentStatus
from contracts.escrow.money_lines import MoneyLine, MoneyPage, Movement
from contracts.escrow.outcomes import FailReason
from contracts.escrow.rules import EscrowRules
from contracts.escrow.shares import smallest_unit
from contracts.fields.money import MAX_MAJOR, Currency, Money
from menus.checking.sample_inputs import SampleInput
from values.frozen import replace

RULES = EscrowRules(largest=MAX_MAJOR, currencies=frozenset(Currency))
RECEIPT = "SJK4X8T2QW"
_AT = datetime(2028, 9, 30, 12, tzinfo=UTC)
_PAID_IN, _RELEASE, _REFUND = "prompt", "release", "refund"


def with_escrow(contract: Contract) -> Contract:
    """Return the contract with terms by which its money waits, in whole units; nothing of it has come."""
    total = contract.terms.total
    whole = Money(total.minor // smallest_unit(total.currency) * smallest_unit(total.currency), total.currency)
    terms = RULES.with_escrow(replace(contract.terms, total=whole))
    return replace(contract, terms=terms, received=contract.received)


def escrow_states(contract: Contract) -> Iterator[tuple[str, Contract]]:
    """Every state of the money that fits the contract, which has terms with escrow, with the name of the state."""
    for name, escrow in _states(contract):
        yield name, replace(contract, escrow=escrow)


def _states(contract: Contract) -> Iterator[tuple[str, Escrow]]:
    total, currency = contract.terms.total.minor, contract.terms.total.currency
    unit = smallest_unit(currency)
    some, fee = total // 2 // unit * unit + unit, contract.terms.fee_minor
    nothing = Escrow(UUID(int=5), PaymentStatus.PENDING, currency, total, fee)
    there = replace(nothing, status=PaymentStatus.LOCKED, received=total)
    if contract.status in (Status.CONFIRMED, Status.ACTIVE):
        yield "nothing paid", nothing
        yield "asked for the money", replace(nothing, prompted=True)
        yield "paid in part", replace(nothing, received=some)
    if contract.status in (Status.CONFIRMED, Status.ACTIVE, Status.DISPUTED):
        yield "the money is there", there
    in_part = replace(there, released=some - unit, fees=unit)
    if contract.status is Status.ACTIVE:
        yield "a part is released", in_part
        failed = (FailedPayout(UUID(int=6), "release", some - unit),)
        yield "a part could not be paid out", replace(in_part, failed=failed)
        yield "too much goes back", replace(there, received=total + some, refunded=some)
    done = replace(there, status=PaymentStatus.RELEASED, released=total - fee, fees=fee)
    if contract.status is Status.COMPLETED:
        yield "all is released", done
        yield "all is paid out", replace(done, paid=total - fee)
        split = replace(there, status=PaymentStatus.RELEASED, released=some - unit, fees=unit, refunded=total - some)
        yield "a part goes back", split
        yield "both are paid in part", replace(split, paid=some - unit, returned=total - some - unit)
    if contract.status in (Status.CANCELLED, Status.EXPIRED):
        yield "it was never there", replace(nothing, status=PaymentStatus.FAILED)
        back = replace(there, status=PaymentStatus.REFUNDED, refunded=total)
        yield "all goes back", back
        yield "it could not be paid back", replace(back, failed=(FailedPayout(UUID(int=6), "refund", total),))
        yield "all was paid back", replace(back, returned=total)


def money_pages(contracts: Iterator[tuple[str, Contract]]) -> Iterator[tuple[str, MoneyPage]]:
    """Each contract with the movements that its money may have had."""
    for name, contract in contracts:
        if contract.escrow:
            yield name, MoneyPage(contract, tuple(_movements(contract, contract.escrow)))


def _movements(contract: Contract, escrow: Escrow) -> Iterator[Movement]:
    def moved(kind: str, minor: int, status: str = "done", reason: FailReason | None = None) -> Movement:
        receipt = RECEIPT if status == "done" else None
        return Movement(kind, Money(minor, escrow.currency), status, _AT + timedelta(len(kind)), receipt, reason)  # type: ignore[arg-type]

    if escrow.prompted:
        yield moved(_PAID_IN, escrow.missing, "sending")
    if escrow.received:
        yield moved("paybill", escrow.received)
    if escrow.paid:
        yield moved(_RELEASE, escrow.paid)
    if escrow.returned:
        yield moved(_REFUND, escrow.returned)
    for failed in escrow.failed:
        for reason in FailReason:
            yield moved(failed.kind, failed.amount, "failed", reason)
    if escrow.owed and not escrow.failed:
        yield moved(_RELEASE, escrow.owed, "unknown" if contract.status is Status.ACTIVE else "held")
    if escrow.going_back and not escrow.failed:
        yield moved(_REFUND, escrow.going_back, "accepted" if contract.status is Status.ACTIVE else "held")


def money_lines(sample: SampleInput, contracts: Iterator[tuple[str, Contract]]) -> list[MoneyLine]:
    """A line for each contract. Products differ in their first letter, as different goods do."""
    found = []
    for at, (_, contract) in enumerate(contracts):
        party = contract.party(sample.caller)
        if contract.escrow and party and party.role in (Role.BUYER, Role.SELLER):
            product = f"{chr(ord('A') + at % 26)}{sample.product[1:]}"
            found.append(MoneyLine(str(UUID(int=at)), product, party.role, contract.status_goes_on, contract.escrow))
    return found
