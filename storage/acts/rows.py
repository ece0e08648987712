"""An act: everything one decision writes, as plain rows, applied in one statement (sql/queries/acts.sql).

What caused the act (`hop`, `mo` or `api`: exactly one) is its unique key, so that it happens once. `move` names the
contract and the version the decision was made on, so that it happens to what was decided on. Acts decided in the same
turn of the loop are applied together.

People are named by `phone_id` where it is known, else by `msisdn`; then they also stand in `people`, which makes them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from values.frozen import Frozen, Hidden, field


class HopOnce(Frozen):
    """`hop_key` in hex, `session` sealed and in base64: what a repeat of this hop is answered with."""

    provider: str
    session_id: str
    hop_key: str
    reply: Hidden[str]
    ends: bool
    session: Hidden[str]


class MoOnce(Frozen):
    provider: str
    message_id: str


class ApiOnce(Frozen):
    """`fingerprint`: hex of a hash of the request, so that a key used again for something else is noticed."""

    key: str
    fingerprint: str


class PersonRow(Frozen):
    """Made if new. `language` replaces what is there when given; `opts_out` says STOP (True) or START (False).
    `pin_hash` alone proposes a PIN; with `pin_proved_at` it says that this very PIN was typed right, and clears the
    tries."""

    id: UUID
    msisdn: Hidden[str]
    language: str | None = None
    pin_hash: Hidden[str | None] = None
    pin_proved_at: datetime | None = None
    opts_out: bool | None = None


class ContractRow(Frozen):
    id: UUID
    reference: str
    type: str
    terms: Mapping[str, Any]
    total_minor: int
    currency: str
    next_what: str | None = None
    next_at: datetime | None = None


class PartyRow(Frozen):
    """`signature` None for those whose word does not bind (mediator, witness). `salt`: hex, of the person's hash in the
    contract's form; None: one is drawn."""

    role: str
    name: str | None
    signature: str | None
    phone_id: UUID | None
    msisdn: Hidden[str | None]
    salt: Hidden[str | None] = None


class MoveRow(Frozen):
    """From `version` to the next. `through`: what it passes on the way. `terms` come with their `terms_version` and
    `total_minor`; None leaves them. `delivered`: the seller says so now. `settled`: it is completed with so much of the
    quantity, a decimal string; None: with all of it, if it is."""

    contract_id: UUID
    version: int
    status: str
    through: str | None = None
    terms: Mapping[str, Any] | None = None
    terms_version: int | None = None
    total_minor: int | None = None
    delivered: bool = False
    next_what: str | None = None
    next_at: datetime | None = None
    settled: str | None = None


class ProposalRow(Frozen):
    """Made, or agreed to by one more, or settled: `status` pending, accepted, declined, lapsed. `by_id` None: by an
    operator."""

    contract_id: UUID
    n: int
    kind: str
    terms: Mapping[str, Any] | None
    by_id: UUID | None
    consented: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    status: str


class DeliveryRow(Frozen):
    """`kind`: said, full, part, or reported, by an operator of the person; `quantity`, a decimal string, of a part. The
    evidence of a party's word is the act's confirmation; `evidence` is of what is nobody's word."""

    contract_id: UUID
    phone_id: UUID
    kind: str
    evidence: Hidden[Mapping[str, Any]] = field(default_factory=dict)
    quantity: str | None = None


class DisputeRow(Frozen):
    """As it is from now on. `appeal_words`: who appeals now, `appealed_by`, says so."""

    id: UUID
    contract_id: UUID
    opened_by: UUID | None
    words: Hidden[str]
    status: str
    decision: str | None = None
    split_minor: int | None = None
    reasons: Hidden[str | None] = None
    appealed_by: UUID | None = None
    appeal_words: Hidden[str | None] = None


class RequestRow(Frozen):
    """A party is asked for their word at an operator's wish: once an hour, or the act does not happen."""

    contract_id: UUID
    phone_id: UUID


class SignatureRow(Frozen):
    contract_id: UUID
    phone_id: UUID
    status: str


class FormRow(Frozen):
    """A contract's canonical form at one version of its terms, with its hashes in hex."""

    contract_id: UUID
    terms_version: int
    text: str
    sha256: str
    blake2b: str


class ProofRow(Frozen):
    """What makes a confirmation evidence, in hex: the hash of the form it is about, of the texts that were shown (with
    their salt), and the signature over all of it."""

    form: str
    shown: str
    salt: Hidden[str]
    signature: str
    key_id: str


class ConfirmationRow(Frozen):
    """The evidence of a word: `shown` is the texts the person saw, oldest first.

    Of one that is no yes or no, `contract_version` is what the contract is after it, `details` what was said (plain
    JSON), `words` what the person wrote. `phone_id` and `msisdn` None: an operator's own word."""

    contract_id: UUID
    phone_id: UUID | None
    msisdn: Hidden[str | None]
    answer: str
    provider: str
    network_code: str
    conversation: str
    language: str
    menu_version: str
    shown: Hidden[tuple[str, ...]]
    terms_version: int = 1
    subject: str = "terms"
    proof: ProofRow | None = None
    contract_version: int | None = None
    details: Mapping[str, Any] | None = None
    words: Hidden[str | None] = None


class AuditRow(Frozen):
    """`chain_id` None: the chain of the person who acted. Details name no number and hold no PIN."""

    action: str
    chain_id: UUID | None
    actor_id: UUID | None
    actor_msisdn: Hidden[str | None]
    details: Mapping[str, Any] = field(default_factory=dict)


class MessageRow(Frozen):
    """An MT to queue (`direction` out) or an MO to keep (in). Of an MT: `message_class` (critical, service or
    promotional), `priority` (1 goes before 5 before 9), `expires_at`, `encoding` (gsm7 or ucs2), `estimate` of its cost
    (`KES 0.8000`)."""

    id: UUID
    direction: str
    text: Hidden[str]
    kind: str
    segments: int
    phone_id: UUID | None = None
    msisdn: Hidden[str | None] = None
    raw_sender: Hidden[str | None] = None
    shortcode: str | None = None
    language: str | None = None
    contract_id: UUID | None = None
    provider: str | None = None
    provider_message_id: str | None = None
    network_code: str | None = None
    message_class: str = "service"
    priority: int = 5
    expires_at: datetime | None = None
    encoding: str | None = None
    estimate: str | None = None


class Act(Frozen, omit_defaults=True):
    act_id: UUID
    at: datetime
    channel: str
    hop: HopOnce | None = None
    mo: MoOnce | None = None
    api: ApiOnce | None = None
    people: tuple[PersonRow, ...] = ()
    contract: ContractRow | None = None
    parties: tuple[PartyRow, ...] = ()
    move: MoveRow | None = None
    signatures: tuple[SignatureRow, ...] = ()
    confirmation: ConfirmationRow | None = None
    form: FormRow | None = None
    proposal: ProposalRow | None = None
    delivery: DeliveryRow | None = None
    dispute: DisputeRow | None = None
    request: RequestRow | None = None
    audit: tuple[AuditRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()

    @property
    def queues(self) -> bool:
        """Whether it puts something into the outbox."""
        return any(message.direction == "out" for message in self.messages)
