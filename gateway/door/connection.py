"""One connection: whether it is let in, since when it owes us the head of a request, whether its body is waited for,
and since when it leaves an answer unread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gateway.http import problem

if TYPE_CHECKING:
    from gateway.door.door import Door

MOST_HEAD_BYTES = 32 * 1024  # of a head whose end has not come
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connection(RequestHandler):
    """aiohttp's connection, with a door in front of it.

    `head_since`: the loop's time since which a head has been under way: since the connection was made for the first,
    since their first bytes for those that follow; None while there is none. `unread_since`: the loop's time since which
    bytes of an answer have been waiting here for a client that does not read; only `note_unread` changes it.
    `why_body_given_up`: the answer to a request whose body is not waited for any longer, before its time was over.
    """

    __slots__ = ("_body_deadline", "_door", "_head_bytes", "_line", "head_since", "unread_since", "why_body_given_up")

    def __init__(self, door: "Door", **kwargs: Any) -> None:
        super().__init__(door, **kwargs)
        self._door = door
        self.head_since: float | None = self._loop.time()
        self._head_bytes = 0
        self._body_deadline: asyncio.Timeout | None = None
        self.why_body_given_up: web.HTTPException | None = None
        self.unread_since: float | None = None
        self._line: asyncio.Transport | None = None  # aiohttp forgets its transport when it begins to close

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered here."""
        return self._waiter is not None and not self._waiter.done()

    @property
    def is_greedy(self) -> bool:
        """Whether its client does not read what is written for it, or has sent requests ahead, as no provider and no
        proxy does: it would be being answered at every moment."""
        return self.writing_paused or bool(self._messages) or (self._line is not None and self._line.is_closing())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writable = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        if self._door.admits(self, writable):
            self._line = writable
            super().connection_made(transport)
        else:
            self._force_close = True
            writable.write(_BUSY)
            writable.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.forget(self)
        self._line = None
        super().connection_lost(exc)

    def end(self) -> None:
        """Close now. `force_close` alone waits, for ever, until the client has read what was written."""
        self.force_close()
        if self._line is not None:
            self._line.abort()

    def note_unread(self, now: float) -> None:
        """Note whether bytes of an answer are still here."""
        if self._line is None or not self._line.get_write_buffer_size():
            self.unread_since = None
        elif self.unread_since is None:
            self.unread_since = now

    def data_received(self, data: bytes) -> None:
        """Take bytes. Close if they are too many for a head: aiohttp would keep a megabyte of each that never ends."""
        known = self._request_count
        super().data_received(data)
        if self._request_count != known:
            self.head_since, self._head_bytes = None, 0
        elif self.head_since is not None or self.is_waiting:
            self.head_since = self.head_since or self._loop.time()
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self.end()

    @contextmanager
    def waits_for_body(self, deadline: asyncio.Timeout) -> Iterator[None]:
        """Have the body count among those that this process waits for, until it is here or `deadline` is over."""
        self._body_deadline, self.why_body_given_up = deadline, None
        self._door.count_body(self)
        try:
            yield
        finally:
            self._door.bodies.remove(self)
            self._body_deadline = None

    def give_up_body(self, why: web.HTTPException) -> None:
        """End a wait for a body now, if there is one."""
        if self._body_deadline is not None and not self._body_deadline.expired():
            self.why_body_given_up = why
            self._body_deadline.reschedule(self._loop.time())

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.Response:
        """Answer what is no HTTP (400), or what no middleware has answered. Nothing of the request is repeated or
        logged: it may hold a token or a PIN."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way already")
        if status >= 500:
            self.logger.error("unexpected, outside of every route: %s", type(exc).__name__)
        answer = problem(status, "This is not an HTTP request." if status == 400 else "Something went wrong.")
        answer.force_close()
        return answer
