"""Events: an operator's program reads them page by page, or follows them live."""

import re
from typing import Annotated
from uuid import UUID

import orjson
from aiohttp import hdrs, web
from pydantic import Field

from gateway.events import BadWire
from gateway.feed.streams import MOST_STREAMS, batches, stream_by_server_sent_events, stream_by_websocket
from gateway.feed.tail import read_after
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import json_fields
from gateway.rest.contracts import contract_id_in_path
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.looks_noted import shows_only
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Media, declares, reads
from gateway.rest.operator_only import operator_only, still_allowed
from gateway.rest.query import Query
from gateway.rest.shapes.event import A_POSITION, EventsView
from gateway.services import SERVICES

routes = web.RouteTableDef()

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
LATEST = "latest"
_POSITION = re.compile(r"[0-9]{1,18}")
_LIMIT = re.compile(r"[0-9]{1,4}")


def _read_position(typed: str, _defaults: BodyDefaults) -> str:
    if typed != LATEST and _POSITION.fullmatch(typed) is None:
        raise fault("should be the id of an event, or latest")
    return typed


def _read_limit(typed: str, _defaults: BodyDefaults) -> int:
    if _LIMIT.fullmatch(typed) is None or not 1 <= int(typed) <= MAX_LIMIT:
        raise fault(f"should be a whole number from 1 to {MAX_LIMIT}")
    return int(typed)


_AFTER = json_fields.string(
    _read_position, shown_as=Annotated[str, Field(pattern=f"^(?:[0-9]{{1,18}}|{LATEST})$")]
)  # fmt: skip


class EventsQuery(Query):
    """Which events to read."""

    after: Annotated[
        str,
        _AFTER,
        described("The id of the last event that was read, or `latest`; without it, from the first event.", A_POSITION),
    ] = "0"
    limit: Annotated[
        int,
        json_fields.string(_read_limit, shown_as=Annotated[int, Field(ge=1, le=MAX_LIMIT)]),
        described("How many events at most.", DEFAULT_LIMIT),
    ] = DEFAULT_LIMIT


class LiveQuery(Query):
    """Where to begin."""

    after: Annotated[
        str | None,
        _AFTER,
        described("The id of the last event read; without it and Last-Event-ID, what comes from now on.", A_POSITION),
    ] = None


_STREAM = {200: Media("text/event-stream"), 101: None}
_FULL = {503: f"There are {MOST_STREAMS} live streams already, or the service is not available for a moment."}


@routes.get("/v1/events")
@operator_only(Scope.READ)
@reads(EventsQuery, EventsView)
async def list_events(request: web.Request, query: EventsQuery) -> web.Response:
    """Read the events behind the one with the id `after`, oldest first. `next` is what to give as `after` next time,
    also where there is no event yet; `more`: there are further ones already."""
    feed = request.app[SERVICES].feed
    shows_only(request)  # an event names people by ids, and says nothing else of them
    last = await feed.rows.last()
    after = _position(query.after, last)
    events, end = await read_after(feed.rows, after, query.limit, last)
    events = events[: query.limit]
    if len(events) == query.limit:
        end = events[-1].position
    items = b",".join(event.body for event in events)
    body = b'{"items":[%b],"next":"%d","more":%b}' % (items, end, orjson.dumps(end < last))
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


@routes.get("/v1/events/live")
@operator_only(Scope.READ)
@declares(LiveQuery, _STREAM, problems=_FULL)
async def follow_events(request: web.Request, query: LiveQuery) -> web.StreamResponse:
    """Follow events as they happen. By WebSocket if the request asks for one (one event in each text message), else as
    server-sent events. The header Last-Event-ID does what `after` does."""
    return await _stream(request, query, None)


@routes.get("/v1/contracts/{contract}/live")
@operator_only(Scope.READ)
@declares(LiveQuery, _STREAM, problems=_FULL)
async def follow_contract(request: web.Request, query: LiveQuery) -> web.StreamResponse:
    """Follow the events of one contract. As `/v1/events/live`, with the same ids."""
    return await _stream(request, query, await contract_id_in_path(request))


async def _stream(request: web.Request, query: LiveQuery, contract_id: UUID | None) -> web.StreamResponse:
    services = request.app[SERVICES]
    feed = services.feed
    last = await feed.rows.last()
    given = query.after if query.after is not None else request.headers.get("Last-Event-ID", LATEST)
    position = _position(given, last)
    if feed.streams >= MOST_STREAMS:
        return problem(503, f"There are {MOST_STREAMS} live streams already. Please poll /v1/events.")
    feed.grow(last)
    found = batches(feed, position, contract_id, lambda: still_allowed(request))
    feed.streams += 1
    try:
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await stream_by_websocket(request, found)
        return await stream_by_server_sent_events(request, found)
    finally:
        feed.streams -= 1


def _position(given: str, last: int) -> int:
    """Return the position that a client has read up to; that of the newest event for `latest`. Raise BadWire if it is
    no event's id, or of an event that is not there: then the record was restored from a backup, and what this client
    has read is not what there is."""
    if given == LATEST:
        return last
    if _POSITION.fullmatch(given) is None:
        raise BadWire("after", "should be the id of an event, or latest")
    if int(given) > last:
        raise BadWire("after", f"is behind the newest event, which is {last}: was the record restored from a backup?")
    return int(given)
