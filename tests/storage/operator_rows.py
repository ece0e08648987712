"""Rows of operators for tests of the tables: possible ones, impossible ones, and pairs of which one may be there."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from tests.storage.make_acts import NOON
from tests.storage.table_rows import CONTRACT, LATER, PHONE

CHEGE = UUID(int=90)  # is there before each test

OPERATORS = {
    "id": UUID(int=9), "name": "Ann", "role": "operator", "scopes": ["read", "money"], "created_at": NOON,
    "created_by": "Chege",
}  # fmt: skip
REVOKED = {**OPERATORS, "revoked_at": LATER, "revoked_by": "Chege"}
DIGEST = sha256(b"a key").digest()
OPERATOR_KEYS = {
    "sha256": DIGEST, "id": DIGEST.hex()[:16], "operator_id": CHEGE, "created_at": NOON, "expires_at": LATER,
}  # fmt: skip
NEXT = sha256(b"the next key").digest()
NEXT_KEY = {**OPERATOR_KEYS, "sha256": NEXT, "id": NEXT.hex()[:16]}
LOOKS = {
    "id": UUID(int=9), "at": NOON, "key_id": "0123456789abcdef", "name": "Ann", "what": "GET /v1/contracts",
    "contracts": [CONTRACT], "phones": [PHONE], "messages": [],
}  # fmt: skip
REQUESTS = {"phone_id": PHONE, "person": "operator 1", "operator": "operator 0123456789abcdef Ann", "at": NOON}

OPERATORS_GOOD: dict[str, list[dict[str, Any]]] = {
    "operators": [
        OPERATORS, REVOKED, {**OPERATORS, "role": "arbiter", "scopes": ["write"]},
        {**OPERATORS, "role": "auditor", "scopes": ["read"]}, {**OPERATORS, "role": "admin", "scopes": ["admin"]},
    ],
    "operator_keys": [OPERATOR_KEYS, {**OPERATOR_KEYS, "replaced_at": LATER}],
    "looks": [LOOKS, {**LOOKS, "key_id": None, "contracts": []}],
    "erasure_requests": [REQUESTS],
}  # fmt: skip

OPERATORS_IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("operators", {**OPERATORS, "name": ""}, "somebody without a name"),
    ("operators", {**OPERATORS, "name": "x" * 61}, "a name without end"),
    ("operators", {**OPERATORS, "role": "owner"}, "a role nobody knows"),
    ("operators", {**OPERATORS, "scopes": []}, "a key for nothing"),
    ("operators", {**OPERATORS, "scopes": ["admin"]}, "an operator who makes operators"),
    ("operators", {**OPERATORS, "role": "auditor", "scopes": ["read", "write"]}, "an auditor who writes"),
    ("operators", {**OPERATORS, "role": "arbiter", "scopes": ["money"]}, "an arbiter who pays"),
    ("operators", {**OPERATORS, "created_by": ""}, "made by nobody"),
    ("operators", {**OPERATORS, "revoked_at": LATER}, "revoked by nobody"),
    ("operator_keys", {**OPERATOR_KEYS, "sha256": DIGEST[:31]}, "half a hash"),
    ("operator_keys", {**OPERATOR_KEYS, "id": "0123456789abcdef"}, "the id of another key"),
    ("operator_keys", {**OPERATOR_KEYS, "created_at": LATER, "expires_at": NOON}, "over before it began"),
    ("operator_keys", {**OPERATOR_KEYS, "created_at": LATER, "replaced_at": NOON}, "replaced before it began"),
    ("looks", {**LOOKS, "key_id": "Ann"}, "a key that is none"),
    ("looks", {**LOOKS, "name": ""}, "a look of nobody"),
    ("looks", {**LOOKS, "what": ""}, "a look by no way"),
    ("looks", {**LOOKS, "contracts": [], "phones": []}, "a look at nobody"),
    ("erasure_requests", {**REQUESTS, "person": ""}, "wanted by nobody"),
    ("erasure_requests", {**REQUESTS, "operator": ""}, "wanted by nobody with a name"),
]

OPERATORS_TWICE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("operators", OPERATORS, {**OPERATORS, "id": UUID(int=10), "name": "ANN"}, "a name for two who are active"),
    ("operator_keys", OPERATOR_KEYS, {**OPERATOR_KEYS, "replaced_at": LATER}, "a key twice"),
    ("operator_keys", OPERATOR_KEYS, NEXT_KEY, "two current keys of one operator"),
    ("erasure_requests", REQUESTS, REQUESTS, "the same operator as two"),
]
