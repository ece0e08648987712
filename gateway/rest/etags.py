"""The ETag of a contract: who has read it is told that nothing is new (304), and writes only to what they have read
(412)."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import hdrs, web

from gateway.events import BadWire
from gateway.http import problem
from gateway.rest import views
from gateway.rest.json_request import answer_json


def etag_of(row: Mapping[str, Any]) -> str:
    """Return the tag of a contract, without quotes: a hash of all that an answer shows of it. `row`: of the view
    contract_records."""
    return hashlib.sha256(orjson.dumps(views.contract_json(row))).hexdigest()[:32]


def answer_contract(
    row: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return answer_json(
        views.contract_json(row), status=status, headers={hdrs.ETAG: f'"{etag_of(row)}"', **(headers or {})}
    )


def answer_if_new(request: web.Request, row: Mapping[str, Any]) -> web.Response:
    """Return the contract, or 304 if its tag is in If-None-Match."""
    tag = etag_of(row)
    known = request.if_none_match or ()
    if any(one.value in (tag, "*") for one in known):
        return web.Response(status=304, headers={hdrs.ETAG: f'"{tag}"', hdrs.CACHE_CONTROL: "no-store"})
    return answer_contract(row)


def refuse_if_changed(request: web.Request, row: Mapping[str, Any]) -> web.Response | None:
    """Return 412 if the request has an If-Match, and the contract is not any more what its sender read.

    Raise BadWire if the header has no tag.
    """
    if hdrs.IF_MATCH not in request.headers:
        return None
    wanted = request.if_match
    if not wanted:
        raise BadWire(hdrs.IF_MATCH, 'should be the ETag of the contract, in quotes, or "*"')
    if any(one.value == "*" or (one.value == etag_of(row) and not one.is_weak) for one in wanted):
        return None
    return problem(412, "The contract has changed since you read it.", reason="changed")
