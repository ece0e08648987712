"""A program of an operator that receives events, as one in production does: a server that checks signatures."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

Decision = Callable[[dict[str, Any], int], int]  # an event, and how often it was sent before: the status to answer


@dataclass
class Receiver:
    """`decide` gives the status of each answer. `sent`: all that came, in order; `had`: what was answered with 2xx;
    `refused`: the ids of those that were not."""

    decide: Decision = lambda _event, _before: 204
    secrets: list[str] = field(default_factory=list)
    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    had: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    redirected: int = 0

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        event: dict[str, Any] = orjson.loads(body)
        for secret in self.secrets:  # raises if the signature is not of this secret, or is old
            assert Webhook(secret).verify(body, dict(request.headers)) == event
        before = sum(one["id"] == event["id"] for one in self.sent)
        self.sent.append(event)
        self.ids.append(request.headers["webhook-id"])
        status = self.decide(event, before)
        if 200 <= status < 300:
            self.had.append(event)
        else:
            self.refused.append(event["id"])
        return web.Response(status=status, headers={"Location": "/elsewhere"} if 300 <= status < 400 else {})

    async def elsewhere(self, _request: web.Request) -> web.Response:
        self.redirected += 1
        return web.Response()


@asynccontextmanager
async def open_receiver(decide: Decision = lambda _event, _before: 204) -> AsyncIterator[Receiver]:
    receiver = Receiver(decide)
    app = web.Application()
    app.router.add_post("/events", receiver.receive)
    app.router.add_route("*", "/elsewhere", receiver.elsewhere)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/events"))
        yield receiver
