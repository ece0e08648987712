"""Operators, their keys, and their looks at personal data, as answers show them."""

from typing import Annotated

from typing_extensions import TypedDict

from gateway.operators.scope import OperatorRole, Scope
from gateway.rest.openapi.described import A_CURSOR, A_PARTY, A_TIME, AN_ID, described
from gateway.rest.shapes.fields import Id, Moment, exact

_A_KEY = "3f2b8c1d9e0a4b67"


@exact
class OperatorKeyPart(TypedDict):
    """A key of an operator; the key itself is shown once, when it is made."""

    id: Annotated[str, described("The key's id: the first 16 hex digits of its SHA-256.", _A_KEY)]
    created_at: Annotated[Moment, described("When it was made, in UTC.", A_TIME)]
    expires_at: Annotated[Moment | None, described("When it stops to work, in UTC.", A_TIME)]
    is_current: Annotated[bool, described("Whether it works now.", True)]


@exact
class OperatorView(TypedDict):
    """Who may act, and with which keys."""

    id: Annotated[Id, described("The operator.", AN_ID)]
    name: Annotated[str, described("The operator's name.", "Wanjiru")]
    role: Annotated[OperatorRole, described("What kind of operator it is.", "operator")]
    scopes: Annotated[list[Scope], described("What the keys may be used for.", ["read", "write"])]
    keys: Annotated[list[OperatorKeyPart], described("The keys, by id.")]
    created_at: Annotated[Moment, described("When the operator was added, in UTC.", A_TIME)]
    created_by: Annotated[str | None, described("Who added it: the id of a key.", _A_KEY)]
    revoked_at: Annotated[Moment | None, described("When it was revoked, in UTC; null: it was not.", None)]
    revoked_by: Annotated[str | None, described("Who revoked it: the id of a key.", None)]


@exact
class BootstrapPart(TypedDict):
    """The admin whose key is the setting API_KEY."""

    key: Annotated[str, described("The id of that key.", _A_KEY)]
    name: Annotated[str, described("How the audit's readers are told of it.", "bootstrap")]


@exact
class OperatorsView(TypedDict):
    """A page of operators, newest first, and the admin whose key is a setting."""

    items: Annotated[list[OperatorView], described("At most `limit` rows.")]
    next: Annotated[
        str | None,
        described("Give it back as `after` for the page that follows; null: this is the last one.", A_CURSOR),
    ]
    bootstrap: Annotated[BootstrapPart | None, described("The admin by setting; null: API_KEY is not set.")]


@exact
class LookView(TypedDict):
    """That an operator looked at personal data."""

    id: Annotated[Id, described("The look.", AN_ID)]
    at: Annotated[Moment, described("When, in UTC.", A_TIME)]
    operator: Annotated[str | None, described("The id of the key; null: a command that needed none.", _A_KEY)]
    name: Annotated[str | None, described("The operator's name.", "Wanjiru")]
    what: Annotated[str, described("The route or the command.", "GET /v1/contracts/{contract}")]
    contracts: Annotated[list[Id], described("The contracts that were seen.", [AN_ID])]
    phones: Annotated[list[Id], described("The people who were seen.", [A_PARTY])]
    messages: Annotated[list[Id], described("The messages that were seen.", [])]
