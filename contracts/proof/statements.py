"""What is signed when a person confirms, declines or acts. Pure; the key is in `storage.signing`.

A statement is canonical JSON (RFC 8785). It can be written again, byte for byte, from the rows that it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from contracts.contract import Contract, Party
from contracts.proof.canonical import (
    CanonicalForm,
    FormParty,
    canonical_json,
    contract_form,
    person_file,
    sha256_hex,
    shown_file,
)
from storage.acts import rows as acts
from storage.signing import SignerPort
from values.frozen import Frozen, replace
from values.ids import random_bytes

SALT_BYTES = 16
FORMAT: Final = 2  # of the statements that are signed today


class ConfirmationStatement(Frozen):
    """What a signature says that somebody answered.

    `form` and `shown` are SHA-256 hashes in hex, of the contract's form and of the `shown_file`. `number`: of the
    proposal, or the version of the terms. `phone_id`: who answered; None: an operator. `answered_at`: an aware time.
    An act that is no yes or no has also `version`, the version of the contract that it made, and `details`: a quantity,
    or the dispute and its decision.

    `format` 2 has also `pin`: "typed"; "chosen", so typed in the very call in which it was set; "none", as by SMS; and
    `messages`: ids of the SMS that `shown` has, oldest first.
    """

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
    format: int = 1
    pin: str | None = None
    messages: Sequence[UUID] = ()

    @property
    def signed_bytes(self) -> bytes:
        """The statement as canonical JSON."""
        statement = {
            "format": f"voicepact-confirmation/{self.format}",
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
            statement |= {
                "format": f"voicepact-act/{self.format}", "version": self.version, "details": dict(self.details or {}),
            }  # fmt: skip
        if self.format != 1:
            statement |= {"pin": self.pin, "messages": [str(each) for each in self.messages]}
        return canonical_json(statement)


def new_salt() -> str:
    """Return 16 random bytes in hex."""
    return random_bytes(SALT_BYTES).hex()


def utc_timestamp(at: datetime) -> str:
    """Return an aware time in UTC, to the microsecond, as the audit writes it: `2026-03-01T12:00:00.000000Z`."""
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"  # strftime takes ten times as long


def canonical_form_of(contract: Contract, version: int) -> CanonicalForm:
    """Return the canonical form of the contract with `version` of its terms: those agreed on, or proposed."""
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
    """Return the hash that stands for a person in a form; None without a salt, because it could be guessed then."""
    return sha256_hex(person_file(party.msisdn, party.name, party.salt)) if party.salt else None


async def sign_confirmation(
    contract: Contract,
    confirmation: acts.ConfirmationRow,
    signer: SignerPort,
    act_id: UUID,
    channel: str,
    now: datetime,
) -> tuple[acts.ConfirmationRow, acts.FormRow | None]:
    """Return the confirmation with its signature, and the row of the form it is about (None: it is stored already).

    Raise SignerAwayError if the key cannot sign now.
    """
    assert confirmation.phone_id or channel == "api", "only an operator confirms without a phone"
    has_form = confirmation.subject not in ("cancel", "settle")  # the number of these is no version of the terms
    version = confirmation.terms_version if has_form else contract.terms_version
    form_sha256, new_form = contract.form_hashes.get(version), None
    if form_sha256 is None:
        new_form = form_row(canonical_form_of(contract, version))
        form_sha256 = new_form.sha256
    salt = new_salt()
    typed, english = confirmation.typed, confirmation.english
    shown = sha256_hex(shown_file(confirmation.shown, salt, confirmation.words, typed, english))
    statement = ConfirmationStatement(
        act_id, contract.id, form_sha256, confirmation.terms_version, confirmation.subject, confirmation.phone_id,
        confirmation.answer, channel,
        confirmation.provider, confirmation.network_code, confirmation.conversation, confirmation.language,
        confirmation.menu_version, shown, now,
        confirmation.contract_version, confirmation.details, FORMAT, confirmation.pin, confirmation.messages,
    ).signed_bytes  # fmt: skip
    signature = (await signer.sign_in_time(statement)).hex()
    proof = acts.ProofRow(form_sha256, shown, salt, signature, signer.key_id, sha256_hex(statement), FORMAT)
    return replace(confirmation, proof=proof), new_form


def form_row(form: CanonicalForm) -> acts.FormRow:
    """Return the row that stores a form."""
    return acts.FormRow(form.contract_id, form.terms_version, form.text.decode(), form.sha256, form.blake2b)
