"""Many contracts in one request: each line is made, or refused, by itself.

A line has a key of its own, which is the same as the Idempotency-Key of a contract that is made alone. So whoever got
no answer sends the whole request again: what was made is shown, and the rest is made.
"""

import asyncio
from typing import Annotated, Any, Final, cast

import orjson
from aiohttp import web
from pydantic import Field, PlainValidator

from contracts.rules.plan import Plan
from gateway.events import BadWire
from gateway.operators.scope import Scope
from gateway.request_ids import REQUEST_ID
from gateway.rest import json_fields, views
from gateway.rest.contract_body import ContractBody
from gateway.rest.contracts import plan_contract, refuse_too_many
from gateway.rest.json_body import Body, body_defaults, read_body
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.json_request import (
    IDEMPOTENCY_KEY,
    Unprocessable,
    answer_json,
    fingerprint,
    problem_of,
)
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import takes
from gateway.rest.operator_only import operator_only
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.bulk import BulkLineView, BulkView
from gateway.rest.shapes.problem import Problem
from gateway.rest.write_once import do_once
from gateway.services import SERVICES
from storage.acts.rows import ApiOnce

routes = web.RouteTableDef()

MOST_LINES: Final = 400
MAX_BYTES: Final = 512 * 1024
_AT_ONCE: Final = 20  # they travel to the database together, and callers find connections beside them


def _read_key(typed: str, _defaults: BodyDefaults) -> str:
    if IDEMPOTENCY_KEY.fullmatch(typed) is None:
        raise fault("should be 1 to 200 visible ASCII characters")
    return typed


class BulkContractBody(ContractBody):
    """One of many new contracts, with the key that makes its repeat safe."""

    key: Annotated[
        str,
        json_fields.string(_read_key, shown_as=Annotated[str, Field(pattern="^[!-~]{1,200}$")]),
        described("Your own key of this contract: a repeat with it makes nothing new.", "order-4711"),
    ]


class BulkBody(Body):
    """Many new contracts."""

    contracts: Annotated[
        list[Annotated[Any, PlainValidator(lambda line: line, json_schema_input_type=BulkContractBody)]],
        Field(min_length=1, max_length=MOST_LINES),
        described(f"The contracts, at most {MOST_LINES}. Each is made, or refused, by itself."),
    ]


@routes.post("/v1/contracts/bulk")
@operator_only(Scope.WRITE)
@takes(BulkBody, {200: BulkView}, most=MAX_BYTES, problems={422: "The body is no list of at most 400 contracts."})
async def create_contracts(request: web.Request, body: BulkBody) -> web.Response:
    """Make many contracts with one request. Each line has a result of its own, in the order of the request: 201 with
    the contract, or the problem. A line that is refused undoes no other."""
    results: list[BulkLineView] = []
    for start in range(0, len(body.contracts), _AT_ONCE):
        some = enumerate(body.contracts[start : start + _AT_ONCE], start)
        results += await asyncio.gather(*(_make(request, line, sent) for line, sent in some))
    made = sum(result["status"] == 201 and not result["replayed"] for result in results)
    add_to_log(request, lines=len(results), made=made)
    return answer_json({"results": results})


async def _make(request: web.Request, line: int, sent: Any) -> BulkLineView:
    """Make one contract, and return what came of it."""
    key = sent.get("key") if isinstance(sent, dict) else None
    shown_key = key if isinstance(key, str) and IDEMPOTENCY_KEY.fullmatch(key) else None
    alone = {name: value for name, value in sent.items() if name != "key"} if isinstance(sent, dict) else sent
    once = ApiOnce(shown_key or "", fingerprint("POST", "/v1/contracts", alone))

    is_counted = False  # it is decided again when another line makes the same person first

    async def decide(body: BulkContractBody) -> Plan | web.Response:
        nonlocal is_counted
        refused = None if is_counted else await refuse_too_many(request)
        is_counted = True
        return refused or await plan_contract(request, body)

    def read() -> BulkContractBody:
        return read_body(BulkContractBody, sent, body_defaults(request))

    try:
        if shown_key is None:
            read()  # it names the fault of the key, and all others
        done = await do_once(request, once, read, decide, {})
    except BadWire as bad:
        done = problem_of(400, [(bad.field, bad.why)])
    except Unprocessable as bad:
        done = problem_of(422, bad.faults)
    if isinstance(done, web.Response):
        return _refused(request, line, shown_key, done)
    assert done.used.contract_id, "this line made a contract"
    row = await request.app[SERVICES].records.contract(done.used.contract_id)
    assert row is not None, "contracts are never deleted"
    return {
        "line": line, "key": shown_key, "status": 201, "replayed": done.is_repeat,
        "contract": views.contract_json(row), "problem": None,
    }  # fmt: skip


def _refused(request: web.Request, line: int, key: str | None, answer: web.Response) -> BulkLineView:
    assert isinstance(answer.body, bytes), "gateway.http.problem makes it"
    why = cast("Problem", {**orjson.loads(answer.body), "request_id": request[REQUEST_ID]})
    return {
        "line": line, "key": key, "status": answer.status, "replayed": False, "contract": None,
        "problem": why,
    }  # fmt: skip
