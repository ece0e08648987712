"""An embedded server that dies is started again with what it had; where that fails, the service is told to stop."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from storage.embedded import supervisor
from storage.embedded.servers import EmbeddedError, ServerUrls, run_servers
from storage.postgres import database
from tests.storage.embedded.other_process import assert_rows_kept, write_rows

_WITHIN_SECONDS = 60.0
_AWAY: tuple[type[Exception], ...] = (RedisError, *database.UNAVAILABLE)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    tmp_path.parent.chmod(0o711)
    return tmp_path / "data"


@pytest.fixture
def told_to_stop() -> Iterator[threading.Event]:
    """Set when this process gets SIGTERM."""
    told = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: told.set())
    yield told
    signal.signal(signal.SIGTERM, before)


async def test_servers_that_are_killed_run_again_with_what_was_written(data_dir: Path) -> None:
    with run_servers(data_dir, supervised=True) as servers:
        await write_rows(servers)
        for pid_file in (data_dir / "postgres" / "postmaster.pid", data_dir / "valkey.pid"):
            killed = _pid(pid_file)
            os.kill(killed, signal.SIGKILL)
            while not await _are_kept(servers):  # noqa: ASYNC110 - servers of another process tell nobody
                await asyncio.sleep(0.02)
            assert _pid(pid_file) not in {0, killed}


def test_a_server_that_cannot_be_started_again_ends_the_service_with_a_line(
    data_dir: Path, told_to_stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_WAITS_SECONDS", (0.0, 0.1))
    with (
        pytest.raises(EmbeddedError, match=r"PostgreSQL died and could not be started again: .*valid data directory"),
        run_servers(data_dir, supervised=True),
    ):
        (data_dir / "postgres" / "PG_VERSION").rename(data_dir / "PG_VERSION")
        os.kill(_pid(data_dir / "postgres" / "postmaster.pid"), signal.SIGKILL)
        assert told_to_stop.wait(_WITHIN_SECONDS)


async def _are_kept(servers: ServerUrls) -> bool:
    try:
        await assert_rows_kept(servers)
    except _AWAY:
        return False
    return True


def _pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return 0
