"""What fields of answers are made of, and how each is described in the OpenAPI document."""

from typing import Annotated, Generic, TypeVar

from pydantic import WithJsonSchema, with_config
from typing_extensions import TypedDict

from gateway.rest.openapi.described import A_CURSOR, described

T = TypeVar("T")

exact = with_config(extra="forbid")  # such an answer has these names and no others

Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Reference = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9]{8}$"})]
E164 = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"})]
E164OrErased = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": r"^(\+[1-9][0-9]{6,14}|erased-[0-9a-f]{8})$"})
]
Sha256 = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]
DecimalText = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"})]


@exact
class Page(TypedDict, Generic[T]):
    """A page of a list, newest first."""

    items: Annotated[list[T], described("At most `limit` rows.")]
    next: Annotated[
        str | None,
        described("Give it back as `after` for the page that follows; null: this is the last one.", A_CURSOR),
    ]


@exact
class WholeList(TypedDict, Generic[T]):
    """A list that comes whole, oldest first."""

    items: Annotated[list[T], described("All rows.")]
    next: Annotated[None, described("Always null: there is no further page.", None)]
