"""Operators and their looks: an admin lists who may do what, an auditor who looked at whom."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from contracts.fields.free_text import NAME_LETTERS
from gateway.events import BadWire
from gateway.operators.acting import BOOTSTRAP
from gateway.operators.keys import digest_of, key_id_of
from gateway.operators.scope import OperatorRole, Scope
from gateway.rest.contracts import find_contract
from gateway.rest.json_request import answer_json
from gateway.rest.lists import page_body, read_msisdn, read_page, read_query
from gateway.rest.looks_noted import shows_only
from gateway.rest.operator_only import operator_only
from gateway.rest.views import shown_time
from gateway.services import SERVICES

routes = web.RouteTableDef()

_ABOUT = ("phone", "contract", "operator")


@routes.get("/v1/operators")
@operator_only(Scope.ADMIN)
async def list_operators(request: web.Request) -> web.Response:
    """Return operators newest first, revoked ones too, with their keys by id; and the admin whose key is a setting."""
    services = request.app[SERVICES]
    page = read_page(read_query(request, "limit", "after"))
    found = await services.operators.page(page.limit, page.after)
    api_key = services.settings.api_key.get_secret_value()
    admin = {"key": key_id_of(digest_of(api_key)), "name": BOOTSTRAP} if api_key else None
    return answer_json({**page_body(found, _operator_json), "bootstrap": admin})


@routes.get("/v1/looks")
@operator_only(Scope.READ, OperatorRole.AUDITOR, OperatorRole.ADMIN)
async def list_looks(request: web.Request) -> web.Response:
    """Return looks at personal data, newest first: all, those at one `phone` (a number, or the id of a person), at one
    `contract` (id or reference), or of one `operator` (the id of a key, or a name)."""
    services, query = request.app[SERVICES], read_query(request, "limit", "after", *_ABOUT)
    page, given = read_page(query), [name for name in _ABOUT if name in query]
    if len(given) > 1:
        raise BadWire(given[1], f"cannot be given beside {given[0]}")
    about, key_ids = await _asked_for(request, query), None
    if "operator" in query:
        if len(query["operator"]) > NAME_LETTERS:
            raise BadWire("operator", "should be the id of a key, or an operator's name")
        key_ids = await services.operators.key_ids(query["operator"]) or [query["operator"]]
    shows_only(request, *([about] if about else []))
    found = await services.looks.page(page.limit, page.after, about=about, key_ids=key_ids)
    return answer_json(page_body(found, _look_json))


async def _asked_for(request: web.Request, query: Mapping[str, str]) -> UUID | None:
    """Return the id of the contract or person that the query names; None if it names none."""
    services = request.app[SERVICES]
    if "contract" in query:
        row = await find_contract(services.records, query["contract"])
        if row is None:
            raise BadWire("contract", "is no contract's id or reference")
        return UUID(row["id"])
    if "phone" not in query:
        return None
    try:
        return UUID(query["phone"])
    except ValueError:
        pass
    try:
        msisdn = read_msisdn({"msisdn": query["phone"]}, services.settings.default_country)
    except BadWire as bad:
        raise BadWire("phone", bad.why) from None
    assert msisdn, "it was given"
    known = await services.records.caller(msisdn)
    if known is None:
        raise BadWire("phone", "is nobody's whom we know")
    return known.id


def _operator_json(row: Mapping[str, Any]) -> dict[str, Any]:
    keys = [
        {"id": key["id"], "created_at": shown_time(key["created_at"]), "expires_at": shown_time(key["expires_at"]),
         "is_current": key["is_current"]}
        for key in row["keys"] or []
    ]  # fmt: skip
    return {
        "id": str(row["id"]), "name": row["name"], "role": row["role"], "scopes": row["scopes"], "keys": keys,
        "created_at": shown_time(row["created_at"]), "created_by": row["created_by"],
        "revoked_at": shown_time(row["revoked_at"]), "revoked_by": row["revoked_by"],
    }  # fmt: skip


def _look_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a look. `operator`: the id of the key, as the audit has it; null for a command that needed none."""
    return {
        "id": str(row["id"]), "at": shown_time(row["created_at"]), "operator": row["key_id"], "name": row["name"],
        "what": row["what"], **{seen: [str(one) for one in row[seen]] for seen in ("contracts", "phones", "messages")},
    }  # fmt: skip
