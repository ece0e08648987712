"""The life of a contract, as data.

    PENDING ----> CONFIRMED ----> ACTIVE ----> COMPLETED
       |  \\           |              |             ^
       |   \\          v              v             |
       |    +----> EXPIRED        DISPUTED --------+
       |                             |
       +---------> CANCELLED <-------+   (and from CONFIRMED and ACTIVE, when all of them want it)

It is PENDING until every buyer and seller has confirmed, and CANCELLED when one of them declines first. It is ACTIVE
from the first word of a delivery. The database holds the same table of moves (contracts_move_legally) and refuses any
other. What may happen when is in `contracts.rules.transitions`.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.fields.msisdn import Msisdn
from contracts.terms import Terms
from values.frozen import Frozen, Hidden, field


class Status(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    DISPUTED = "DISPUTED"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED}),
    Status.CONFIRMED: frozenset({Status.ACTIVE, Status.EXPIRED, Status.CANCELLED}),
    Status.ACTIVE: frozenset({Status.COMPLETED, Status.DISPUTED, Status.CANCELLED}),
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


class Party(Frozen):
    """`phone_id` None: made together with the contract. `signature` None: this role's word does not bind. `salt`, in
    hex: of the person's hash in the contract's canonical form."""

    phone_id: UUID | None
    msisdn: Hidden[Msisdn]
    role: Role
    name: str | None
    language: str | None
    signature: Signature | None
    salt: Hidden[str | None] = None


class ProposalType(StrEnum):
    AMEND = "amend"
    CANCEL = "cancel"


class Proposal(Frozen):
    """What one party asks all others to agree to, or (`by_id` None) an operator all of them. `n`: the version its terms
    would be. `consented`: ids of people."""

    n: int
    type: ProposalType
    terms: Terms | None
    by_id: UUID | None
    consented: frozenset[UUID]


class Decision(StrEnum):
    COMPLETE = "complete"
    CANCEL = "cancel"
    SPLIT = "split"


class Dispute(Frozen):
    """`status`: open, decided (and may still be appealed), appealed, closed. `split_minor`: what the seller gets."""

    id: UUID
    status: str
    opened_by: UUID | None
    words: Hidden[str]
    decision: Decision | None = None
    split_minor: int | None = None
    reasons: Hidden[str | None] = None
    was_appealed: bool = False


class TimeAct(StrEnum):
    """What time does to a contract at its deadline."""

    REMIND_ANSWER = "remind_answer"
    EXPIRE = "expire"
    REMIND_DELIVERY = "remind_delivery"
    REMIND_EXPIRY = "remind_expiry"
    REMIND_RECEIPT = "remind_receipt"
    COMPLETE = "complete"
    REMIND_REST = "remind_rest"
    COMPLETE_PART = "complete_part"
    CLOSE_DISPUTE = "close_dispute"


class Deadline(Frozen):
    """When time acts on a contract (an aware time), and what it does then."""

    act: TimeAct
    at: datetime


class Contract(Frozen):
    """`received`: how much of the goods the buyer has said they got, in parts, the last of them at `part_at`.
    `settled`: with how much of them the contract was completed, where time did that and it was not all. `next`: what
    time brings,
    and when; nothing while a dispute is open. `last_n`: the highest number a proposal has had. `form_hashes`:
    SHA-256, in hex, of the canonical forms that are kept, by version of the terms."""

    id: UUID
    reference: str
    version: int
    status: Status
    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]
    created_at: datetime
    terms_version: int = 1
    delivered_at: datetime | None = None
    received: Decimal = Decimal(0)
    part_at: datetime | None = None
    settled: Decimal | None = None
    proposal: Proposal | None = None
    last_n: int = 1
    dispute: Dispute | None = None
    deadline: Deadline | None = None
    form_hashes: Mapping[int, str] = field(default_factory=dict)

    def party(self, msisdn: Msisdn) -> Party | None:
        return next((party for party in self.parties if party.msisdn == msisdn), None)

    def waits_for(self, msisdn: Msisdn) -> bool:
        """Whether it is this person's answer that the contract, or a proposal, needs next."""
        party = self.party(msisdn)
        if party is None or party.signature is None:
            return False
        if self.proposal:
            return party.phone_id not in self.proposal.consented
        return self.status is Status.PENDING and party.signature is Signature.PENDING

    @property
    def open_number(self) -> int:
        """The number of what is asked of those who have not answered: a proposal's, or the terms' own."""
        return self.proposal.n if self.proposal else self.terms_version

    @property
    def is_under_way(self) -> bool:
        """Whether goods may be delivered, and new terms agreed on."""
        return self.status in (Status.CONFIRMED, Status.ACTIVE)

    def has_room_in(self, terms: Terms) -> bool:
        """Whether what came already can be counted under `terms`: in the same unit, and no less of it."""
        new, old = terms.quantity, self.terms.quantity
        return not self.received or (new.unit == old.unit and Decimal(new.amount) >= self.received)

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
            terms_version=row["terms_version"],
            delivered_at=datetime.fromisoformat(row["delivered_at"]) if row["delivered_at"] else None,
            received=Decimal(row["received"] or 0),
            part_at=datetime.fromisoformat(row["part_at"]) if row["part_at"] else None,
            settled=Decimal(row["settled"]) if row["settled"] else None,
            proposal=_proposal(row["proposal"]) if row["proposal"] else None,
            last_n=row["last_proposal"] or 1,
            dispute=_dispute(row["dispute"]) if row["dispute"] else None,
            deadline=Deadline(TimeAct(row["next_what"]), datetime.fromisoformat(row["next_at"]))
            if row["next_what"]
            else None,
            form_hashes={int(version): sha256 for version, sha256 in (row["forms"] or {}).items()},
        )


def _proposal(row: Mapping[str, Any]) -> Proposal:
    return Proposal(
        row["n"], ProposalType(row["kind"]), Terms.from_json(row["terms"]) if row["terms"] else None,
        UUID(row["by_id"]) if row["by_id"] else None, frozenset(map(UUID, row["consented"])),
    )  # fmt: skip


def _dispute(row: Mapping[str, Any]) -> Dispute:
    return Dispute(
        UUID(row["id"]), row["status"], UUID(row["opened_by"]) if row["opened_by"] else None, row["words"],
        Decision(row["decision"]) if row["decision"] else None, row["split_minor"], row["reasons"],
        row["appealed_at"] is not None,
    )  # fmt: skip


def _party(row: Mapping[str, Any]) -> Party:
    signature = row["signature"]
    return Party(
        phone_id=UUID(row["phone_id"]),
        msisdn=Msisdn(row["msisdn"]),
        role=Role(row["role"]),
        name=row["name"],
        language=row["language"],
        signature=Signature(signature) if signature else None,
        salt=row["salt"],
    )
