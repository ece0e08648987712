"""How a field of a query, a body or an answer is described: in words, with its unit, and by an example."""

from typing import Any, Final

from pydantic import Field

AN_ID: Final = "0198c2a4-7d10-7a53-9f3a-0a8f0f1f7c11"
A_PARTY: Final = "0198c2a4-7d10-7b21-8c44-5e1d2f3a4b5c"
A_TIME: Final = "2026-07-01T12:00:00.000000Z"
A_CURSOR: Final = "AAZVi25S0AABmMKkfRB6U586Co8PH3wR"
A_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def described(description: str, *example: Any, **more: Any) -> Any:
    """Return what pydantic takes beside a field's type. Without an `example`, the document makes one of the examples of
    what the field holds. `more`: further words of its JSON Schema, such as minItems."""
    return Field(description=description, examples=list(example) or None, json_schema_extra=more or None)
