"""Posts to the gateway's hooks as a provider does, with repeats."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Final
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from values.frozen import Frozen, Hidden

HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "at-ussd-api/1.0",
    "Accept-Encoding": "gzip",
}
TIMEOUT_SECONDS: Final = 10.0  # as long as Africa's Talking waits for a hop
POSTS_AT_ONCE: Final = 50  # with a thousand reports at once, most would time out waiting for a connection


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
    """Posts to one gateway. `retry_seconds` is the wait before the first repeat; each next wait is twice as long."""

    def __init__(self, gateway_url: str, token: str, retry_seconds: float, tries: int) -> None:
        self.gateway_url = gateway_url
        self.token = token
        self._retry_seconds = retry_seconds
        self._tries = tries
        self._free_posts = asyncio.Semaphore(POSTS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))

    async def close(self) -> None:
        """Cancel what is still to be posted, and close the connections."""
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
        headers: Mapping[str, str] = HEADERS,
    ) -> GatewayAnswer:  # fmt: skip
        """Post once to `/hooks/{token}/{provider}/{hook}`: the fields of a form, or a body as it is. Raise
        aiohttp.ClientError or TimeoutError."""
        assert self._session is not None, "open() comes first"
        url, body = self.url(hook, provider), fields if isinstance(fields, bytes) else urlencode(fields).encode()
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return GatewayAnswer(response.status, response.headers.get("Content-Type", ""), await response.read())

    async def post_at(self, path: str, body: bytes, headers: Mapping[str, str]) -> GatewayAnswer:
        """Post a body once to this path of the gateway. Raise as `post` does."""
        assert self._session is not None, "open() comes first"
        url = URL(self.gateway_url.rstrip("/") + path, encoded=True)
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return GatewayAnswer(response.status, response.headers.get("Content-Type", ""), await response.read())

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
