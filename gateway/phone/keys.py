"""What is typed, line by line: at a terminal, kept whole while other things are printed, or from a pipe."""

import asyncio
import codecs
import os
import re
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Final, Protocol

from rich.cells import cell_len

_STDIN: Final = 0
_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)?|.", re.DOTALL)  # an arrow or a function key is one key
_ERASED: Final = "\r\x1b[K"
_DOT: Final = "\u2022"


class Keys(Protocol):
    """Where lines come from. `lingers_seconds`: how long, after the last, to wait for what is still on its way."""

    lingers_seconds: float

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        """The next line, or None when there are no more. `hidden` shows dots for its letters."""

    def above(self) -> AbstractContextManager[None]:
        """What is printed inside it stands above the line being typed."""

    def busy(self, said: str) -> AbstractContextManager[None]:
        """`said` stands in the prompt's place inside it."""


def open_keys() -> AbstractContextManager[Keys]:
    """The keys of this process's terminal, or the lines of its standard input."""
    if sys.stdin is not None and sys.stdin.isatty():
        return TerminalKeys.opened()
    return nullcontext(PipedKeys())


class TerminalKeys:
    """A line editor small enough to know what stands on the line. What is typed before a prompt waits for it unseen."""

    lingers_seconds = 0.0

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._ahead = ""
        self._prompt: str | None = None
        self._typed = ""
        self._hidden = False
        self._line: asyncio.Future[str | None] | None = None

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["TerminalKeys"]:
        """The terminal gives every key at once and echoes none; afterwards it is as before."""
        before = termios.tcgetattr(_STDIN)
        keys, loop = cls(), asyncio.get_running_loop()
        tty.setcbreak(_STDIN)
        loop.add_signal_handler(signal.SIGCONT, keys._resumed)
        try:
            yield keys
        finally:
            loop.remove_signal_handler(signal.SIGCONT)
            with suppress(termios.error):  # a terminal that was closed wants nothing back
                termios.tcsetattr(_STDIN, termios.TCSAFLUSH, before)

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        loop = asyncio.get_running_loop()
        self._prompt, self._typed, self._hidden, self._line = prompt, "", hidden, loop.create_future()
        self._take()
        loop.add_reader(_STDIN, self._readable)
        try:
            return await self._line
        finally:
            loop.remove_reader(_STDIN)
            self._prompt = None
            self._typed = ""
            _write("\n")

    @contextmanager
    def above(self) -> Iterator[None]:
        if self._prompt is not None:
            _write(_ERASED)
        try:
            yield
        finally:
            self._repaint()

    @contextmanager
    def busy(self, said: str) -> Iterator[None]:
        self._prompt = said
        self._repaint()
        try:
            yield
        finally:
            self._prompt = None
            _write(_ERASED)

    def _readable(self) -> None:
        try:
            got = os.read(_STDIN, 4096)
        except OSError:  # the terminal was closed
            got = b""
        self._ahead += self._decode(got) if got else "\x04"
        self._take()

    def _take(self) -> None:
        """Work off the keys that wait, up to the end of a line."""
        while self._ahead and self._line is not None and not self._line.done():
            found = _KEY.match(self._ahead)
            assert found
            self._ahead = self._ahead[found.end() :]
            self._press(found[0], self._line)
        self._repaint()

    def _press(self, key: str, line: asyncio.Future[str | None]) -> None:
        match key:
            case "\r" | "\n":
                line.set_result(self._typed)
            case "\x04" if not self._typed:
                line.set_result(None)
            case "\x7f" | "\b":
                self._typed = self._typed[:-1]
            case "\x15":
                self._typed = ""
            case "\x17":
                self._typed = self._typed.rstrip().rpartition(" ")[0]
            case _ if key.isprintable():
                self._typed += key

    def _repaint(self) -> None:
        """The line as it is now; the end of it where it is longer than the terminal is wide."""
        if self._prompt is None:
            return
        shown = _DOT * len(self._typed) if self._hidden else self._typed
        room = _columns() - cell_len(self._prompt) - 2
        if cell_len(shown) > room:
            while shown and cell_len(shown) >= room:
                shown = shown[1:]
            shown = f"\u2026{shown}"
        _write(f"{_ERASED}{self._prompt}{shown}")

    def _resumed(self) -> None:
        """Back from Ctrl-Z: the shell had its own way with the terminal."""
        tty.setcbreak(_STDIN)
        self._repaint()


class PipedKeys:
    """The lines of a file or a pipe. They are read by a thread, because a file cannot be waited for otherwise."""

    lingers_seconds = 1.0

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        if sys.stdin is None:
            self._lines.put_nowait(None)
        else:
            threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        return await self._lines.get()

    def above(self) -> AbstractContextManager[None]:
        return nullcontext()

    def busy(self, said: str) -> AbstractContextManager[None]:
        return nullcontext()

    def _read(self) -> None:
        """os.read, not sys.stdin: nothing must hold that one's lock when the process ends."""
        rest = b""
        with suppress(RuntimeError):  # the loop is closed: nobody waits for more
            while got := _read_some():
                *lines, rest = (rest + got).split(b"\n")
                for line in lines:
                    self._put(line)
            if rest:
                self._put(rest)
            self._put(None)

    def _put(self, line: bytes | None) -> None:
        text = None if line is None else line.decode(errors="replace").rstrip("\r")
        self._loop.call_soon_threadsafe(self._lines.put_nowait, text)


def _read_some() -> bytes:
    try:
        return os.read(_STDIN, 65536)
    except OSError:
        return b""


def _columns() -> int:
    try:
        return os.get_terminal_size(_STDIN).columns or 80
    except OSError:
        return 80


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
