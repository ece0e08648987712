"""One server process: start it through exec_server.py, wait for it, stop it; end one that a killed service left."""

# ruff: noqa: S603  (all commands are built here and in servers.py, from our own paths)
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGTERM, Signals

from storage.embedded.postgres_place import EXEC_SERVER, EmbeddedError, OsUser

StopSignals = Sequence[tuple[Signals, float]]  # each signal, with the seconds to wait for its effect

POLL_SECONDS = 0.01
# The servers get none of our variables (PGDATA, TZ, a locale, a secret) but the one that Python itself may need.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"} | {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}


class ServerProcess:
    """A server that this process started and will stop."""

    def __init__(self, name: str, command: list[str], user: OsUser | None, log: Path, stops: StopSignals) -> None:
        self.name, self.log, self.stops = name, log, stops
        with log.open("ab") as sink:
            self.log_start = sink.tell()
            self.process = subprocess.Popen(
                _exec_command(command, user, stops[0][0]),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the servers in our own time
            )

    def wait_until(self, is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Return when the server is ready. Raise EmbeddedError, with the reason in its log, if it ends or is slow."""
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if self.process.poll() is not None:
                raise EmbeddedError(f"{self.name} did not start: {reason_in_log(self.log, self.log_start)}")
            if time.monotonic() > deadline:
                words = reason_in_log(self.log, self.log_start)
                raise EmbeddedError(f"{self.name} was not ready in {timeout_seconds:.0f} s: {words}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Send one signal after the other until the server has ended."""
        for signal, timeout_seconds in self.stops:
            self.process.send_signal(signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout_seconds)
                return

    @staticmethod
    def answers_ping(address: Path) -> bool:
        """Whether the Valkey at this socket is ready: it does not answer while it loads its file."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            try:
                line.connect(str(address))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def run_to_end(name: str, command: list[str], user: OsUser, log: Path, typed: str = "") -> None:
    """Run a program that ends by itself. Raise EmbeddedError, with the reason from its log, if it fails."""
    with log.open("ab") as sink:
        start = sink.tell()
        ended = subprocess.run(
            _exec_command(command, user, SIGTERM),
            input=typed.encode(),
            stdout=sink,
            stderr=sink,
            env=ENVIRONMENT,
            start_new_session=True,
            check=False,
        )
    if ended.returncode != 0:
        raise EmbeddedError(f"{name} failed: {reason_in_log(log, start)}")


def end_leftover(pid_file: Path, folder: Path, stops: StopSignals) -> None:
    """End the server that a killed service left on the folder, and remove its pid file.

    The caller must hold the data folder's lock. A process is that server only if its command line names the folder:
    the system may have given its number to another program, and PostgreSQL would then refuse to start.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        pid = 0
    for signal, timeout_seconds in stops:
        if not pid or f" {folder} " not in _command_line(pid):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal)
        deadline = time.monotonic() + timeout_seconds
        while f" {folder} " in _command_line(pid) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def is_alive(pid: str) -> bool:
    """Whether a process has this number."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True


def reason_in_log(log: Path, start: int) -> str:
    """Return the line that says why: the last FATAL line since the offset `start`, else the last line."""
    with log.open("rb") as written:
        written.seek(start)
        lines = written.read().decode(errors="replace").strip().splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return f"{(fatal or lines or ['it said nothing'])[-1].strip()} (see {log})"


def _exec_command(command: list[str], user: OsUser | None, at_our_death: Signals) -> list[str]:
    who = user.name if user else "self"
    launcher = [sys.executable, "-I", "-S", str(EXEC_SERVER), "run", str(os.getpid()), str(int(at_our_death)), who]
    return [*launcher, *command]


def _command_line(pid: int) -> str:
    """Return the arguments of a process, each between spaces; nothing if it has ended (a zombie has ended)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return " " + os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
        return ""
    ps = ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)]
    return f" {subprocess.run(ps, capture_output=True, text=True, check=False).stdout.strip()} "
