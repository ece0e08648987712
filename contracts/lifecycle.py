"""The life of a contract, as data.

    PENDING ----> CONFIRMED ----> ACTIVE ----> COMPLETED
       |  \\           |              |             ^
       |   \\          v              v             |
       |    +----> EXPIRED        DISPUTED --------+
       |                             |
       +---------> CANCELLED <-------+

It is PENDING until every buyer and seller has confirmed, and CANCELLED when one of them declines first. The database
holds the same table of moves (contracts_move_legally) and refuses any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from contracts.msisdn import Msisdn
from contracts.terms import Terms


class Status(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    DISPUTED = "DISPUTED"


MOVES: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED}),
    Status.CONFIRMED: frozenset({Status.ACTIVE, Status.EXPIRED}),
    Status.ACTIVE: frozenset({Status.COMPLETED, Status.DISPUTED}),
    Status.DISPUTED: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


class ContractType(StrEnum):
    AGRICULTURAL_SUPPLY = "agricultural_supply"
    SERVICE_AGREEMENT = "service_agreement"
    GOODS_PURCHASE = "goods_purchase"
    LOGISTICS = "logistics"
    OTHER = "other"


class Role(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    MEDIATOR = "mediator"
    WITNESS = "witness"

    @property
    def binds(self) -> bool:
        """Whether the contract waits for this role's word."""
        return self in (Role.BUYER, Role.SELLER)


class Signature(StrEnum):
    PENDING = "pending"
    SIGNED = "signed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Refusal(Enum):
    """Why an effect is not done. An answer, not an accident: each has words in every language (menus/refusals.py)."""

    NOT_YOURS = "not_yours"
    ALREADY_CONFIRMED = "already_confirmed"
    NO_LONGER_OPEN = "no_longer_open"
    HAS_PIN = "has_pin"


@dataclass(frozen=True, slots=True)
class Party:
    """`phone_id` None: made together with the contract. `signature` None: this role's word does not bind."""

    phone_id: UUID | None
    msisdn: Msisdn = field(repr=False)
    role: Role
    name: str | None
    language: str | None
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Contract:
    id: UUID
    reference: str
    version: int
    status: Status
    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]
    created_at: datetime

    def party(self, msisdn: Msisdn) -> Party | None:
        return next((party for party in self.parties if party.msisdn == msisdn), None)

    def waits_for(self, msisdn: Msisdn) -> bool:
        """Whether it is this person's answer that the contract needs next."""
        party = self.party(msisdn)
        return self.status is Status.PENDING and party is not None and party.signature is Signature.PENDING

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Contract":
        """From a row of the view contract_records."""
        return cls(
            id=UUID(row["id"]),
            reference=row["reference"],
            version=row["version"],
            status=Status(row["status"]),
            type=ContractType(row["type"]),
            terms=Terms.from_json(row["terms"]),
            parties=tuple(_party(party) for party in row["parties"]),
            created_at=datetime.fromisoformat(row["created_at"]),
        )


def _party(row: Mapping[str, Any]) -> Party:
    signature = row["signature"]
    return Party(
        phone_id=UUID(row["phone_id"]),
        msisdn=Msisdn(row["msisdn"]),
        role=Role(row["role"]),
        name=row["name"],
        language=row["language"],
        signature=Signature(signature) if signature else None,
    )


def answer(contract: Contract, by: Msisdn, *, yes: bool) -> Contract | Refusal:
    """The contract after `by` confirms (`yes`) or declines it."""
    party = contract.party(by)
    if party is None or party.signature is None:
        return Refusal.NOT_YOURS
    if contract.status is not Status.PENDING:
        return Refusal.ALREADY_CONFIRMED if party.signature is Signature.SIGNED and yes else Refusal.NO_LONGER_OPEN
    if party.signature is not Signature.PENDING and yes:
        return Refusal.ALREADY_CONFIRMED
    said = Signature.SIGNED if yes else Signature.REJECTED
    parties = tuple(replace(p, signature=said) if p is party else p for p in contract.parties)
    return replace(contract, parties=parties, status=_after(parties), version=contract.version + 1)


def _after(parties: Sequence[Party]) -> Status:
    words = {party.signature for party in parties if party.signature}
    if Signature.REJECTED in words:
        return Status.CANCELLED
    return Status.CONFIRMED if words == {Signature.SIGNED} else Status.PENDING
