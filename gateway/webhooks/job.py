"""Background job: delivers events to all endpoints, each by the one process that holds its lease.

A process that is killed leaves its lease behind, which ends after seconds; another then goes on where it was. What it
had sent and not recorded is sent again: the receiver knows it by its webhook-id.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import aiohttp

from contracts.actions import Clock
from gateway.background.repeat import JobState
from gateway.feed.tail import FeedTail
from gateway.outgoing import open_client
from gateway.webhooks.addresses import public_socket
from gateway.webhooks.endpoint import Endpoint
from gateway.webhooks.schedule import RetryTimes
from storage.encryption import Encryptor
from storage.postgres import database
from storage.webhooks import WebhookRows
from values.ids import new_id

CALL_SECONDS = 15.0
_LEASE_SECONDS = 10.0
_PAUSE_SECONDS = 1.0


class WebhookJob:
    """`allows_private`: also to addresses that are not public."""

    def __init__(
        self, rows: WebhookRows, feed: FeedTail, encryptor: Encryptor, now: Clock, *, allows_private: bool,
        times: RetryTimes | None = None,
    ) -> None:  # fmt: skip
        self._rows, self._feed, self._encryptor, self._now = rows, feed, encryptor, now
        self._allows_private, self._times = allows_private, times or RetryTimes()
        self._holder = new_id()
        self._held_until = dict[UUID, float]()  # the loop's time
        self._running = dict[UUID, tuple[Endpoint, asyncio.Task[None]]]()

    async def run(self, job: JobState) -> None:
        """Deliver, until cancelled; then let the calls under way finish."""
        async with open_client(CALL_SECONDS, None if self._allows_private else public_socket) as http:
            try:
                while True:
                    try:
                        await self._look(http, job)
                        job.succeeded(_PAUSE_SECONDS)
                    except Exception as fault:  # if the job ended, nobody would notice
                        job.failed(fault)
                    await asyncio.sleep(_PAUSE_SECONDS)
            finally:
                self._held_until.clear()
                if self._running:
                    await asyncio.wait([task for _, task in self._running.values()], timeout=CALL_SECONDS)
                with suppress(*database.UNAVAILABLE):
                    await self._rows.release(self._holder)

    async def _look(self, http: aiohttp.ClientSession, job: JobState) -> None:
        """Renew the leases, and begin to deliver to endpoints that nobody delivered to."""
        asked_at = asyncio.get_running_loop().time()
        held = {each.id: each for each in await self._rows.hold(self._holder, _LEASE_SECONDS)}
        self._held_until = dict.fromkeys(held, asked_at + _LEASE_SECONDS / 2)
        for endpoint_id, (_, task) in list(self._running.items()):
            if task.done():
                del self._running[endpoint_id]
                if not task.cancelled() and isinstance(fault := task.exception(), Exception):
                    job.failed(fault)
        for endpoint_id, each in held.items():
            if endpoint_id in self._running:
                self._running[endpoint_id][0].update(each)
                continue
            endpoint = Endpoint(each, self._rows, self._feed, self._encryptor, self._holder, self._now, self._times)
            task = asyncio.create_task(endpoint.run(http, self._holds(endpoint_id)))
            self._running[endpoint_id] = (endpoint, task)

    def _holds(self, endpoint_id: UUID) -> Callable[[], bool]:
        return lambda: self._held_until.get(endpoint_id, 0.0) > asyncio.get_running_loop().time()
