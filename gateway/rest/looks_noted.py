"""Each answer that shows somebody is a look, and is written down before it is sent: who, at whom, when, by which route.

Whom it shows is read from the answer itself, so that no route can forget it: each id in it, and each number. A file or
a zip has none to read; there it is the contract of the path. What an act answers is no look: the audit of its contract
says who, whom and when.
"""

import re
from typing import Final
from uuid import UUID

from aiohttp import web

from gateway.middleware import route_of
from gateway.operators.acting import ActingOperator
from gateway.rest.request_log import logged_fields
from gateway.services import SERVICES

_ID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MSISDN = re.compile(rb"\+[1-9][0-9]{7,14}(?![0-9])")
_LOGGED = ("contract_id", "message_id")  # fields of the log line that say what a path named
_SHOWN: Final = web.RequestKey("shown_ids", frozenset[UUID])


def shows_only(request: web.Request, *ids: UUID) -> None:
    """Say that the answer shows these alone: the ids in it are ids, with nothing of a person beside them."""
    request[_SHOWN] = frozenset(ids)


async def note_look(request: web.Request, answer: web.StreamResponse, operator: ActingOperator) -> None:
    """Write down whom a successful answer shows. Raise what the database raises: then nobody sees it."""
    logged = logged_fields(request)
    if not isinstance(answer, web.Response) or answer.status >= 300 or "acted" in logged:
        return
    body = answer.body if answer.content_type == "application/json" else None
    text = body if isinstance(body, bytes) else b""
    ids = {UUID(logged[name]) for name in _LOGGED if name in logged}
    msisdns: set[str] = set()
    if (shown := request.get(_SHOWN)) is not None:
        ids |= shown
    else:
        ids |= {UUID(found.decode()) for found in _ID.findall(text)}
        msisdns = {found.decode() for found in _MSISDN.findall(text)}
    if ids or msisdns:
        services = request.app[SERVICES]
        what = f"{request.method} {route_of(request)}"
        await services.looks.note(operator.looker, what, services.now(), ids=ids, msisdns=msisdns)
