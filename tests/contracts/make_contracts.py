"""Contracts for tests of the rules: Amina sells 50 bags of maize to Baraka, and Chege mediates."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from contracts.contract import Contract, ContractType, Deadline, Party, Role, Signature, Status
from contracts.dispute import Dispute
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from values.frozen import replace

AMINA, BARAKA, CHEGE, OTIENO = (Msisdn(f"+25471234567{n}") for n in range(4))  # Otieno is in no contract
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PERIODS = WaitingPeriods()
TERMS = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Bungoma", date(2026, 12, 25))


def make_contract(status: Status = Status.CONFIRMED, **changes: object) -> Contract:
    """A contract that Amina and Baraka have signed."""
    people = ((AMINA, Role.SELLER), (BARAKA, Role.BUYER), (CHEGE, Role.MEDIATOR))
    parties = tuple(
        Party(UUID(int=n), msisdn, role, None, None, Signature.SIGNED if role.binds else None)
        for n, (msisdn, role) in enumerate(people, 1)
    )
    made = Contract(UUID(int=9), "40718353", 3, status, ContractType.OTHER, TERMS, parties, NOON)
    return replace(made, **changes)


def make_offer(status: Status = Status.PENDING, **signatures: Signature) -> Contract:
    """A contract that Amina has signed and Baraka is asked for; `signatures`, by role, in place of these."""
    by_role = {"seller": Signature.SIGNED, "buyer": Signature.PENDING, **signatures}
    made = make_contract(status)
    return replace(made, parties=tuple(replace(p, signature=by_role.get(p.role.value)) for p in made.parties))


def make_disputed(status: str = "open", deadline: Deadline | None = None, **changes: object) -> Contract:
    """A contract with a dispute that Baraka has opened."""
    dispute = Dispute(UUID(int=8), status, UUID(int=2), "wet")
    return make_contract(Status.DISPUTED, dispute=replace(dispute, **changes), deadline=deadline)
