"""The bodies that a process waits for: how many there may be, and which one is given up for a new one."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from gateway.door.connection import Connection

_TOO_MANY_OF_ADDRESS = "There are too many bodies under way from this address. Please send each in one piece."
_TOO_MANY = "There are too many bodies under way. Please try again."


class BodiesUnderWay:
    """Where there are `most` in all, or `most_of_address` from one address (None: no limit), the oldest is given up:
    an honest body comes within a moment of its head, so the oldest is the least likely to come at all."""

    def __init__(self, most: int, most_of_address: int | None) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._all: dict[Connection, str] = {}  # with its address, oldest first
        self._by_address: dict[str, dict[Connection, None]] = {}
        self.given_up = 0

    def __len__(self) -> int:
        """How many are waited for."""
        return len(self._all)

    def add(self, connection: "Connection", address: str) -> None:
        """Note that the body of a request on this connection is waited for."""
        neighbours = self._by_address.get(address, {})
        if self._most_of_address is not None and len(neighbours) >= self._most_of_address:
            self._give_up(next(iter(neighbours)), web.HTTPTooManyRequests(reason=_TOO_MANY_OF_ADDRESS))
        elif len(self._all) >= self._most:
            self._give_up(next(iter(self._all)), web.HTTPServiceUnavailable(reason=_TOO_MANY))
        self._all[connection] = address
        self._by_address.setdefault(address, {})[connection] = None

    def remove(self, connection: "Connection") -> None:
        """Note that it is waited for no longer."""
        address = self._all.pop(connection, None)
        if address is not None:
            neighbours = self._by_address[address]
            del neighbours[connection]
            if not neighbours:
                del self._by_address[address]

    def _give_up(self, connection: "Connection", why: web.HTTPException) -> None:
        self.remove(connection)
        connection.give_up_body(why)
        self.given_up += 1
