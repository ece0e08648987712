"""A contract that its seller has made, as the service writes one; its buyer has confirmed it, or has not answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from contracts.proof.canonical import CanonicalForm, FormParty, contract_form, person_file, sha256_hex
from contracts.proof.short_code import ALPHABET, LETTERS
from contracts.proof.statements import SALT_BYTES
from values.ids import new_id, random_bytes

TYPE = "agricultural_supply"
TERMS = {
    "product": "maize", "quantity": "50", "unit": "bags", "total_minor": 350_000, "currency": "KES",
    "delivery_place": "Busia", "delivery_date": "2026-12-25",
}  # fmt: skip
ESCROW_TERMS = {**TERMS, "payment": "escrow", "fee_minor": 3_500}
KEY_ID, KEY = "0123456789abcdef", bytes(range(32))  # signs what is here already; nobody checks it

Person: TypeAlias = tuple[str, UUID]  # msisdn and id


@dataclass(frozen=True, slots=True)
class BenchContract:
    id: UUID
    reference: str
    buyer: Person
    seller: Person
    made_at: datetime
    is_confirmed: bool = False
    has_escrow: bool = False
    salt: bytes = field(default_factory=lambda: random_bytes(SALT_BYTES))

    @property
    def terms(self) -> dict[str, Any]:
        return ESCROW_TERMS if self.has_escrow else TERMS

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id, "reference": self.reference, "status": "CONFIRMED" if self.is_confirmed else "PENDING",
            "confirmed_at": self.made_at if self.is_confirmed else None, "type": TYPE,
            "terms": orjson.dumps(self.terms).decode(), "total_minor": TERMS["total_minor"], "currency": "KES",
            "source": "ussd", "created_at": self.made_at,
        }  # fmt: skip

    def parties(self) -> Iterator[dict[str, Any]]:
        for role, (_, phone_id) in self._sides():
            yield {
                "contract_id": self.id, "phone_id": phone_id, "role": role, "since": self.made_at, "salt": self.salt
            }  # fmt: skip

    def signatures(self) -> Iterator[dict[str, Any]]:
        for (_, phone_id), is_signed in ((self.buyer, self.is_confirmed), (self.seller, True)):
            yield {
                "contract_id": self.id, "phone_id": phone_id, "status": "signed" if is_signed else "pending",
                "settled_at": self.made_at if is_signed else None,
            }  # fmt: skip

    def form(self) -> CanonicalForm:
        """Return the canonical form, as the service writes it when a contract is made."""
        sides = [
            FormParty(phone_id, role, sha256_hex(person_file(msisdn, None, self.salt.hex())))
            for role, (msisdn, phone_id) in self._sides()
        ]
        return contract_form(self.id, self.reference, TYPE, self.terms, 1, sides)

    def form_row(self) -> dict[str, Any]:
        form = self.form()
        return {
            "contract_id": self.id, "terms_version": 1, "form": form.text, "blake2b": bytes.fromhex(form.blake2b),
            "made_at": self.made_at,
        }  # fmt: skip

    def code_row(self) -> dict[str, Any]:
        """The real code takes a quarter of a second; nobody checks this one."""
        letters = (ALPHABET[byte % len(ALPHABET)] for byte in random_bytes(LETTERS))
        return {"contract_id": self.id, "terms_version": 1, "code": "".join(letters)}

    def confirmations(self) -> Iterator[dict[str, Any]]:
        for _, phone_id in (self.seller, self.buyer) if self.is_confirmed else (self.seller,):
            yield self._confirmation(phone_id)

    def _confirmation(self, phone_id: UUID) -> dict[str, Any]:
        return {
            "id": new_id(), "contract_id": self.id, "phone_id": phone_id, "answer": "confirm", "channel": "sms",
            "provider": "africastalking", "network_code": "63902", "conversation": str(self.id), "language": "en",
            "menu_version": "1", "answered_at": self.made_at, "terms_version": 1, "subject": "terms",
            "form_sha256": bytes.fromhex(self.form().sha256), "shown_sha256": random_bytes(32),
            "signature": random_bytes(64), "key_id": KEY_ID,
        }  # fmt: skip

    def _sides(self) -> Iterator[tuple[str, Person]]:
        yield "buyer", self.buyer
        yield "seller", self.seller
