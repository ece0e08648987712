"""The door leans on names of aiohttp that are not promised to stay.

Where one of these tests fails, aiohttp has changed: read gateway/door/ beside its web_protocol.py first.
"""

import inspect

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiohttp.web_protocol import RequestHandler

from gateway.door.connection import Connection
from gateway.door.request import DoorRequest
from tests.door_server import DoorServer

OF_CONNECTION = {"_loop", "_waiter", "_messages", "_force_close", "_request_count", "writing_paused", "logger"}
OF_REQUEST = {"_headers", "_payload", "_protocol", "ATTRS"}


async def test_a_connection_and_a_request_have_what_the_door_reads_of_them() -> None:
    found: dict[str, set[str]] = {}

    async def look(request: web.Request) -> web.Response:
        assert isinstance(request, DoorRequest) and isinstance(request.connection, Connection)
        found["connection"] = {name for name in OF_CONNECTION if hasattr(request.connection, name)}
        found["request"] = {name for name in OF_REQUEST if hasattr(request, name)}
        return web.Response()

    app = web.Application()
    app.router.add_get("/", look)
    async with TestClient(DoorServer(app)) as client:
        assert (await client.get("/")).status == 200
    assert found == {"connection": OF_CONNECTION, "request": OF_REQUEST}


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (RequestHandler, "connection_made"),
        (RequestHandler, "connection_lost"),
        (RequestHandler, "data_received"),
        (RequestHandler, "handle_error"),
        (web.Request, "_prepare_hook"),
        (web.Server, "pre_shutdown"),
        (web.Server, "__call__"),
        (web.AppRunner, "_make_server"),
    ],
)
def test_aiohttp_calls_what_the_door_puts_in_its_place(of: type, name: str) -> None:
    assert callable(getattr(of, name))


def test_an_application_makes_requests_of_the_class_that_it_is_given() -> None:
    assert "_cls" in inspect.signature(web.Application._make_request).parameters
