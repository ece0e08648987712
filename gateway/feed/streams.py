"""Live streams: events as they happen, to one client, by WebSocket or server-sent events.

A stream sends one batch, waits until the client has taken it, and only then asks for the next. So a slow client holds a
batch in memory, and one that stops reading is cut off by the door; it comes back with the position of its last event.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from aiohttp import WSCloseCode, WSMsgType, web

from gateway.feed.shapes import FeedEvent
from gateway.feed.tail import FeedTail
from gateway.services import SERVICES
from storage.postgres import database

MOST_STREAMS: Final = 500  # at once, of one process: each is an open connection
SIGN_OF_LIFE_SECONDS: Final = 15.0  # proxies cut off what is silent for a minute
_AGAIN_SECONDS = 1.0  # while the database is away
_RETRY_MS = 1000  # an EventSource comes back after this

StillAllowed = Callable[[], Awaitable[bool]]  # whether the key of this stream is still good


async def batches(
    tail: FeedTail, position: int, contract_id: UUID | None, still_allowed: StillAllowed
) -> AsyncIterator[list[FeedEvent]]:  # fmt: skip
    """Yield the events behind `position` in order, of one contract or of all, for ever: until the process stops, or the
    key is no longer good or cannot be looked up. An empty batch is a sign of life."""
    clock = asyncio.get_running_loop().time
    alive_until = clock() + SIGN_OF_LIFE_SECONDS
    while not tail.is_closed:
        try:
            events, position = await tail.after(position)
        except database.UNAVAILABLE:
            events = []
            await asyncio.sleep(_AGAIN_SECONDS)
        found = [event for event in events if contract_id in (None, event.contract_id)]
        if is_time := clock() > alive_until:
            try:
                if not await still_allowed():
                    return
            except database.UNAVAILABLE:  # the client comes back; a WebSocket would stay open, and tell nothing
                return
            alive_until = clock() + SIGN_OF_LIFE_SECONDS
        if found or is_time:
            yield found
            continue
        await tail.wait_beyond(position, alive_until - clock())


async def stream_by_websocket(
    request: web.Request, found: AsyncIterator[list[FeedEvent]]
) -> web.WebSocketResponse:  # fmt: skip
    """Send each event as one text message. What the client sends is ignored. At a stop the close code is 1001."""
    socket = web.WebSocketResponse(heartbeat=SIGN_OF_LIFE_SECONDS, max_msg_size=1024)
    await socket.prepare(request)
    sending = asyncio.create_task(_send_messages(socket, found))
    try:
        async for message in socket:  # ends once the client has closed, or does not answer a ping
            if message.type is WSMsgType.ERROR:
                break
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    return socket


async def _send_messages(socket: web.WebSocketResponse, found: AsyncIterator[list[FeedEvent]]) -> None:
    with suppress(ConnectionError):
        async for events in found:
            for event in events:
                await socket.send_str(event.body.decode())
    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"come back with after=")


async def stream_by_server_sent_events(
    request: web.Request, found: AsyncIterator[list[FeedEvent]]
) -> web.StreamResponse:  # fmt: skip
    """Send each event with its id, so that an EventSource that reconnects goes on behind the last it had."""
    answer = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await answer.prepare(request)
    with suppress(ConnectionError):
        await answer.write(b"retry: %d\n\n" % _RETRY_MS)
        async for events in found:
            lines = [b"id: %d\ndata: %b\n\n" % (event.position, event.body) for event in events]
            await answer.write(b"".join(lines) or b": still here\n\n")
        await answer.write_eof()
    return answer


async def end_streams(app: web.Application) -> None:
    """At a stop: let all streams end, and their clients come back to another process."""
    app[SERVICES].feed.close()
