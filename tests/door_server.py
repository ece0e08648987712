"""The server of a test that lets requests in by the same door as `voicepact serve`."""

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.door.door import ConnectionLimits, DoorRunner


class DoorServer(TestServer):
    """aiohttp's server for tests, behind the door."""

    def __init__(self, app: web.Application, limits: ConnectionLimits | None = None) -> None:
        super().__init__(app)
        self._limits = limits or ConnectionLimits()

    async def _make_runner(self, **_kwargs: Any) -> web.AppRunner:
        return DoorRunner(self.app, self._limits)
