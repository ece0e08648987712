"""A service that has no file descriptor left: it says so once, makes room, and answers callers again."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp
import orjson
import pytest
import pytest_asyncio

from gateway.door.descriptors import connection_limits
from gateway.door.door import ConnectionLimits
from gateway.settings import Settings
from tests.handset import Edge, Handset
from tests.serving import Serving, open_serving

_TOKEN = "hooks-token-of-a-test"  # noqa: S105 - a test's own
_LEFT = 4  # descriptors
_WITHIN_SECONDS = 120.0  # on a busy machine


@pytest_asyncio.fixture
async def serving(tmp_path: Path, database_url: str, redis_url: str) -> AsyncIterator[Serving]:
    urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "AT_BASE_URL": "http://127.0.0.1:9"}
    async with open_serving(tmp_path / "data", ENVIRONMENT="testing", WEBHOOK_TOKEN=_TOKEN, **urls) as serving:
        yield serving


@contextmanager
def few_descriptors(pid: int) -> Iterator[None]:
    """Leave this process a few file descriptors more than it has open."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    open_now = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + _LEFT, hard))
    yield
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


async def answered(serving: Serving) -> str:
    """Dial until the service answers; return the screen."""
    phone = Handset(Edge(serving.http, serving.url, _TOKEN, "nowhere"), "+254712345678")
    async with asyncio.timeout(_WITHIN_SECONDS):
        while True:
            try:
                return (await phone.dial()).text
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


def lines_of(serving: Serving) -> list[dict[str, object]]:
    lines = [orjson.loads(line) for line in serving.log.read_bytes().splitlines()]
    return [line for line in lines if line["event"] == "no room for connections"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
async def test_callers_are_answered_again_while_idle_connections_hold_all_descriptors(serving: Serving) -> None:
    assert serving.process
    home = await answered(serving)
    with ExitStack() as idle:
        with few_descriptors(serving.process.pid):
            for _ in range(_LEFT * 10):
                idle.enter_context(socket.create_connection(("127.0.0.1", serving.port)))
            async with asyncio.timeout(_WITHIN_SECONDS):
                while not lines_of(serving):  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.05)
            assert await answered(serving) == home, "the idle ones made room"
        assert await answered(serving) == home
    (line,) = lines_of(serving)
    assert line["descriptors"] == "none left"
    assert serving.process.returncode is None


@pytest.mark.parametrize(
    ("soft", "total"),
    [
        pytest.param(resource.RLIM_INFINITY, ConnectionLimits().total, id="no limit"),
        pytest.param(65_536, ConnectionLimits().total, id="more than connections need"),
        pytest.param(1024, 1024 - 8 - 16 - 32 - 32, id="pool, session store, calls and own files are spared"),
        pytest.param(64, 8, id="a few callers are served all the same"),
    ],
)
def test_connections_leave_descriptors_for_our_own_calls(
    monkeypatch: pytest.MonkeyPatch, soft: int, total: int
) -> None:  # fmt: skip
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, resource.RLIM_INFINITY))
    assert connection_limits(Settings(_env_file=None)) == ConnectionLimits(total)


def test_behind_a_proxy_only_all_connections_are_limited() -> None:
    limits = connection_limits(Settings(_env_file=None, proxy_hops=1))
    assert (limits.per_address, limits.bodies_of_address) == (None, None)
    assert limits.total > 0 and limits.bodies > 0
