"""What is signed when somebody gives their word. Pure; `storage.signing` has the key.

A statement is canonical JSON (RFC 8785) and can be written again from the rows it is about, to the byte.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.contract import Contract, Party
from contracts.proof.canonical import (
    CanonicalForm,
    FormParty,
    canonical,
    contract_form,
    hash_of,
    person_file,
    shown_file,
)
from storage.acts import rows as acts
from storage.signing import Signer
from values.frozen import Frozen, replace
from values.ids import random_bytes

SALT_BYTES = 16


class ConfirmationStatement(Frozen):
    """One confirmation as its statement has it. `form` and `shown` are hashes in hex, `answered_at` is aware.

    A word that is no yes or no has `version`, what it made the contract's record, and `details`: a quantity, or the
    dispute it is about and what was decided. `phone_id` None: an operator's own word."""

    id: UUID
    contract_id: UUID
    form: str
    number: int
    subject: str
    phone_id: UUID | None
    answer: str
    channel: str
    provider: str
    network_code: str
    conversation: str
    language: str
    menu_version: str
    shown: str
    answered_at: datetime
    version: int | None = None
    details: Mapping[str, Any] | None = None

    @property
    def signed_bytes(self) -> bytes:
        said = {
            "format": "voicepact-confirmation/1",
            "confirmation": str(self.id),
            "contract": {"id": str(self.contract_id), "sha256": self.form},
            "number": self.number,
            "subject": self.subject,
            "party": self.phone_id and str(self.phone_id),
            "answer": self.answer,
            "channel": self.channel,
            "provider": self.provider,
            "network_code": self.network_code,
            "conversation": self.conversation,
            "language": self.language,
            "menu_version": self.menu_version,
            "shown": self.shown,
            "answered_at": utc_timestamp(self.answered_at),
        }
        if self.version is not None:
            said |= {"format": "voicepact-act/1", "version": self.version, "details": dict(self.details or {})}
        return canonical(said)


def new_salt() -> str:
    return random_bytes(SALT_BYTES).hex()


def utc_timestamp(at: datetime) -> str:
    """UTC, to the microsecond, as the audit writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_form_of(contract: Contract, version: int) -> CanonicalForm:
    """The contract under the terms of `version`: its own, or those that are proposed under that number."""
    proposal, terms = contract.proposal, contract.terms
    if proposal and proposal.n == version and proposal.terms:
        terms = proposal.terms
    sides = [
        FormParty(party.phone_id, party.role.value, person_hash_of(party))
        for party in contract.parties
        if party.phone_id
    ]
    return contract_form(contract.id, contract.reference, contract.type.value, terms.to_json(), version, sides)


def person_hash_of(party: Party) -> str | None:
    """The hash that stands for a person in a form; without a salt there is none: it could be guessed."""
    return hash_of(person_file(party.msisdn, party.name, party.salt)) if party.salt else None


def sign_confirmation(
    contract: Contract, said: acts.ConfirmationRow, signer: Signer, act_id: UUID, channel: str, now: datetime
) -> tuple[acts.ConfirmationRow, acts.FormRow | None]:
    """The confirmation with its signature; and the form it is about, unless the record has that already."""
    assert said.phone_id or channel == "api", "who gives their word is known"
    version = contract.terms_version if said.subject == "cancel" else said.terms_version
    known, row = contract.form_hashes.get(version), None
    if known is None:
        row = form_row(canonical_form_of(contract, version))
        known = row.sha256
    salt = new_salt()
    shown = hash_of(shown_file(said.shown, salt, said.words))
    statement = ConfirmationStatement(
        act_id, contract.id, known, said.terms_version, said.subject, said.phone_id, said.answer, channel,
        said.provider, said.network_code, said.conversation, said.language, said.menu_version, shown, now,
        said.contract_version, said.details,
    ).signed_bytes  # fmt: skip
    seal = acts.SealRow(known, shown, salt, signer.sign(statement).hex(), signer.key_id)
    return replace(said, seal=seal), row


def form_row(form: CanonicalForm) -> acts.FormRow:
    return acts.FormRow(form.contract_id, form.terms_version, form.text.decode(), form.sha256, form.blake2b)
