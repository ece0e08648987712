"""The door: how many connections there may be, how long each may take to send a head and to read an answer, and its
runner.

aiohttp has no limit of connections, and waits for a head, or for a client to read, as long as a connection lives. The
classes of this folder add these limits to aiohttp's own; `DoorRunner` serves the same way in one process and in each
worker of gunicorn.
"""

import asyncio
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from gateway.door.bodies import BodiesUnderWay
from gateway.door.client_address import counted_address
from gateway.door.connection import Connection
from gateway.door.request import DoorRequest

log = structlog.get_logger()

HEAD_SECONDS = 10.0
IDLE_SECONDS = 75.0  # longer than proxies keep a connection that they mean to use again (nginx: 60 s)
UNREAD_SECONDS = 120.0  # to read an answer: the largest is a file of 5 MiB, over a slow line
_LOOKS_EVERY_SECONDS = 1.0
_ENDED_WITHOUT_DESCRIPTORS = 32  # connections, at each look: room for those who come, and for our own calls
_LOGS_EVERY_SECONDS = 60.0
_STOPPING = "The service is stopping. Please try again."
# Of aiohttp's RequestHandler. A body is taken as it was sent: nothing is unpacked. What a handler has not read is not
# read after it. Header lines are fewer and shorter than aiohttp allows: a browser behind proxies sends some forty.
_OPTIONS: Mapping[str, Any] = {
    "access_log": None, "keepalive_timeout": IDLE_SECONDS, "lingering_time": 0, "auto_decompress": False,
    "max_headers": 64, "max_field_size": 4096,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections a process has at most, and how many bodies it waits for: in all, and from one address (an
    IPv6 /64); None: no limit of its own for an address, because all come from a proxy."""

    total: int = 4000
    per_address: int | None = 1000
    bodies: int = 512
    bodies_of_address: int | None = 256


class Door(web.Server):
    """Lets connections in. Where there is no room, the oldest make room that owe us a head, then those whose clients do
    not read their answer or send requests ahead, then those that are kept alive between two requests; only if all are
    being answered, the new one gets a 503."""

    def __init__(self, limits: ConnectionLimits, handler: Any, request_factory: Any) -> None:
        super().__init__(handler, request_factory=request_factory)
        self._limits = limits
        self._open: dict[Connection, str] = {}  # with its address, oldest first
        self._by_address: dict[str, dict[Connection, None]] = {}
        self.bodies = BodiesUnderWay(limits.bodies, limits.bodies_of_address)
        self._closed_waiting = self._refused = 0
        self._had_no_descriptor = False
        self._logs_next = 0.0
        self._timer = self._loop.call_later(_LOOKS_EVERY_SECONDS, self._look)

    def __call__(self) -> Connection:
        return Connection(self, loop=self._loop, **_OPTIONS)

    def admits(self, connection: Connection, transport: asyncio.Transport) -> bool:
        """Return whether this new connection may stay."""
        peer = transport.get_extra_info("peername")
        address = counted_address(str(peer[0])) if isinstance(peer, tuple) else ""
        neighbours = self._by_address.get(address, {})
        per_address = self._limits.per_address
        if (
            (per_address is not None and len(neighbours) >= per_address and not self._make_room(neighbours))
            or (len(self._open) >= self._limits.total and not self._make_room(self._open))
        ):  # fmt: skip
            self._refused += 1
            return False
        self._open[connection] = address
        self._by_address.setdefault(address, {})[connection] = None
        return True

    def forget(self, connection: Connection) -> None:
        """Count a connection no longer."""
        address = self._open.pop(connection, None)
        if address is not None:
            neighbours = self._by_address[address]
            del neighbours[connection]
            if not neighbours:
                del self._by_address[address]

    def count_body(self, connection: Connection) -> None:
        """Count a body that is waited for on this connection, until `bodies.remove`."""
        self.bodies.add(connection, self._open.get(connection, ""))

    def pre_shutdown(self) -> None:
        """At a stop, what is not here by now comes no more."""
        self._timer.cancel()
        for connection in self._open:
            connection.give_up_body(web.HTTPServiceUnavailable(reason=_STOPPING))
        super().pre_shutdown()

    def _make_room(self, among: Collection[Connection], at_once: int | None = None) -> bool:
        """End those that should make room first, and return whether there were any: `at_once` of them, or one in 64,
        because to look through thousands takes milliseconds, which strangers would have us spend on each connection."""
        silent, greedy, kept_alive = list[Connection](), list[Connection](), list[Connection]()
        for one in among:
            if one.is_waiting and one.head_since is not None:
                silent.append(one)
            elif one.is_greedy:
                greedy.append(one)
            elif one.is_waiting:
                kept_alive.append(one)
        leaving = [*silent, *greedy, *kept_alive][: at_once or len(among) // 64 + 1]
        for one in leaving:
            self.forget(one)
            one.end()
        self._closed_waiting += len(leaving)
        return bool(leaving)

    def _look(self) -> None:
        """End what has taken too long for a head, or for an answer; make room where the process has no file descriptor
        left; and say once a minute that there was no room."""
        now = self._loop.time()
        self._timer = self._loop.call_later(_LOOKS_EVERY_SECONDS, self._look)
        for connection in list(self._open):
            connection.note_unread(now)
            head_since, unread_since = connection.head_since, connection.unread_since
            has_no_head = head_since is not None and now - head_since > HEAD_SECONDS and connection.is_waiting
            if has_no_head or (unread_since is not None and now - unread_since > UNREAD_SECONDS):
                connection.end()
        if not _is_descriptor_left():
            self._had_no_descriptor = True
            self._make_room(self._open, _ENDED_WITHOUT_DESCRIPTORS)
        if now >= self._logs_next:
            self._log_what_had_no_room(now)

    def _log_what_had_no_room(self, now: float) -> None:
        given_up = self.bodies.given_up
        if not (self._closed_waiting or self._refused or given_up or self._had_no_descriptor):
            return
        log.warning(
            "no room for connections", open=len(self._open), closed_waiting=self._closed_waiting, refused=self._refused,
            bodies_given_up=given_up, total=self._limits.total, per_address=self._limits.per_address,
            descriptors="none left" if self._had_no_descriptor else None,
        )  # fmt: skip
        self._closed_waiting = self._refused = self.bodies.given_up = 0
        self._had_no_descriptor = False
        self._logs_next = now + _LOGS_EVERY_SECONDS


def _is_descriptor_left() -> bool:
    """Whether this process could open a file. Where it cannot, the event loop closes new connections without a word."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True


class DoorRunner(web.AppRunner):
    """Serves an application through the door."""

    def __init__(self, app: web.Application, limits: ConnectionLimits, *, drain_seconds: float = 10.0) -> None:
        super().__init__(app, shutdown_timeout=drain_seconds)
        self._limits = limits

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return Door(self._limits, plain.request_handler, partial(self.app._make_request, _cls=DoorRequest))
