"""What a contract is: parties, terms, a status, and the transitions that its status may make. What is proposed in it is
in `proposal`, a problem that was reported in `dispute`.

A contract is PENDING until every buyer and seller has confirmed it, and CANCELLED if one of them declines. The first
report of a delivery by a seller or buyer makes it ACTIVE. docs/contracts.md has the drawing of `TRANSITIONS`. The rules
(`transitions` and `dispute_transitions` in `contracts.rules`) make no other transition, and the database (trigger
contracts_move) accepts no other.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.dispute import Dispute
from contracts.escrow.escrow import Escrow
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.proposal import Proposal
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
    Status.DISPUTED: frozenset({Status.COMPLETED, Status.CANCELLED, Status.ACTIVE, Status.CONFIRMED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


class IllegalTransitionError(Exception):
    """A rule tried to change a contract in a way that TRANSITIONS does not have: a fault in the code."""


def status_between(before: Status, after: Status) -> Status | None:
    """Return the status that one change of a contract passes through from `before` to `after`; None: it is direct.

    Only ACTIVE can be passed through: the first report of a delivery may complete or dispute the contract at once.
    Raise IllegalTransitionError if there is no such way, or if the contract was over before.
    """
    if after in TRANSITIONS[before] or (after is before and TRANSITIONS[before]):
        return None
    if Status.ACTIVE in TRANSITIONS[before] and after in TRANSITIONS[Status.ACTIVE]:
        return Status.ACTIVE
    raise IllegalTransitionError(f"a contract cannot go from {before} to {after}")


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
        """Whether the contract binds this role: buyers and sellers have to confirm it, others are only told of it."""
        return self in (Role.BUYER, Role.SELLER)


class Signature(StrEnum):
    """What a bound party has answered to the contract."""

    PENDING = "pending"
    SIGNED = "signed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Party(Frozen):
    """A person in a contract, and in which role.

    `phone_id`: the person's row in `phones`; None until that row is written together with the contract. `signature` is
    None for a role that the contract does not bind. `salt` (hex) goes into the hash that stands for the person in the
    contract's canonical form. `pin_only`: this person chose that no SMS binds them, only their PIN.
    `told_costs`: they have read what a contract costs, with an earlier one.
    """

    phone_id: UUID | None
    msisdn: Hidden[Msisdn]
    role: Role
    name: str | None
    language: str | None
    signature: Signature | None
    salt: Hidden[str | None] = None
    pin_only: bool = False
    told_costs: bool = False


class TimeAct(StrEnum):
    """What happens to a contract at its deadline, when nobody has acted before."""

    REMIND_ANSWER = "remind_answer"
    EXPIRE = "expire"
    REMIND_DELIVERY = "remind_delivery"
    REMIND_EXPIRY = "remind_expiry"
    REMIND_RECEIPT = "remind_receipt"
    COMPLETE = "complete"
    REMIND_REST = "remind_rest"
    COMPLETE_PART = "complete_part"
    CLOSE_DISPUTE = "close_dispute"
    ESCALATE_DISPUTE = "escalate_dispute"


class Deadline(Frozen):
    """When time acts on a contract (an aware time), and what it does then."""

    act: TimeAct
    at: datetime


class Contract(Frozen):
    """A contract as one version of its record has it.

    `version` counts every change, `terms_version` only changes of the terms. `received`: how much of the goods the
    buyer has received in part deliveries, in the unit of the terms; `part_at`: when the last of these was reported.
    `settled`: the received quantity with which time completed the contract, if that was not all. `deadline`: None while
    the clock is stopped, and once the contract is over. `last_n`: the highest number of any proposal so far.
    `form_hashes`: SHA-256 (hex) of each stored canonical form, by the version of its terms; `codes`: the short code of
    each that has one by now.

    The clock counts silence after a delivery. `clock_stopped_at`: since when it stands, because somebody whose silence
    it counted wrote to us; `clock_stopped_by`: the `phone_id` of who wrote (the last buyer, if one of them did).
    `escrow`: the money that waits; None without escrow, and until all have confirmed.
    `clock_started_at`: when an operator last let it run again, or the contract went on after a dispute; silence counts
    from then. In a dispute the clock does nothing, but one that stood before still stands after it.
    """

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
    codes: Mapping[int, str] = field(default_factory=dict)
    clock_stopped_at: datetime | None = None
    clock_stopped_by: UUID | None = None
    clock_started_at: datetime | None = None
    escrow: Escrow | None = None

    def party(self, msisdn: Msisdn) -> Party | None:
        """Return the party with this number; None if the contract has none."""
        return next((party for party in self.parties if party.msisdn == msisdn), None)

    def waits_for(self, msisdn: Msisdn) -> bool:
        """Whether this person has to answer the contract itself, or the open proposal."""
        party = self.party(msisdn)
        if party is None or party.signature is None:
            return False
        if self.proposal:
            return party.phone_id not in self.proposal.consented
        return self.status is Status.PENDING and party.signature is Signature.PENDING

    def awaits_receipt_of(self, msisdn: Msisdn) -> bool:
        """Whether this person is a buyer who has not yet answered the latest report of a delivery."""
        party = self.party(msisdn)
        if party is None or party.role is not Role.BUYER or self.status is not Status.ACTIVE or not self.delivered_at:
            return False
        return self.part_at is None or self.part_at < self.delivered_at

    @property
    def open_number(self) -> int:
        """The number under which a yes or no counts now: the open proposal's, or else the version of the terms."""
        return self.proposal.n if self.proposal else self.terms_version

    @property
    def code(self) -> str | None:
        """The short code of the terms in force; None if it is not computed yet."""
        return self.codes.get(self.terms_version)

    @property
    def is_under_way(self) -> bool:
        """Whether goods may be delivered and new terms proposed."""
        return self.status in (Status.CONFIRMED, Status.ACTIVE)

    @property
    def status_goes_on(self) -> bool:
        """Whether the contract is not over."""
        return bool(TRANSITIONS[self.status])

    @property
    def money_is_missing(self) -> bool:
        """Whether the goods have to wait for the money: the contract has escrow, and not all that is due is there."""
        return self.terms.payment is not None and not (self.escrow and self.escrow.is_there)

    @property
    def open_dispute(self) -> Dispute | None:
        """The dispute, if it waits for a decision: it may be answered, and settled, until there is one."""
        return self.dispute if self.dispute and self.dispute.waits_for_decision else None

    @property
    def status_without_dispute(self) -> Status:
        """What the contract was before its dispute, and is again if it goes on: ACTIVE once a party has spoken of a
        delivery."""
        return Status.ACTIVE if self.delivered_at or self.part_at else Status.CONFIRMED

    def received_fits(self, terms: Terms) -> bool:
        """Whether what was received already fits into `terms`: the same unit, and at least that quantity."""
        new, old = terms.quantity, self.terms.quantity
        return not self.received or (new.unit == old.unit and Decimal(new.amount) >= self.received)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Contract":
        """Read a row of the view contract_records."""
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
            delivered_at=_time(row["delivered_at"]),
            received=Decimal(row["received"] or 0),
            part_at=_time(row["part_at"]),
            settled=Decimal(row["settled"]) if row["settled"] else None,
            proposal=Proposal.from_row(row["proposal"]) if row["proposal"] else None,
            last_n=row["last_proposal"] or 1,
            dispute=Dispute.from_row(row["dispute"]) if row["dispute"] else None,
            deadline=Deadline(TimeAct(row["next_what"]), datetime.fromisoformat(row["next_at"]))
            if row["next_what"]
            else None,
            form_hashes={int(version): sha256 for version, sha256 in (row["forms"] or {}).items()},
            codes={int(version): code for version, code in (row.get("codes") or {}).items()},
            clock_stopped_at=_time(row["clock_stopped_at"]),
            clock_stopped_by=UUID(row["clock_stopped_by"]) if row["clock_stopped_by"] else None,
            clock_started_at=_time(row["clock_started_at"]),
            escrow=Escrow.from_row(row["escrow"], Currency(row["currency"])) if row.get("escrow") else None,
        )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


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
        pin_only=bool(row.get("pin_only")),
        told_costs=bool(row.get("told_costs")),
    )
