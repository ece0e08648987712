"""The one way to write a contract down, so that everybody who writes it gets the same bytes (RFC 8785).

A person's number and name are not in it, nor are the texts a person was shown: in their place stands the SHA-256 of a
small file that holds them and a random salt. Whoever has that file can check it with sha256sum; once the salt is gone
(a person was erased), nobody can tell whose it was, and every hash and signature over it still holds.

The language a contract was made in leaves no trace in it. Its id and reference are in it, so two contracts never
share one; the number of its terms is in it, so neither do two versions of one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from values.frozen import Frozen

FORMAT = "voicepact-contract/1"


class CanonicalForm(Frozen):
    """The canonical form of a contract at one version of its terms."""

    contract_id: UUID
    terms_version: int
    text: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text).hexdigest()

    @property
    def blake2b(self) -> str:
        """BLAKE2b with 32 bytes, as `b2sum -l 256` writes it."""
        return hashlib.blake2b(self.text, digest_size=32).hexdigest()


class FormParty(Frozen):
    """A party as the form has it; `person` is the hash of their `person_file`, None of one who was erased before."""

    id: UUID
    role: str
    person: str | None


def canonical(value: Any) -> bytes:
    """RFC 8785: keys in order, no blanks, one spelling of each number and letter.

    Keys are ours, so plain ASCII, and numbers are whole: of these orjson's sorted spelling is the RFC's, which tests
    hold against a library that has all of it and takes twenty times as long.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def contract_form(
    contract_id: UUID,
    reference: str,
    type_: str,
    terms: Mapping[str, Any],
    terms_version: int,
    sides: Sequence[FormParty],
) -> CanonicalForm:
    """The order of `sides` makes no difference."""
    text = canonical(
        {
            "format": FORMAT,
            "id": str(contract_id),
            "reference": reference,
            "type": type_,
            "terms": dict(terms),
            "terms_version": terms_version,
            "parties": [
                {"id": str(side.id), "role": side.role, "person": side.person}
                for side in sorted(sides, key=lambda side: str(side.id))
            ],
        }
    )
    return CanonicalForm(contract_id, terms_version, text)


def person_file(msisdn: str, name: str | None, salt: str) -> bytes:
    """What a form keeps of a person only as a hash; `salt` in hex."""
    return canonical({"msisdn": msisdn, "name": name, "salt": salt})


def shown_file(texts: Sequence[str], salt: str, words: str | None = None) -> bytes:
    """What a confirmation keeps of the texts its giver saw, and of their own `words`, only as a hash; `salt` in hex."""
    file = {"salt": salt, "texts": list(texts)}
    return canonical(file if words is None else {**file, "words": words})


def hash_of(file: bytes) -> str:
    """As sha256sum writes it."""
    return hashlib.sha256(file).hexdigest()
