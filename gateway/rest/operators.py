"""Operators and their looks: an admin lists who may do what, an auditor who looked at whom."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web

from contracts.fields.free_text import NAME_LETTERS
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire
from gateway.operators.acting import BOOTSTRAP
from gateway.operators.keys import digest_of, key_id_of
from gateway.operators.scope import OperatorRole, Scope
from gateway.rest import json_fields
from gateway.rest.contracts import find_contract
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.json_request import answer_json
from gateway.rest.lists import PageQuery, page_body
from gateway.rest.looks_noted import shows_only
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import reads
from gateway.rest.operator_only import operator_only
from gateway.rest.query_fields import MSISDN_OR_ID
from gateway.rest.shapes.fields import Page
from gateway.rest.shapes.operator import LookView, OperatorKeyPart, OperatorsView, OperatorView
from gateway.rest.views import shown_time, utc_text
from gateway.services import SERVICES

routes = web.RouteTableDef()

_ABOUT: Final = ("phone", "contract", "operator")


def _read_operator(typed: str, _defaults: BodyDefaults) -> str:
    if len(typed) > NAME_LETTERS or any(map(str.isspace, typed.replace(" ", ""))) or not typed.isprintable():
        raise fault("should be the id of a key, or an operator's name")
    return typed


class LooksQuery(PageQuery):
    """Which looks to list: at most one of `phone`, `contract` and `operator`."""

    phone: Annotated[
        Msisdn | UUID | None,
        MSISDN_OR_ID,
        described("Only at this person: a phone number, or their id.", "+254711000001"),
    ] = None
    contract: Annotated[
        str | None,
        json_fields.string(lambda typed, _defaults: typed),
        described("Only at the contract with this id or reference.", "40718353"),
    ] = None
    operator: Annotated[
        str | None,
        json_fields.string(_read_operator),
        described("Only of this operator: the id of a key, or a name.", "Wanjiru"),
    ] = None


@routes.get("/v1/operators")
@operator_only(Scope.ADMIN)
@reads(PageQuery, OperatorsView)
async def list_operators(request: web.Request, query: PageQuery) -> web.Response:
    """List operators, newest first. Revoked ones too, with their keys by id; and the admin whose key is a setting."""
    services = request.app[SERVICES]
    found = await services.operators.page(query.limit, query.after)
    api_key = services.settings.api_key.get_secret_value()
    admin = {"key": key_id_of(digest_of(api_key)), "name": BOOTSTRAP} if api_key else None
    return answer_json({**page_body(found, _operator_json), "bootstrap": admin})


@routes.get("/v1/looks")
@operator_only(Scope.READ, OperatorRole.AUDITOR, OperatorRole.ADMIN)
@reads(LooksQuery, Page[LookView])
async def list_looks(request: web.Request, query: LooksQuery) -> web.Response:
    """List looks at personal data, newest first. All, those at one `phone` (a number, or the id of a person), at one
    `contract` (id or reference), or of one `operator` (the id of a key, or a name)."""
    services, given = request.app[SERVICES], [name for name in _ABOUT if getattr(query, name) is not None]
    if len(given) > 1:
        raise BadWire(given[1], f"cannot be given beside {given[0]}")
    about, key_ids = await _asked_for(request, query), None
    if query.operator is not None:
        key_ids = await services.operators.key_ids(query.operator) or [query.operator]
    shows_only(request, *([about] if about else []))
    found = await services.looks.page(query.limit, query.after, about=about, key_ids=key_ids)
    return answer_json(page_body(found, _look_json))


async def _asked_for(request: web.Request, query: LooksQuery) -> UUID | None:
    """Return the id of the contract or person that the query names; None if it names none."""
    services = request.app[SERVICES]
    if query.contract is not None:
        row = await find_contract(services.records, query.contract)
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        return UUID(row["id"])
    if query.phone is None or isinstance(query.phone, UUID):
        return query.phone
    known = await services.records.caller(query.phone)
    if known is None:
        raise BadWire("phone", "is nobody's whom we know")
    return known.id


def _operator_json(row: Mapping[str, Any]) -> OperatorView:
    return {
        "id": str(row["id"]), "name": row["name"], "role": row["role"], "scopes": row["scopes"],
        "keys": [_key_json(key) for key in row["keys"] or []],
        "created_at": utc_text(row["created_at"]), "created_by": row["created_by"],
        "revoked_at": shown_time(row["revoked_at"]), "revoked_by": row["revoked_by"],
    }  # fmt: skip


def _key_json(key: Mapping[str, Any]) -> OperatorKeyPart:
    return {
        "id": key["id"], "created_at": utc_text(key["created_at"]), "expires_at": shown_time(key["expires_at"]),
        "is_current": key["is_current"],
    }  # fmt: skip


def _look_json(row: Mapping[str, Any]) -> LookView:
    """Return a look. `operator`: the id of the key, as the audit has it; null for a command that needed none."""
    return {
        "id": str(row["id"]), "at": utc_text(row["created_at"]), "operator": row["key_id"], "name": row["name"],
        "what": row["what"], "contracts": [str(one) for one in row["contracts"]],
        "phones": [str(one) for one in row["phones"]], "messages": [str(one) for one in row["messages"]],
    }  # fmt: skip
