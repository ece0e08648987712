"""What a request may have beside its query and its body: names in the path, and headers."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.rest.openapi.described import AN_ID

_BY_ID_OR_REFERENCE = {"type": "string", "minLength": 1, "maxLength": 36}
_E164 = {"type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$"}
_UUID = {"type": "string", "format": "uuid"}

PATH: Final[Mapping[str, tuple[str, Mapping[str, Any], Any]]] = {
    "contract": ("The contract's id, or its reference of eight digits.", _BY_ID_OR_REFERENCE, "40718353"),
    "dispute": ("The dispute's id.", _UUID, AN_ID),
    "file": ("The file's id.", _UUID, AN_ID),
    "message": ("The message's id.", _UUID, AN_ID),
    "transfer": ("The transfer's id.", _UUID, AN_ID),
    "webhook": ("The webhook's id.", _UUID, AN_ID),
    "phone": ("The person's phone number in E.164, with its `+`.", _E164, "+254711000001"),
    "number": ("The blocked phone number in E.164, with its `+`.", _E164, "+254711000009"),
    "n": ("The proposal's number in its contract.", {"type": "integer", "minimum": 2, "maximum": 2**31 - 2}, 2),
    "payment": ("The payment's id, or its contract's id or reference.", _BY_ID_OR_REFERENCE, "40718353"),
}

IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat safe: the same key and body do nothing again, and get the answer of the first time"
    " with `Idempotency-Replayed: true`. 1 to 200 visible ASCII characters, chosen by you.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "example": "order-4711",
}

IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the contract as you read it: if it has changed since, nothing is done, and the answer"
    " is 412.",
    "schema": {"type": "string", "pattern": '^(\\*|"[!#-~]*"(, *"[!#-~]*")*)$'},
    "example": "*",
}

IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what you have: if nothing is new, the answer is 304 without a body.",
    "schema": {"type": "string", "pattern": '^(W/)?"[!#-~]*"$'},
    "example": '"9f86d081884c7d659a2feaa0c55ad015"',
}

REQUEST_ID: Final = {
    "name": "X-Request-Id",
    "in": "header",
    "required": False,
    "description": "Your own id of this request, up to 64 letters, digits, `.`, `_`, `:` and `-`; what could be a phone"
    " number is not taken. The answer has it again, or one of ours.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"},
    "example": "import-2026-11-30-a",
}

ANSWER_HEADERS: Final[Mapping[str, Any]] = {
    "X-Request-Id": {
        "description": "The id of this request, as in the log of the service.",
        "schema": {"type": "string"},
        "example": AN_ID,
    },
    "RateLimit-Policy": {
        "description": "How many requests (`q`) this key may send in how many seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"key";q=3000;w=60',
    },
    "RateLimit": {
        "description": "How many of them are left (`r`), and in how many seconds all are again (`t`).",
        "schema": {"type": "string"},
        "example": '"key";r=2999;t=58',
    },
    "ETag": {
        "description": "The tag of the contract as it is shown here.",
        "schema": {"type": "string"},
        "example": '"9f86d081884c7d659a2feaa0c55ad015"',
    },
    "Location": {
        "description": "The address of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": f"/v1/contracts/{AN_ID}",
    },
    "Idempotency-Replayed": {
        "description": "`true`: this key was used before, and nothing was done again.",
        "schema": {"const": "true"},
        "example": "true",
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 60,
    },
}


def path_parameters(path: str) -> list[dict[str, Any]]:
    """Return the parameters in a path such as `/v1/contracts/{contract}`. Raise KeyError for one that has no row
    above."""
    found = []
    for name in (part.partition("}")[0] for part in path.split("{")[1:]):
        description, schema, example = PATH[name]
        found.append(
            {
                "name": name, "in": "path", "required": True, "description": description, "schema": dict(schema),
                "example": example,
            }
        )  # fmt: skip
    return found
