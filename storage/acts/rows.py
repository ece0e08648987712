"""An act: everything that one decision writes, as plain rows. One statement writes it (sql/queries/acts.sql).

The cause of an act is its unique key, so that it is written once: exactly one of `hop`, `mo`, `api` and `rail`.
`change` has the version of the contract that was decided on; the act is not written if the contract has another version
by then.

A person is given by `phone_id` if it is known, else by `msisdn`; then `people` must contain them, to make their row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.acts.money_rows import MoneyRows, RailOnce
from values.frozen import Frozen, Hidden, field


class HopOnce(Frozen):
    """A hop, and what a repeat of it is answered with. `hop_key`: in hex. `session`: encrypted, in base64."""

    provider: str
    session_id: str
    hop_key: str
    reply: Hidden[str]
    ends: bool
    session: Hidden[str]


class MoOnce(Frozen):
    """An MO, which acts once. `is_undated`: the provider does not say when it was sent, so that nothing but its receipt
    tells a copy from it, however late the copy comes; the receipt is kept for good."""

    provider: str
    message_id: str
    is_undated: bool = False


class ApiOnce(Frozen):
    """A REST request with its Idempotency-Key. `fingerprint`: hex hash of the request, to notice a key used for
    another."""

    key: str
    fingerprint: str


class PersonRow(Frozen):
    """A person, made if new. `language`: replaces the old one unless None; a presumed one replaces none that was
    chosen. `opts_out`: True for STOP, False for START.
    `pin_hash` alone sets a new PIN; with `pin_proved_at` it says that this PIN was typed right, and clears the
    tries. `pin_only`: whether no SMS binds them; None leaves it. `name`: replaces the old one unless None.
    `told_costs`: True if this act tells them what a contract costs."""

    id: UUID
    msisdn: Hidden[str]
    language: str | None = None
    pin_hash: Hidden[str | None] = None
    pin_proved_at: datetime | None = None
    opts_out: bool | None = None
    pin_only: bool | None = None
    name: Hidden[str | None] = None
    language_presumed: bool | None = None
    told_costs: bool | None = None


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
    """A party of a contract. `signature`: None for mediators and witnesses, who do not sign. `salt`: hex salt of the
    person's hash in the contract's form; None lets the database draw one."""

    role: str
    name: str | None
    signature: str | None
    phone_id: UUID | None
    msisdn: Hidden[str | None]
    salt: Hidden[str | None] = None


class ContractChangeRow(Frozen):
    """A change of a contract from `version` to the next. `through`: a status it passes on the way. `terms` come with
    their `terms_version` and `total_minor`; None leaves them. `delivered`: the seller reports a delivery now.
    `settled`: the quantity with which it is completed in part, a decimal string; None if it is completed in full or not
    at all. `clock_stopped_at`, `clock_stopped_by`: since when and by whose words silence does not count; both None: it
    counts. `clock_started`: it counts again from now."""

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
    clock_stopped_at: datetime | None = None
    clock_stopped_by: UUID | None = None
    clock_started: bool = False


class ProposalRow(Frozen):
    """A proposal that is made, confirmed by one more party, or settled. `status`: pending, accepted, declined or
    lapsed. `by_id`: None if an operator proposed. `split_minor`: of a split, what the seller gets, in minor units."""

    contract_id: UUID
    n: int
    kind: str
    terms: Mapping[str, Any] | None
    by_id: UUID | None
    consented: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    status: str
    split_minor: int | None = None


class DeliveryRow(Frozen):
    """A delivery. `kind`: said (by the seller), full or part (received by the buyer), or reported (by an operator about
    the person). `quantity`: of a part, a decimal string. `evidence`: of what an operator reported; what a party says
    has its evidence in the act's confirmation."""

    contract_id: UUID
    phone_id: UUID
    kind: str
    evidence: Hidden[Mapping[str, Any]] = field(default_factory=dict)
    quantity: str | None = None


class DisputeRow(Frozen):
    """A dispute as it is after the act. `appeal_words`: what `appealed_by` wrote, if the act is their appeal. `is_new`:
    the act opens it. `replies`: what parties wrote about it, each `by` (phone id) and `words`. `ended`: decided,
    settled or withdrawn, once it is closed; `settled_n`: the number of the proposal that settled it."""

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
    is_new: bool = False
    replies: Hidden[tuple[Mapping[str, Any], ...]] = ()
    escalated_at: datetime | None = None
    ended: str | None = None
    settled_n: int | None = None


