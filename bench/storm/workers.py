"""The processes of a storm: the simulator, the service that takes its reports, and workers that are soon killed."""

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.processes import as_service, free_port, process, production, start, stop
from bench.storm.read_back import count_tries
from storage.embedded.servers import ServerUrls

# Short times, so that what takes hours in production is over in a minute.
TIMEOUT_SECONDS = 1.0
REPORTS_WITHIN_SECONDS = 12.0
SETTINGS: Mapping[str, str] = {
    "SMS_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
    "SMS_REPORTS_WITHIN_HOURS": str(REPORTS_WITHIN_SECONDS / 3600),
    "SMS_SETTLES_SECONDS": "3",
    "SMS_WAITS_FACTOR": "0.01",
    "SMS_HOURLY_PER_NUMBER": "1000",
    "SMS_QUIET_HOURS": "00:00-00:00",
}


@dataclass(slots=True)
class Workers:
    """The workers that send, of which one after another is killed."""

    environment: Mapping[str, str]
    folder: Path
    simulator_url: str
    control_key: str
    killed: int = 0
    died: list[str] = field(default_factory=list)  # by themselves, which none may
    _workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start_workers(self, workers: int) -> None:
        for _ in range(workers):
            self._workers.append(start("workers", ["gateway", "worker"], self.environment, self.folder))

    async def kill_often(self, every_seconds: float, rng: Random) -> None:
        """Kill one worker and start another, again and again, until cancelled. Between two kills something must be
        sent: on a slow machine a worker may live shorter than it takes to start."""
        tries = 0
        while True:
            await asyncio.sleep(rng.uniform(0.5, 1.5) * every_seconds)
            before = tries
            while tries == before:
                tries = await count_tries(self.environment["DATABASE_URL"])
                await asyncio.sleep(0.1)
            self.replace_ended()
            victim = self._workers.pop(rng.randrange(len(self._workers)))
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            self.killed += 1
            self.start_workers(1)

    def replace_ended(self) -> None:
        """Replace workers that ended by themselves."""
        for worker in [worker for worker in self._workers if worker.poll() is not None]:
            self.died.append(f"a worker ended by itself with status {worker.returncode}")
            self._workers.remove(worker)
            self.start_workers(1)

    def stop_all(self) -> None:
        for worker in self._workers:
            stop(worker)


@contextmanager
def start_provider_and_service(servers: ServerUrls, database_url: str, folder: Path) -> Iterator[Workers]:
    """The simulator and the service, listening; workers are still to be hired."""
    token, control_key, port, simulator_port = secrets.token_hex(16), secrets.token_hex(16), free_port(), free_port()
    simulator_url = f"http://127.0.0.1:{simulator_port}"
    environment = {
        **production(token, secrets.token_hex(16)), **SETTINGS, "DATABASE_URL": as_service(database_url),
        "REDIS_URL": servers.redis_url, "AT_BASE_URL": simulator_url,
    }  # fmt: skip
    simulator = [
        "gateway.simulator", "--port", str(simulator_port), "--gateway-url", f"http://127.0.0.1:{port}",
        "--token", token, "--control-key", control_key, "--report-seconds", "0.1", "--parent-pid", str(os.getpid()),
    ]  # fmt: skip
    with (
        process("simulator", simulator, {}, folder, simulator_port),
        process("service", ["bench.silent", str(port)], environment, folder, port),
    ):
        workers = Workers(environment, folder, simulator_url, control_key)
        try:
            yield workers
        finally:
            workers.stop_all()
