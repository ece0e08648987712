"""Webhooks: an operator adds addresses to which events are sent, and sees what became of each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, PlainValidator

from gateway.feed.catalogue import EVENT_TYPES
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import json_fields
from gateway.rest.json_body import Body
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.lists import MAX_LIMIT
from gateway.rest.looks_noted import shows_only
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import declares, reads, takes
from gateway.rest.operator_only import operator_of, operator_only
from gateway.rest.query import NoQuery, Query
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.event import A_POSITION, ReplayView, WebhookAttemptView, WebhookView, WebhookWithSecretView
from gateway.rest.shapes.fields import Page, WholeList
from gateway.rest.views import shown_time, utc_text
from gateway.services import SERVICES
from gateway.webhooks.adding import MOST_REPLAYED, TooManyEvents, add_webhook, replay_from, rotate_secret
from gateway.webhooks.addresses import why_not_url
from storage.webhooks import OperatorAct

routes = web.RouteTableDef()

_NONE: Final = "There is no such webhook."
DISABLED_BY_OPERATOR: Final = "an operator disabled it"


def _read_types(value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise fault("should be a list of types of events, or null for all")
    if len(value) > len(EVENT_TYPES) or not set(value) <= EVENT_TYPES.keys():
        raise fault("should hold types of events only, as docs/events.md lists them")
    return sorted(set(value))


def _read_event(typed: str, _defaults: BodyDefaults) -> int:
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 19):
        raise fault("should be the id of an event")
    return int(typed)


_KNOWN: Any = Literal[tuple(EVENT_TYPES)]
_TYPES: Final = PlainValidator(
    _read_types, json_schema_input_type=Annotated[list[_KNOWN], Field(min_length=1, max_length=len(EVENT_TYPES))] | None
)
_POSITION_OR_NULL: Final = json_fields.whole_number(0, 10**18 - 1, may_be_null=True)


class WebhookBody(Body):
    """An address to add, and what it gets."""

    url: Annotated[
        str,
        json_fields.string(lambda typed, _defaults: typed),
        described("Where events are posted: public and `https`.", "https://shop.example/voicepact"),
    ]
    types: Annotated[
        list[str] | None, _TYPES, described("The types of events that it gets; null: all.", ["contract.confirmed"])
    ] = None
    after: Annotated[
        int | None,
        _POSITION_OR_NULL,
        described("The event behind which it begins; null: what comes from now on.", None),
    ] = None


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class WebhookStatusBody(Body):
    """Whether events are sent."""

    status: Annotated[
        WebhookStatus, json_fields.one_of(WebhookStatus), described("`active`: what waits is sent first.", "active")
    ]


class ReplayBody(Body):
    """What to send once more: the events behind `after`, or those that were given up."""

    after: Annotated[int | None, _POSITION_OR_NULL, described("Events behind this one.", 1000)] = None
    to: Annotated[
        int | None, _POSITION_OR_NULL, described("Up to this one, at most 10,000 behind; null: all it was sent.", 1042)
    ] = None  # fmt: skip
    failed: Annotated[bool, described("All that were given up, in place of `after`.", False)] = False


class AttemptsQuery(Query):
    """Which tries to list."""

    event: Annotated[
        int | None,
        json_fields.string(_read_event, shown_as=Annotated[str, Field(pattern="^[0-9]{1,18}$")]),
        described("Only those for the event with this id.", A_POSITION),
    ] = None


@routes.post("/v1/webhooks")
@operator_only(Scope.ADMIN)
@takes(
    WebhookBody, {201: WebhookWithSecretView}, problems={409: "There is a webhook with this address already."},
    is_located=True,
)  # fmt: skip
async def add_webhook_address(request: web.Request, body: WebhookBody) -> web.Response:
    """Add an address. The answer has its secret, which is not shown again."""
    services = request.app[SERVICES]
    shows_only(request)
    if why := why_not_url(body.url, allows_private=services.settings.events_to_private_addresses):
        raise Unprocessable([("url", why)])
    last = await services.feed.rows.last()
    if body.after is not None and body.after > last:
        raise Unprocessable([("after", f"is behind the newest event, which is {last}")])
    after = last if body.after is None else body.after
    added = await add_webhook(services.webhooks, services.encryptor, body.url, body.types, after, _by(request))
    if added is None:
        return problem(409, "There is a webhook with this address already.", field="url")
    webhook_id, secret = added
    row = await services.webhooks.one(webhook_id)
    assert row is not None, "it was just added"
    return _answer_with_secret(row, secret, status=201, headers={"Location": f"/v1/webhooks/{webhook_id}"})


@routes.get("/v1/webhooks")
@operator_only(Scope.ADMIN)
@reads(NoQuery, WholeList[WebhookView])
async def list_webhooks(request: web.Request, _query: NoQuery) -> web.Response:
    """List all webhooks, oldest first."""
    shows_only(request)
    rows = await request.app[SERVICES].webhooks.all()
    return answer_json({"items": [_webhook_json(row) for row in rows], "next": None})


@routes.get("/v1/webhooks/{webhook}")
@operator_only(Scope.ADMIN)
@reads(NoQuery, WebhookView)
async def read_webhook(request: web.Request, _query: NoQuery) -> web.Response:
    """Read one webhook."""
    return answer_json(_webhook_json(await _webhook_in_path(request)))


@routes.patch("/v1/webhooks/{webhook}")
@operator_only(Scope.ADMIN)
@takes(WebhookStatusBody, {200: WebhookView})
async def change_webhook(request: web.Request, body: WebhookStatusBody) -> web.Response:
    """Disable a webhook, or have it sent to again, first what waits."""
    rows, webhook_id = request.app[SERVICES].webhooks, (await _webhook_in_path(request))["id"]
    if body.status is WebhookStatus.DISABLED:
        await rows.disable(webhook_id, DISABLED_BY_OPERATOR, _by(request))
    else:
        await rows.enable(webhook_id, _by(request))
    return answer_json(_webhook_json(await _webhook_in_path(request)))


@routes.delete("/v1/webhooks/{webhook}")
@operator_only(Scope.ADMIN)
@declares(NoQuery, {204: None})
async def remove_webhook(request: web.Request, _query: NoQuery) -> web.Response:
    """Remove a webhook. What waits for it goes, and all that is known of its tries."""
    await request.app[SERVICES].webhooks.remove((await _webhook_in_path(request))["id"], _by(request))
    return web.Response(status=204)


@routes.post("/v1/webhooks/{webhook}/rotate")
@operator_only(Scope.ADMIN)
@declares(NoQuery, {200: WebhookWithSecretView})
async def rotate_webhook_secret(request: web.Request, _query: NoQuery) -> web.Response:
    """Get a new secret. For a day the one before signs, too."""
    services, row = request.app[SERVICES], await _webhook_in_path(request)
    secret = await rotate_secret(services.webhooks, services.encryptor, row["id"], _by(request))
    if secret is None:
        raise web.HTTPNotFound(reason=_NONE)  # it was removed meanwhile
    return _answer_with_secret(await _webhook_in_path(request), secret)


@routes.post("/v1/webhooks/{webhook}/replay")
@operator_only(Scope.ADMIN)
@takes(ReplayBody, {202: ReplayView})
async def replay_webhook(request: web.Request, body: ReplayBody) -> web.Response:
    """Send events once more, with the webhook-id that they had."""
    services, row = request.app[SERVICES], await _webhook_in_path(request)
    if body.failed == (body.after is not None):
        raise Unprocessable([("after", "is required, or failed: true instead of it")])
    if body.failed:
        count = await services.webhooks.replay_failed(row["id"], services.now())
    else:
        assert body.after is not None
        rows, feed = services.webhooks, services.feed.rows
        try:
            count = await replay_from(rows, feed, row["id"], body.after, body.to, services.now())
        except TooManyEvents:
            raise Unprocessable([("to", f"should be at most {MOST_REPLAYED} behind after")]) from None
    return answer_json({"events": count}, status=202)


@routes.get("/v1/webhooks/{webhook}/attempts")
@operator_only(Scope.ADMIN)
@reads(AttemptsQuery, Page[WebhookAttemptView])
async def list_webhook_attempts(request: web.Request, query: AttemptsQuery) -> web.Response:
    """List the newest hundred tries to send, newest first. All, or those for one `event`."""
    row = await _webhook_in_path(request)
    rows = await request.app[SERVICES].webhooks.attempts(row["id"], MAX_LIMIT, query.event)
    return answer_json({"items": [_attempt_json(one) for one in rows], "next": None})


def _answer_with_secret(
    row: Mapping[str, Any], secret: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    shown: WebhookWithSecretView = {**_webhook_json(row), "secret": secret}
    return answer_json(shown, status=status, headers=headers)


def _webhook_json(row: Mapping[str, Any]) -> WebhookView:
    """Return a webhook, never with its secret. `waiting` and `failed` are counted up to 1000."""
    until = row["old_secret_until"]
    return {
        "id": str(row["id"]), "url": row["url"], "types": row["types"], "status": row["status"], "why": row["why"],
        "cursor": str(row["cursor"]), "waiting": row["waiting"], "failed": row["failed"],
        "created_at": utc_text(row["created_at"]), "old_secret_signs_until": shown_time(until),
    }  # fmt: skip


def _attempt_json(row: Mapping[str, Any]) -> WebhookAttemptView:
    """Return a try. `status`: what the event is now; `due_at`: when it is sent again."""
    return {
        "event": str(row["position"]), "at": utc_text(row["at"]), "due_at": shown_time(row["due_at"]),
        "http_status": row["http_status"], "why": row["why"], "took_ms": row["took_ms"], "status": row["status"],
        "tries": row["tries"],
    }  # fmt: skip


def _by(request: web.Request) -> OperatorAct:
    return OperatorAct(operator_of(request), request.app[SERVICES].now())


async def _webhook_in_path(request: web.Request) -> dict[str, Any]:
    """Return the webhook that the path names by id; raise 404 if there is none. It is nobody's."""
    shows_only(request)
    try:
        row = await request.app[SERVICES].webhooks.one(UUID(request.match_info["webhook"]))
    except ValueError:
        row = None
    if row is None:
        raise web.HTTPNotFound(reason=_NONE)
    add_to_log(request, webhook_id=str(row["id"]))
    return row
