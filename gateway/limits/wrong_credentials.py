"""Wrong API keys and wrong webhook tokens: counted by address, and logged with one line a minute."""

import asyncio
from collections import Counter
from typing import Final

import structlog
from aiohttp import web

from gateway.door.client_address import client_address, counted_address, masked_address
from gateway.limits.table import WRONG_KEYS, WRONG_TOKENS
from gateway.limits.use_counter import UseCounter

log = structlog.get_logger()

_LOG_EVERY_SECONDS: Final = 60.0
_ADDRESSES_SHOWN: Final = 5
_ADDRESSES_COUNTED: Final = 1000
_OTHERS: Final = "others"


class WrongCredentials:
    """One per process."""

    def __init__(self, proxy_hops: int) -> None:
        self._proxy_hops = proxy_hops
        self._keys_by_address = UseCounter(WRONG_KEYS)
        self._tokens_by_address = UseCounter(WRONG_TOKENS)
        self._keys = self._tokens = 0
        self._addresses: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def wrong_key(self, request: web.Request) -> int:
        """Count a request with a wrong API key, or none. Return 0, or after how many seconds its address, which sent
        too many, may try again."""
        self._keys += 1
        return self._keys_by_address.retry_after_seconds(self._note(request))

    def wrong_token(self, request: web.Request) -> bool:
        """Count a request with a wrong webhook token. Return whether its address sent too many."""
        self._tokens += 1
        return self._tokens_by_address.retry_after_seconds(self._note(request)) > 0

    def write_line(self) -> None:
        """Log what was counted since the last line, if anything was; the addresses with the most requests first."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if not self._addresses:
            return
        shown = dict(self._addresses.most_common(_ADDRESSES_SHOWN))
        log.warning(
            "wrong keys and tokens", keys=self._keys, tokens=self._tokens, addresses=shown,
            further_addresses=len(self._addresses) - len(shown),
        )  # fmt: skip
        self._keys = self._tokens = 0
        self._addresses.clear()

    def _note(self, request: web.Request) -> str:
        """Note who sent a request, for the log line; return what limits count for it."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOG_EVERY_SECONDS, self.write_line)
        address = client_address(request, self._proxy_hops)
        masked = masked_address(address)
        is_counted = masked in self._addresses or len(self._addresses) < _ADDRESSES_COUNTED
        self._addresses[masked if is_counted else _OTHERS] += 1
        return counted_address(address)
