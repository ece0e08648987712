"""One server process: started through the launcher, waited for, stopped by ever stronger signals; ours or left over."""

# ruff: noqa: S603  (all commands are built here and in embedded.py, from our own paths)
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

StopSignals = Sequence[tuple[Signals, float]]  # a signal, and the seconds it is given to work

POLL_SECONDS = 0.01
# Nothing of ours (PGDATA, TZ, a locale, a secret) leaks in, but what the interpreter itself may need.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"} | {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}


class ServerProcess:
    """A server we started and will stop."""

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

    def wait_until(self, is_ready: Callable[[], bool], patience_seconds: float) -> None:
        """Returns when it is ready. EmbeddedError, with what it said last, if it ends or the patience does."""
        deadline = time.monotonic() + patience_seconds
        while not is_ready():
            if self.process.poll() is not None:
                raise EmbeddedError(f"{self.name} did not start: {reason_in_log(self.log, self.log_start)}")
            if time.monotonic() > deadline:
                words = reason_in_log(self.log, self.log_start)
                raise EmbeddedError(f"{self.name} was not ready in {patience_seconds:.0f} s: {words}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Returns when it has ended, by the first signal that is enough."""
        for signal, patience_seconds in self.stops:
            self.process.send_signal(signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_seconds)
                return

    @staticmethod
    def answers_ping(address: Path) -> bool:
        """Whether a Valkey at the address answers: it does not while it still reads its file."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            try:
                line.connect(str(address))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def run_to_end(name: str, command: list[str], user: OsUser, log: Path, typed: str = "") -> None:
    """Runs a program that ends by itself. EmbeddedError, with what it said last, if it fails."""
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
    """Ends the server a killed predecessor left on the folder, if one is alive, and removes its pid file.

    Only for who holds the data folder's lock. A process counts as the leftover if its command line names the folder:
    the number alone may long belong to somebody else, and PostgreSQL would take that for a reason not to start.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        pid = 0
    for signal, patience_seconds in stops:
        if not pid or f" {folder} " not in _command_line(pid):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal)
        deadline = time.monotonic() + patience_seconds
        while f" {folder} " in _command_line(pid) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def is_alive(pid: str) -> bool:
    """Whether there is a process of this number, ours or not."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True


def reason_in_log(log: Path, start: int) -> str:
    """The line that says why: the last FATAL one since `start`, or just the last."""
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
    """The arguments of a process between spaces, nothing if it has ended (a zombie has ended)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return " " + os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
        return ""
    ps = ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)]
    return f" {subprocess.run(ps, capture_output=True, text=True, check=False).stdout.strip()} "
