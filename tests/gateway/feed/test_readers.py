"""Thousands of acts, while readers come, go and are killed: each has each event once, in order.

VOICEPACT_ACTS: how many acts; each contract is three of them.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator

import aiohttp
import orjson

from tests.gateway.feed.reading import (
    Event,
    all_events,
    check_complete,
    events_in,
    get_json,
    live_by_server_sent_events,
    live_by_websocket,
    make_contract,
    sent,
)
from tests.service import Service

ACTS = int(os.environ.get("VOICEPACT_ACTS", "180"))
_AT_ONCE = 8


class Reader:
    """A program that follows events, and is killed again and again. All that it keeps is what it has read."""

    def __init__(self, service: Service, seed: int) -> None:
        self.service, self.random = service, random.Random(seed)  # noqa: S311 - a test's own
        self.events: list[Event] = []
        self.killed = 0

    @property
    def after(self) -> str:
        return self.events[-1]["id"] if self.events else "0"

    async def run(self) -> None:
        """Read until cancelled; every now and then the connection breaks amid what is being read."""
        while True:
            lives = self.random.randint(1, 60)
            try:
                async for event in self.read():
                    self.events.append(event)
                    lives -= 1
                    if not lives:
                        self.killed += 1
                        break
            except aiohttp.ClientResponseError as away:
                assert away.status == 503, "it is busy, and nothing else is wrong"
                await asyncio.sleep(0.2)

    def read(self) -> AsyncIterator[Event]:
        raise NotImplementedError


class PollingReader(Reader):
    async def read(self) -> AsyncIterator[Event]:
        limit = self.random.randint(1, 30)
        page = await get_json(self.service, f"/v1/events?after={self.after}&limit={limit}")
        for event in page["items"]:
            yield event
        if not page["more"]:
            await asyncio.sleep(0.02)


class WebSocketReader(Reader):
    async def read(self) -> AsyncIterator[Event]:
        path = f"/v1/events/live?after={self.after}"
        async with live_by_websocket(self.service, path, self.random.randint(0, 1)) as socket:
            async for message in socket:
                yield orjson.loads(message.data)


class ServerSentEventsReader(Reader):
    async def read(self) -> AsyncIterator[Event]:
        last = {"Last-Event-ID": self.after}
        async with live_by_server_sent_events(
            self.service, "/v1/events/live", self.random.randint(0, 1), **last
        ) as answer:  # fmt: skip
            async for _, event in events_in(answer):
                yield event


async def act(service: Service, numbers: "asyncio.Queue[int]", worker: int) -> None:
    while not numbers.empty():
        await make_contract(service, numbers.get_nowait(), worker)


async def test_each_reader_has_each_event_once_in_order(service: Service) -> None:
    kinds = (PollingReader, WebSocketReader, ServerSentEventsReader)
    readers = [kind(service, seed) for seed in range(2) for kind in kinds]
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    numbers: asyncio.Queue[int] = asyncio.Queue()
    for number in range(ACTS // 3):
        numbers.put_nowait(number)
    await asyncio.gather(*(act(service, numbers, place % 2) for place in range(_AT_ONCE)))
    await sent(service, within=1800)
    events = await check_complete(service)
    try:
        async with asyncio.timeout(1800):
            while any(len(reader.events) < len(events) for reader in readers):
                assert not any(task.done() for task in reading), "a reader was refused"
                await asyncio.sleep(0.05)
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    events = await all_events(service)
    for reader in readers:
        assert reader.events == events[: len(reader.events)], type(reader).__name__
        assert reader.killed > ACTS // 60
    print(f"{ACTS} acts, {len(events)} events, readers killed {[reader.killed for reader in readers]}")  # noqa: T201
