"""A second process that runs the embedded servers, to be ended or killed; and a value that must survive that."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from storage.embedded.postgres_place import fingerprint
from storage.embedded.server_process import is_alive
from storage.embedded.servers import ServerUrls

HOLD = """
import pathlib, sys
from storage.embedded.servers import run_servers
with run_servers(pathlib.Path(sys.argv[1])) as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    {meanwhile}
    sys.stdin.read()
"""


async def write_rows(servers: ServerUrls) -> None:
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute("CREATE TABLE kept AS SELECT 'maize' AS crop")
    await connection.close()
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.set("crop", "maize")


async def assert_rows_kept(servers: ServerUrls) -> None:
    connection = await asyncpg.connect(servers.database_url)
    assert await connection.fetchval("SELECT crop FROM kept") == "maize"
    await connection.close()
    async with Redis.from_url(servers.redis_url) as redis:
        assert await redis.get("crop") == b"maize"


class OtherProcess:
    """A process that runs the servers on a folder until `end` or `kill`. `meanwhile`: Python code that it runs once."""

    def __init__(self, data_dir: Path, meanwhile: str = "", prefix: list[str] | None = None) -> None:
        command = [*(prefix or []), sys.executable, "-c", HOLD.format(meanwhile=meanwhile), str(data_dir)]
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        database_url, redis_url = self.next_line().split()
        self.servers = ServerUrls(database_url, redis_url)

    def next_line(self) -> str:
        """Wait for the next line that the process prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self) -> int:
        self.process.communicate("")
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def server_pids(data_dir: Path) -> list[int]:
    files = (data_dir / "postgres" / "postmaster.pid", data_dir / "valkey.pid")
    return [int(file.read_text().split()[0]) for file in files]


def socket_folders(data_dir: Path) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"voicepact-{fingerprint(data_dir)}-*"))


def wait_until_ended(pids: list[int]) -> None:
    while any(is_alive(str(pid)) for pid in pids):
        time.sleep(0.05)
