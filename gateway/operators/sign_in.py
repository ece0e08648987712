"""Finds who sends a request, by its key.

The keys are few, so a process remembers all of them, for two seconds: a key that was revoked anywhere stops within
that. A key that it does not know may be a new one, so it reads them again, at most four times a second: strangers who
try keys cost no more trips than that. While the database is away nobody knows whether a key was revoked, and
requests get 503; only API_KEY needs no row.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Final

from gateway.operators.acting import ActingOperator, KeyFault, bootstrap_admin, operator_with_key
from gateway.operators.keys import digest_of, is_key
from storage.operators import KeyRow, OperatorRows

_KNOWN_SECONDS: Final = 2.0
_UNKNOWN_SECONDS: Final = 0.25


class SignIn:
    """One per process."""

    def __init__(self, rows: OperatorRows, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows, self._clock = rows, clock
        self._keys: dict[bytes, KeyRow] = {}
        self._read_at = -inf
        self._reading = asyncio.Lock()

    async def find(self, given: str, api_key: str, now: datetime) -> ActingOperator | KeyFault:
        """Return whose key was given. Raise what the database raises if it must be asked, and is away."""
        if not given.isascii():  # the header may hold any bytes
            return KeyFault.UNKNOWN
        if admin := bootstrap_admin(given, api_key):
            return admin
        if not is_key(given):
            return KeyFault.UNKNOWN
        if not self._is_fresh(given):
            async with self._reading:
                if not self._is_fresh(given):
                    began_at = self._clock()
                    self._keys = {row.sha256: row for row in await self._rows.keys(now)}
                    self._read_at = began_at
        return operator_with_key(given, self._keys, now)

    def _is_fresh(self, given: str) -> bool:
        """Whether what is remembered is young enough to decide about this key."""
        longest = _KNOWN_SECONDS if digest_of(given) in self._keys else _UNKNOWN_SECONDS
        return self._clock() - self._read_at < longest
