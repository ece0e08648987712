"""The canonical form of a contract: the same bytes whoever writes it down (RFC 8785, JSON Canonicalization Scheme).

The form holds no phone number, no name and no text that a person was shown. For each of these it holds the SHA-256 of a
small file, which contains them and a random salt. Who has that file can check it with sha256sum. Once the salt is
deleted, because the person was erased, nobody can find out whose hash it was; all hashes and signatures stay valid.

The language of a contract does not change its form. The id, the reference and the version of the terms are part of the
form, so no two contracts, and no two versions of one, have the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from values.frozen import Frozen

FORMAT = "voicepact-contract/1"
FORMAT_WITH_PAYMENT = "voicepact-contract/2"  # its terms say how it is paid, and what that costs


class CanonicalForm(Frozen):
    """The canonical form of a contract under one version of its terms; `text`: UTF-8."""

    contract_id: UUID
    terms_version: int
    text: bytes

    @property
    def sha256(self) -> str:
        """In hex, as `sha256sum` prints it."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def blake2b(self) -> str:
        """BLAKE2b with 32 bytes, in hex, as `b2sum -l 256` prints it."""
        return hashlib.blake2b(self.text, digest_size=32).hexdigest()


class FormParty(Frozen):
    """A party in a form. `person`: the hash of the `person_file`; None for a person who was erased before."""

    id: UUID
    role: str
    person: str | None


def canonical_json(value: Any) -> bytes:
    """Return `value` as RFC 8785 writes it: sorted keys, no blanks, one spelling of each number and string.

    `value` may have ASCII keys and whole numbers only. For these, orjson's sorted output is what the RFC demands; tests
    compare it with a library that implements the whole RFC, and takes twenty times as long.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def contract_form(
    contract_id: UUID,
    reference: str,
    type_: str,
    terms: Mapping[str, Any],
    terms_version: int,
    parties: Sequence[FormParty],
) -> CanonicalForm:
    """Return the form of a contract. The order of `parties` makes no difference."""
    text = canonical_json(
        {
            "format": FORMAT_WITH_PAYMENT if "payment" in terms else FORMAT,
            "id": str(contract_id),
            "reference": reference,
            "type": type_,
            "terms": dict(terms),
            "terms_version": terms_version,
            "parties": [
                {"id": str(party.id), "role": party.role, "person": party.person}
                for party in sorted(parties, key=lambda party: str(party.id))
            ],
        }
    )
    return CanonicalForm(contract_id, terms_version, text)


def person_file(msisdn: str, name: str | None, salt: str) -> bytes:
    """Return the file of a person whose hash stands in a form; `salt` in hex."""
    return canonical_json({"msisdn": msisdn, "name": name, "salt": salt})


def shown_file(
    texts: Sequence[str], salt: str, words: str | None = None, typed: Sequence[str | None] | None = None,
    english: Sequence[str | None] | None = None,
) -> bytes:  # fmt: skip
    """Return the file whose hash is signed with a confirmation: the texts that the person was shown, and their own
    `words`; `salt` in hex. `typed`: what they typed on each text; `english`: each text in English, where it was
    another language and led to the answer. Both None: a file from before statements of format 2."""
    file: dict[str, Any] = {"salt": salt, "texts": list(texts)}
    if typed is not None:
        file |= {"typed": list(typed), "english": list(english or ())}
    return canonical_json(file if words is None else {**file, "words": words})


def message_file(text: str, salt: str, english: str | None = None) -> bytes:
    """Return the file whose hash stands for an SMS in the audit; `salt` in hex. `english`: its text in English, where
    it is in another language."""
    file = {"salt": salt, "text": text}
    return canonical_json(file if english is None else {**file, "english": english})


def sha256_hex(file: bytes) -> str:
    """Return the SHA-256 of `file` in hex, as `sha256sum` prints it."""
    return hashlib.sha256(file).hexdigest()
