"""The provider's way to the gateway: form posts to the hooks, repeated where the provider repeats them."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Final
from urllib.parse import urlencode

import aiohttp

from values.frozen import Frozen, Hidden

HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "at-ussd-api/1.0",
    "Accept-Encoding": "gzip",
}
DEADLINE_SECONDS: Final = 10.0  # what the provider grants a hop
DELIVERIES_AT_ONCE: Final = 50  # a thousand reports waiting for a connection would spend their deadline in the queue


class Answer(Frozen):
    """What the gateway said."""

    status: int
    content_type: str
    body: Hidden[bytes]


class Delivery(Frozen):
    """How a repeated post went: the last status, 0 when the gateway was never reached."""

    status: int
    tries: int


class GatewayClient:
    """Posts to one gateway. `retry_seconds` is the first wait between repeats; each next one is twice as long."""

    def __init__(self, gateway_url: str, token: str, retry_seconds: float, tries: int) -> None:
        self.gateway_url = gateway_url
        self.token = token
        self._retry_seconds = retry_seconds
        self._tries = tries
        self._turns = asyncio.Semaphore(DELIVERIES_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE_SECONDS))

    async def close(self) -> None:
        """Drop what is still to be posted and hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def url(self, hook: str, provider: str) -> str:
        """The gateway's address for this hook."""
        return f"{self.gateway_url.rstrip('/')}/hooks/{self.token}/{provider}/{hook}"

    async def post(
        self, hook: str, fields: Mapping[str, str], provider: str = "africastalking",
        headers: Mapping[str, str] = HEADERS,
    ) -> Answer:  # fmt: skip
        """One try at `/hooks/{token}/{provider}/{hook}`. Raises aiohttp.ClientError or TimeoutError."""
        assert self._session is not None, "open() comes first"
        url, body = self.url(hook, provider), urlencode(fields).encode()
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return Answer(response.status, response.headers.get("Content-Type", ""), await response.read())

    async def deliver(
        self, hook: str, fields: Mapping[str, str], provider: str = "africastalking",
        headers: Mapping[str, str] = HEADERS,
    ) -> Delivery:  # fmt: skip
        """Post until the gateway says 200, a few times: what the provider does for hours fits a test here."""
        status, wait = 0, self._retry_seconds
        for attempt in range(1, self._tries + 1):
            try:
                async with self._turns:
                    status = (await self.post(hook, fields, provider, headers)).status
            except (aiohttp.ClientError, TimeoutError):
                status = 0
            if status == 200 or attempt == self._tries:
                return Delivery(status, attempt)
            await asyncio.sleep(wait)
            wait *= 2
        return Delivery(status, self._tries)

    def later(self, posting: Coroutine[object, object, None]) -> None:
        """Run `posting` beside the request at hand; close() ends it."""
        task = asyncio.get_running_loop().create_task(posting)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
