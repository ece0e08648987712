"""The service under siege, in one of its arrangements: it is started, killed and started again on the same port."""

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from urllib.error import URLError
from urllib.request import urlopen

from bench.processes import HERE, free_port

_STARTS_WITHIN_SECONDS = 90.0  # with a recovery of the database, on a busy machine
TWILIO_SID = "AC" + "0" * 32


class Arrangement(StrEnum):
    """How the service runs: one process, two workers under a master, or one process that brings its own servers."""

    ONE = "one process"
    WORKERS = "two workers"
    EMBEDDED = "embedded servers"
    STRANGE_CLOCK = "one process, its clock jumps"


@dataclass(slots=True)
class Fortress:
    """`urls`: DATABASE_URL and REDIS_URL of servers beside it; without them the service brings its own."""

    arrangement: Arrangement
    folder: Path
    simulator_url: str
    urls: dict[str, str]
    port: int = field(default_factory=free_port)
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    control_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)  # of the simulator
    starts: int = 0
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process, "start() comes first"
        return self._process.pid

    def start(self) -> None:
        """Start the service, and return once it is ready. Where its port is not free yet, try again."""
        gives_up_at = time.monotonic() + _STARTS_WITHIN_SECONDS
        while True:
            with (self.folder / "service.log").open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-m", *self._command()], env=self._environment(), cwd=self.folder,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            while self._process.poll() is None and time.monotonic() < gives_up_at:
                if self.is_ready():
                    self.starts += 1
                    return
                time.sleep(0.05)
            if time.monotonic() > gives_up_at:
                raise RuntimeError("the service did not start:\n" + (self.folder / "service.log").read_text()[-4000:])
            time.sleep(0.2)

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own service
                return int(answer.status) == 200
        except (URLError, OSError):
            return False

    def kill(self, rng: Random) -> None:
        """Kill the service, or one of its workers, as a machine does that has no memory left."""
        workers = family(self.pid)[1:] if self.arrangement is Arrangement.WORKERS else []
        victim = rng.choice([self.pid, *workers, *workers]) if workers else self.pid
        os.kill(victim, signal.SIGKILL)
        if victim == self.pid:
            self.wait()
            self.start()

    def wait(self) -> int:
        """Return how the service's first process ended."""
        assert self._process, "start() comes first"
        return self._process.wait(timeout=_STARTS_WITHIN_SECONDS)

    def has_ended(self) -> bool:
        """Whether the service ended by itself."""
        return self._process is None or self._process.poll() is not None

    def start_if_ended(self) -> None:
        """Start a service that has ended, as its supervisor would; wait for one that is not ready yet."""
        if self.has_ended():
            self.start()
        gives_up_at = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not self.is_ready():
            if time.monotonic() > gives_up_at:
                raise RuntimeError(
                    "the service is not ready again:\n" + (self.folder / "service.log").read_text()[-4000:]
                )
            time.sleep(0.1)

    def stop(self) -> int | None:
        """Tell the service to stop. Return its exit code; None if it had to be killed."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return None

    def database_url(self) -> str:
        """Return where the record is, also that of a service with its own servers."""
        if not self.urls:
            return str(json.loads((self.folder / "data" / "serve.json").read_bytes())["database_url"])
        return self.urls["DATABASE_URL"]

    def memory_mib(self) -> float:
        """Return the memory of the service's own processes; database and session store are not among them."""
        return sum(_resident_bytes(pid) for pid in family(self.pid) if "python" in _command_of(pid)) / 2**20

    def _command(self) -> list[str]:
        if self.arrangement is Arrangement.STRANGE_CLOCK:
            return ["bench.siege.strange_clock", str(self.port)]
        workers = "2" if self.arrangement is Arrangement.WORKERS else "1"
        return [
            "gateway", "serve", "--port", str(self.port), "--workers", workers, "--data-dir", str(self.folder / "data"),
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        if not self._secrets:
            self._secrets = {
                "WEBHOOK_TOKEN": self.token, "SECRET_KEY": secrets.token_hex(16), "API_KEY": secrets.token_hex(16),
                "SIGNATURE_PRIVATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
                "LOG_PRIVATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
                "TWILIO_ACCOUNT_SID": TWILIO_SID, "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            }  # fmt: skip
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(HERE), "ENVIRONMENT": "testing",
            "AT_API_KEY": "the provider takes any", "AT_USERNAME": "siege", "AT_BASE_URL": self.simulator_url,
            "TWILIO_SENDER": "+254700000000", "TWILIO_BASE_URL": self.simulator_url, "WEBHOOK_BASE_URL": self.url,
            "SMS_TIMEOUT_SECONDS": "2", "SMS_WAITS_FACTOR": "0.01", **self._secrets, **self.urls,
        }  # fmt: skip


def family(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text().rpartition(")")
        except OSError:  # it has ended
            continue
        children.setdefault(int(rest.split()[1]), []).append(int(number.split()[0]))
    found = [pid]
    for parent in found:
        found.extend(children.get(parent, ()))
    return found


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
