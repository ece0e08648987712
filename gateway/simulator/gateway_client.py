"""Posts to the gateway's hooks as a provider does, with repeats."""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from gateway.simulator.wire_log import WireLog, hook_of, msisdn_in
from values.frozen import Frozen, Hidden

HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "at-ussd-api/1.0",
    "Accept-Encoding": "gzip",
}
TIMEOUT_SECONDS: Final = 10.0  # as long as Africa's Talking waits for a hop
POSTS_AT_ONCE: Final = 50  # with a thousand reports at once, most would time out waiting for a connection
_OF_A_CALL: Final = ("ussd", "ussd/events")  # a person holds the line


class GatewayAnswer(Frozen):
    """The gateway's answer to a post."""

    status: int
    content_type: str
    body: Hidden[bytes]


class Delivery(Frozen):
    """The last HTTP status of a repeated post, 0 if the gateway was not reached, and the number of tries."""

    status: int
    tries: int


class GatewayClient:
    """Posts to one gateway. `retry_seconds` is the wait before the first repeat; each next wait is twice as long.

    `wire`: what was posted. `repeats` and `delay_seconds`: trouble that a person makes, see `wire_control.py`."""

    def __init__(self, gateway_url: str, token: str, retry_seconds: float, tries: int) -> None:
        self.gateway_url = gateway_url
        self.token = token
        self.wire = WireLog()
        self.repeats, self.delay_seconds = False, 0.0
        self._retry_seconds = retry_seconds
        self._tries = tries
        self._free_posts = asyncio.Semaphore(POSTS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))

    async def close(self) -> None:
        """Cancel what is still to be posted, and close the connections."""
        self.wire.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def url(self, hook: str, provider: str) -> str:
        """Return the URL of this hook."""
        return f"{self.gateway_url.rstrip('/')}/hooks/{quote(self.token, safe='')}/{provider}/{hook}"

    async def post(
        self, hook: str, fields: Mapping[str, str] | bytes, provider: str = "africastalking",
        headers: Mapping[str, str] = HEADERS, *, is_forged: bool = False,
    ) -> GatewayAnswer:  # fmt: skip
        """Post once to `/hooks/{token}/{provider}/{hook}`: the fields of a form, or a body as it is. Raise
        aiohttp.ClientError or TimeoutError. `is_forged`: it is no provider's, and is marked so in `wire`."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        if hook not in _OF_A_CALL and not is_forged:
            await asyncio.sleep(self.delay_seconds)
        told = {"msisdn": msisdn_in(fields), "is_forged": is_forged}
        return await self._post(URL(self.url(hook, provider), encoded=True), body, headers, told)

    async def post_at(self, path: str, body: bytes, headers: Mapping[str, str]) -> GatewayAnswer:
        """Post a body once to this path of the gateway. Raise as `post` does."""
        await asyncio.sleep(self.delay_seconds)
        return await self._post(URL(self.gateway_url.rstrip("/") + path, encoded=True), body, headers, {})

    async def _post(
        self, url: URL, body: bytes, headers: Mapping[str, str], told: Mapping[str, Any]
    ) -> GatewayAnswer:  # fmt: skip
        """Post, and once more if callbacks are to be repeated; return the first answer. Both are in `wire`."""
        first = await self._post_once(url, body, headers, told, None)
        if self.repeats and not told.get("is_forged"):
            with suppress(aiohttp.ClientError, TimeoutError):
                await self._post_once(url, body, headers, told, first)
        return first

    async def _post_once(
        self, url: URL, body: bytes, headers: Mapping[str, str], told: Mapping[str, Any], first: GatewayAnswer | None
    ) -> GatewayAnswer:
        assert self._session is not None, "open() comes first"
        began, at, answer = time.perf_counter(), datetime.now(UTC), None
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                content_type = response.headers.get("Content-Type", "")
                answer = GatewayAnswer(response.status, content_type, await response.read())
                return answer
        finally:
            took_ms = round((time.perf_counter() - began) * 1000)
            is_repeat = {"repeats": first is not None, "is_same": first is not None and first == answer}
            status = answer.status if answer else 0
            self.wire.add(at, hook_of(url.raw_path), status, took_ms, **told, **is_repeat)

    async def deliver(
        self, hook: str, fields: Mapping[str, str] | bytes, provider: str = "africastalking",
        headers: Mapping[str, str] = HEADERS,
    ) -> Delivery:  # fmt: skip
        """Post until the gateway answers 200, but only a few times; a real provider repeats for hours."""
        status, wait = 0, self._retry_seconds
        for attempt in range(1, self._tries + 1):
            try:
                async with self._free_posts:
                    status = (await self.post(hook, fields, provider, headers)).status
            except (aiohttp.ClientError, TimeoutError):
                status = 0
            if status == 200 or attempt == self._tries:
                return Delivery(status, attempt)
            await asyncio.sleep(wait)
            wait *= 2
        return Delivery(status, self._tries)

    def run_in_background(self, posting: Coroutine[object, object, None]) -> None:
        """Run `posting` without waiting for it; close() cancels it."""
        task = asyncio.get_running_loop().create_task(posting)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
