"""Whose offers a person does not want: an operator writes it down for who called, as an SMS with BLOCK does.

Contracts that the two have go on. The person gets the SMS that answers a BLOCK, so they know, and can undo it.
"""

from typing import Annotated, Final

from aiohttp import web

from contracts.fields.msisdn import Msisdn, e164
from contracts.notices import Notice, NoticeKind
from contracts.refusals import BadInput, Refusal
from contracts.rules.plan import Plan
from gateway.operators.scope import Scope
from gateway.rest import json_fields
from gateway.rest.json_body import Body, NoBody
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, reads, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.query import NoQuery
from gateway.rest.shapes.block import BlockView
from gateway.rest.shapes.fields import WholeList
from gateway.rest.views import utc_text
from gateway.rest.write_once import write_once
from gateway.services import SERVICES
from storage.acts.rows import AuditRow, BlockRow, PersonRow
from storage.operator_reads import KnownPerson, UsedIdempotencyKey
from values.ids import new_id

routes = web.RouteTableDef()

_REFUSALS: Final = {Refusal.NOTHING_CHANGES: "It is so already."}


class BlockBody(Body):
    """Whose offers a person does not want."""

    number: Annotated[Msisdn, json_fields.MSISDN, described("The phone whose offers are kept away.", "+254711000009")]


@routes.get("/v1/people/{phone}/blocks")
@operator_only(Scope.READ)
@reads(NoQuery, WholeList[BlockView])
async def list_blocks(request: web.Request, _query: NoQuery) -> web.Response:
    """List whose offers a person does not want, by their SMS or through an operator."""
    person = await _person_in_path(request)
    rows = await request.app[SERVICES].operator_reads.blocks(person.id)
    items = [{"number": row["msisdn"], "at": utc_text(row["at"])} for row in rows]
    return answer_json({"items": items, "next": None})


@routes.post("/v1/people/{phone}/blocks")
@operator_only(Scope.WRITE)
@writes(BlockBody, WholeList[BlockView], refusals=_REFUSALS)
async def block(request: web.Request, write: Write[BlockBody]) -> web.Response:
    """Keep the offers of one number away from a person. Answers with all that are kept away."""
    person = await _person_in_path(request)

    async def decide(body: BlockBody) -> Plan | Refusal:
        return await _plan(request, person, body.number, blocks=True)

    return await write_once(request, write, decide, _answer_made)


@routes.delete("/v1/people/{phone}/blocks/{number}")
@operator_only(Scope.WRITE)
@writes(NoBody, WholeList[BlockView], status=200, refusals=_REFUSALS)
async def unblock(request: web.Request, write: Write[NoBody]) -> web.Response:
    """Let the offers of a number come to a person again. Answers with all that are still kept away."""
    person, number = await _person_in_path(request), _read_number(request, "number")

    async def decide(_body: NoBody) -> Plan | Refusal:
        return await _plan(request, person, number, blocks=False)

    return await write_once(request, write, decide, _answer)


async def _plan(request: web.Request, person: KnownPerson, number: Msisdn, *, blocks: bool) -> Plan | Refusal:
    if number == person.msisdn:
        raise Unprocessable([("number", "is the person's own phone")])
    on_record = request.app[SERVICES].operator_reads
    is_blocked = any(row["msisdn"] == number for row in await on_record.blocks(person.id))
    if is_blocked is blocks:
        return Refusal.NOTHING_CHANGES
    other = await on_record.person(number)
    other_id = other.id if other else new_id()
    kind = NoticeKind.BLOCKED if blocks else NoticeKind.UNBLOCKED
    return Plan(
        people=() if other else (PersonRow(other_id, number),),
        block=BlockRow(person.id, other_id, blocks),
        audit=(
            AuditRow(
                "person.blocked" if blocks else "person.unblocked", None, person.id, person.msisdn,
                {"person": str(other_id)},
            ),
        ),
        notices=(Notice(kind, person.id, Msisdn(person.msisdn), person.language, number=number),),
    )  # fmt: skip


async def _person_in_path(request: web.Request) -> KnownPerson:
    """Return the person that the path names by phone number; raise 404 if we know nobody with it."""
    found = await request.app[SERVICES].operator_reads.person(_read_number(request, "phone"))
    if found is None:
        raise web.HTTPNotFound(reason="There is no such person.")
    return found


def _read_number(request: web.Request, name: str) -> Msisdn:
    try:
        return e164(request.match_info[name])
    except BadInput:
        raise web.HTTPNotFound(reason="There is no such person.") from None


async def _answer_made(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    return await _answer(request, used, status=201)


async def _answer(request: web.Request, _used: UsedIdempotencyKey, status: int = 200) -> web.Response:
    rows = await request.app[SERVICES].operator_reads.blocks((await _person_in_path(request)).id)
    items = [{"number": row["msisdn"], "at": utc_text(row["at"])} for row in rows]
    return answer_json({"items": items, "next": None}, status=status)
