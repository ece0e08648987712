"""`voicepact phone` as its user has it: a process of its own, fed through a pipe or sitting at a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# The first terminal that a session opens becomes the one whose Ctrl-C it hears.
_AT_TERMINAL = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.executable, [sys.executable, "-m", "gateway", *sys.argv[1:]])
"""


def own_environment() -> dict[str, str]:
    """Ours without anything that would set up the service."""
    ours = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**ours, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}


def piped(*args: str, typed: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The phone with `typed` on its standard input, run to its end."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "gateway", "phone", *args], input=typed, capture_output=True, text=True,
        timeout=40, cwd=cwd, env=own_environment(), check=False,
    )  # fmt: skip


class AtTerminal:
    """The phone at a pseudo-terminal."""

    def __init__(self, *args: str, cwd: Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, "-c", _AT_TERMINAL, "phone", *args], stdin=theirs, stdout=theirs,
            stderr=theirs, cwd=cwd, env=own_environment(), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""
        self._read_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def sees(self, wanted: str, seconds: float = 20) -> str:
        """Wait until `wanted` is shown, after whatever was seen before; gives what was shown up to it."""
        give_up = time.monotonic() + seconds
        while (at := self.shown.find(wanted, self._read_to)) < 0:
            if time.monotonic() > give_up or not self._read(give_up):
                raise AssertionError(f"{wanted!r} was not shown, but:\n{self.shown[self._read_to :]}")
        before, self._read_to = self.shown[self._read_to : at], at + len(wanted)
        return before

    def answers(self, typed: str, wanted: str) -> None:
        """Type a line, and wait for a screen with `wanted` in it and the prompt beneath."""
        self.press(typed + "\r")
        self.sees(wanted)
        self.sees("> ")

    def ends_with(self, seconds: float = 10) -> int:
        """The process's exit status."""
        give_up = time.monotonic() + seconds
        while self._read(give_up):
            pass
        return self._process.wait(timeout=seconds)

    def _read(self, give_up: float) -> bool:
        """Take in what is there; False at the end of it."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, give_up - time.monotonic()))
        if not ready:
            return False
        try:
            got = os.read(self._ours, 65536)
        except OSError:  # how Linux says that nobody holds the other side any more
            return False
        self.shown += _STYLE.sub("", got.decode(errors="replace"))
        return bool(got)