class OfferRow(Frozen):
    """An offer that a person makes on a phone. `made_n`: which of the maker's offers it is. `asked_n`: which of the
    offers of strangers to the addressee; None if the two know each other. If another offer took one of these numbers
    meanwhile, the act is not written."""

    maker_id: UUID
    made_n: int
    addressee_id: UUID
    asked_n: int | None


class BlockRow(Frozen):
    """A person blocks another, or (`blocks` False) no longer does."""

    phone_id: UUID
    blocked_id: UUID
    blocks: bool


class RequestRow(Frozen):
    """An operator asks a party to answer. Once an hour only: sooner, the act is not written."""

    contract_id: UUID
    phone_id: UUID


class SignatureRow(Frozen):
    contract_id: UUID
    phone_id: UUID
    status: str


class FormRow(Frozen):
    """A contract's canonical form with one version of its terms, and its hashes in hex."""

    contract_id: UUID
    terms_version: int
    text: str
    sha256: str
    blake2b: str


class ProofRow(Frozen):
    """What makes a confirmation evidence, all in hex: the hash of the form it is about, the salted hash of the texts
    that were shown, and the signature over both. `statement`: the SHA-256 of what is signed; `format`: of that."""

    form: str
    shown: str
    salt: Hidden[str]
    signature: str
    key_id: str
    statement: str = ""
    format: int = 2


class ConfirmationRow(Frozen):
    """The evidence of a consent. `shown`: the texts that the person saw, oldest first; `typed` and `english` beside
    them as contracts.proof.canonical.shown_file has them; `messages`: ids of the SMS among them. `pin`: typed, chosen
    (and typed in the same call), or none.

    For other answers than yes and no: `contract_version` is the version after the act, `details` what was answered
    (plain JSON), `words` what the person wrote. `phone_id` and `msisdn` are both None if an operator decided."""

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
    typed: Hidden[tuple[str | None, ...]] = ()
    english: Hidden[tuple[str | None, ...]] = ()
    pin: str = "none"
    messages: tuple[UUID, ...] = ()


class AuditRow(Frozen):
    """One action of an act, for the audit. `chain_id`: None for the chain of the person who acted. `details` hold no
    msisdn and no PIN. All actions of an act in a chain become one EntryRow."""

    action: str
    chain_id: UUID | None
    actor_id: UUID | None
    actor_msisdn: Hidden[str | None]
    details: Mapping[str, Any] = field(default_factory=dict)


class EntryRow(Frozen):
    """An audit entry: what an act wrote into one chain, of a contract or a person. `text`: canonical JSON, made by
    contracts/proof/entries.py. `actor_id`: the person who acted; None: an operator or the service."""

    chain_id: UUID
    actor_id: UUID | None
    text: str


class MessageRow(Frozen):
    """An MT to queue (`direction` out) or an MO to store (in). For an MT: `message_class` is critical, service or
    promotional; `priority` 1 is sent before 5 and 9; `encoding` is gsm7 or ucs2; `estimate` is its cost, as
    `KES 0.8000`; `not_before`: it is held until then; `reply_provider`: it answers from `shortcode`, the number of ours
    that its recipient wrote to, by this provider. `salt`: hex, of the hash by which an audit entry binds the
    text; None: no entry does. `provider_sent_at`: when the provider says that an MO was sent, right or wrong.
    `english`: the text of an MT about a contract in English, where it is in another language."""

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
    not_before: datetime | None = None
    reply_provider: str | None = None
    salt: Hidden[str | None] = None
    provider_sent_at: datetime | None = None
    english: Hidden[str | None] = None


class Act(Frozen, omit_defaults=True):
    act_id: UUID
    at: datetime
    channel: str
    hop: HopOnce | None = None
    mo: MoOnce | None = None
    api: ApiOnce | None = None
    rail: RailOnce | None = None
    people: tuple[PersonRow, ...] = ()
    contract: ContractRow | None = None
    parties: tuple[PartyRow, ...] = ()
    change: ContractChangeRow | None = None
    signatures: tuple[SignatureRow, ...] = ()
    confirmation: ConfirmationRow | None = None
    form: FormRow | None = None
    proposal: ProposalRow | None = None
    delivery: DeliveryRow | None = None
    dispute: DisputeRow | None = None
    request: RequestRow | None = None
    offer: OfferRow | None = None
    block: BlockRow | None = None
    money: MoneyRows | None = None
    entries: tuple[EntryRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()

    @property
    def queues(self) -> bool:
        """Whether the act puts a message into the outbox."""
        return any(message.direction == "out" for message in self.messages)
