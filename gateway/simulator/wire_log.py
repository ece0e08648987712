"""What the simulated providers posted to the gateway, and what it answered: without any body, which may hold a PIN."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from values.frozen import Frozen, Hidden, asdict

KEPT: Final = 500


class PostedCallback(Frozen):
    """One post. `hook`: provider and route, without the token (`africastalking/ussd`). `status`: 0 if nobody answered.
    `repeats`: this is a second post of the same callback; `is_same`: it got the answer of the first. `msisdn`: whose
    phone it is about, where the callback says so."""

    n: int
    at: datetime
    hook: str
    status: int
    took_ms: int
    msisdn: Hidden[str | None] = None
    repeats: bool = False
    is_same: bool = False
    is_forged: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return all fields; `at` as ISO 8601."""
        return asdict(self) | {"at": self.at.isoformat()}


class WireLog:
    """The last posts, oldest first; a reader may wait for the next one."""

    def __init__(self) -> None:
        self._posts: deque[PostedCallback] = deque(maxlen=KEPT)
        self._count = 0
        self._arrival, self._is_closed = asyncio.Event(), False

    def add(self, at: datetime, hook: str, status: int, took_ms: int, **more: Any) -> None:
        """Keep a post, and wake who waits for one."""
        self._count += 1
        self._posts.append(PostedCallback(self._count, at, hook, status, took_ms, **more))
        self._wake()

    async def wait_for(self, after: int, seconds: float) -> list[PostedCallback]:
        """Return the posts after the `after`th; if there are none, wait up to `seconds` for one."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := [each for each in self._posts if each.n > after]) and not self._is_closed:
                    await self._arrival.wait()
        except TimeoutError:
            return []
        return found

    def close(self) -> None:
        """End all waiting, so that it does not hold up the stop."""
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()


def hook_of(path: str) -> str:
    """Return the hook in a path `/hooks/{token}/…`: without the token, and without the mark of a transfer.

    >>> hook_of("/hooks/secret/daraja/payments/stk/0192.mark"), hook_of("/hooks/secret/africastalking/ussd")
    ('daraja/payments/stk', 'africastalking/ussd')
    """
    parts = path.partition("/hooks/")[2].split("/")[1:]
    return "/".join(parts[:3])


def msisdn_in(fields: Mapping[str, str] | bytes) -> str | None:
    """Return whose phone a form of Africa's Talking is about."""
    return None if isinstance(fields, bytes) else fields.get("phoneNumber") or fields.get("from")
