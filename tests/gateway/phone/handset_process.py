"""`voicepact phone` in a process of its own: with its lines from a pipe, or at a pseudo-terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[3]
_SPACES = re.compile(r"(\x08?)\x1b\[([0-9]*)C")  # prompt_toolkit draws a space by moving the cursor
_BOX = re.compile(r"[\s\u2500-\u257f]+")  # what a box puts between two words of its text
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # colours, cursor moves, erasing
# A new session gets SIGINT for Ctrl-C from the first terminal that it opens.
_AT_TERMINAL = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.executable, [sys.executable, "-m", "gateway", *sys.argv[1:]])
"""


def own_environment() -> dict[str, str]:
    """This process's environment without any setting of the service."""
    ours = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**ours, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"}


def run_piped(*args: str, typed: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the phone with `typed` on its standard input, until it ends."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "gateway", "phone", *args], input=typed, capture_output=True, text=True,
        timeout=100, cwd=cwd, env=own_environment(), check=False,
    )  # fmt: skip


class TerminalPhone:
    """The phone at a pseudo-terminal."""

    def __init__(self, *args: str, cwd: Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, "-c", _AT_TERMINAL, "phone", *args], stdin=theirs, stdout=theirs,
            stderr=theirs, cwd=cwd, env=own_environment(), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._received = b""
        self._seen = 0  # letters of `shown` that `sees` has passed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """All that the phone has printed, without escape sequences."""
        text = self._received.decode(errors="replace")
        text = _SPACES.sub(lambda move: " " * (int(move[2] or 1) - len(move[1])), text)
        return _ESCAPE.sub("", text)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def sees(self, wanted: str, seconds: float = 30) -> None:
        """Wait until the phone prints `wanted`, after what the last call of `sees` waited for."""
        give_up = time.monotonic() + seconds
        while (at := self.shown.find(wanted, self._seen)) < 0:
            if not self._read(give_up):
                raise AssertionError(f"{wanted!r} was not shown, but:\n{self.shown[self._seen :]}")
        self._seen = at + len(wanted)

    def sees_all(self, *wanted: str, seconds: float = 60) -> None:
        """Wait until all of these are shown, in whatever order, and also across the lines of a box."""
        began, give_up = self._seen, time.monotonic() + seconds
        while missing := [each for each in wanted if each not in _BOX.sub(" ", self.shown[began:])]:
            if not self._read(give_up):
                raise AssertionError(f"{missing} were not shown, but:\n{self.shown[began:]}")
        self._seen = len(self.shown)

    def answers(self, typed: str, wanted: str) -> None:
        """Type a line, then wait for a screen that has `wanted` in it, and for the prompt below it."""
        self.press(typed + "\r")
        self.sees(wanted)
        self.sees("> ")

    def ends_with(self, seconds: float = 30) -> int:
        """Wait for the end of the process. Return its exit status."""
        give_up = time.monotonic() + seconds
        while self._read(give_up):
            pass
        return self._process.wait(timeout=seconds)

    def _read(self, give_up: float) -> bool:
        """Read what the phone prints next. Return False if it prints nothing until `give_up`, or has ended."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, give_up - time.monotonic()))
        if not ready:
            return False
        try:
            received = os.read(self._ours, 65536)
        except OSError:  # Linux raises it when no process has the other end open
            return False
        self._received += received
        return bool(received)
