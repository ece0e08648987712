"""`python -m gateway serve` as a process of its own, to be killed, restarted, read."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.processes import free_port
from tests.handset import CONTROL

ROOT = Path(__file__).parent.parent
STARTS_WITHIN_SECONDS = 120.0  # on a busy machine


@dataclass
class Serving:
    """One `serve` on one port and data folder, over any number of starts. The files `log` and `printed` hold what it
    logged and what it printed in all of them."""

    http: aiohttp.ClientSession
    data_dir: Path
    env: Mapping[str, str]
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.with_name("log")

    @property
    def printed(self) -> Path:
        return self.data_dir.with_name("printed")

    async def start(self) -> float:
        """Start, and wait until callers may be sent to it; return how many seconds that took."""
        began = time.perf_counter()
        command = ("-m", "gateway", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir), *self.options)
        env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        with self.log.open("ab") as log, self.printed.open("ab") as printed:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *command, env=env | {"PYTHONPATH": str(ROOT)} | dict(self.env), stdout=printed,
                stderr=log, cwd=self.data_dir.parent,
            )  # fmt: skip
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            while not await self._is_ready():
                assert self.process.returncode is None, f"it did not start: {self.log.read_text()[-2000:]}"
                await asyncio.sleep(0.02)
        return time.perf_counter() - began

    async def stop_with(self, how: signal.Signals) -> int:
        """Send the process a signal; return its exit status once it has ended."""
        self.send(how)
        return await self.wait()

    def send(self, signal_: signal.Signals) -> None:
        """Send the process a signal, and do not wait."""
        assert self.process
        self.process.send_signal(signal_)

    async def wait(self) -> int:
        """Return the exit status of the process once it has ended."""
        assert self.process
        return await self.process.wait()

    def kill_embedded_servers(self) -> None:
        """Kill the PostgreSQL and the Valkey of the data folder, as a machine does that loses its power."""
        for pid_file in (self.data_dir / "postgres" / "postmaster.pid", self.data_dir / "valkey.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)

    async def restart(self, how: signal.Signals = signal.SIGKILL) -> None:
        await self.stop_with(how)
        await self.start()

    async def _is_ready(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def open_serving(data_dir: Path, *options: str, **env: str) -> AsyncIterator[Serving]:
    """A `serve` that is running; it is told to stop at the end if it still runs."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # a provider's connections do not outlive our restarts
    async with aiohttp.ClientSession(connector=connector, headers=CONTROL) as http:
        serving = Serving(http, data_dir, env, options)
        await serving.start()
        try:
            yield serving
        finally:
            if serving.process and serving.process.returncode is None:
                await serving.stop_with(signal.SIGTERM)
