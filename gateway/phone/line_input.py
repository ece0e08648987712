"""Where the handset's lines come from: a person at a terminal, or a script's file or pipe."""

import asyncio
import os
import signal
import sys
import termios
import threading
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from typing import Final, Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.clipboard import DummyClipboard
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

_STDIN: Final = 0


class LineInput(Protocol):
    """`lingers_seconds`: how long the phone waits, after the last line, for SMS that are still on their way."""

    lingers_seconds: float

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        """Return the next line, or None when there are no more. `hidden` masks its letters on the terminal."""

    async def print(self, show: Callable[[], None]) -> None:
        """Call `show`, which prints. What it prints stands above the line that is being typed."""

    def busy(self, text: str) -> AbstractAsyncContextManager[None]:
        """Show `text` in the prompt's place while the context lasts."""


def open_line_input() -> AbstractContextManager[LineInput]:
    """Return the keyboard of this process's terminal, or the lines of its standard input if that is no terminal."""
    if sys.stdin is not None and sys.stdin.isatty():
        return TerminalInput.opened()
    return nullcontext(PipedInput())


class TerminalInput:
    """A person's keyboard. A PIN may be typed at any prompt, too early for example: no line is kept for the next one,
    neither in a history nor in a clipboard.

    `print` is prompt_toolkit's run_in_terminal, not its patch_stdout: that one writes from a thread of its own, which
    can run into the drawing of the next prompt.
    """

    lingers_seconds = 0.0

    def __init__(self) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=DummyHistory(), clipboard=DummyClipboard(), enable_suspend=True
        )

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["TerminalInput"]:
        """Between two prompts the terminal echoes nothing: what is typed there may be a PIN for the next screen. It
        waits unseen for the next prompt. Ctrl-C is a signal there, and a key at a prompt."""
        before = termios.tcgetattr(_STDIN)
        loop = asyncio.get_running_loop()
        tty.setcbreak(_STDIN)
        loop.add_signal_handler(signal.SIGCONT, tty.setcbreak, _STDIN)  # after Ctrl-Z the shell has changed it
        try:
            yield cls()
        finally:
            loop.remove_signal_handler(signal.SIGCONT)
            with suppress(termios.error):  # the terminal may have been closed
                termios.tcsetattr(_STDIN, termios.TCSAFLUSH, before)

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        try:
            line = await self._session.prompt_async(
                prompt, is_password=hidden, handle_sigint=False, set_exception_handler=False
            )
        except EOFError:
            return None
        except KeyboardInterrupt:
            raise asyncio.CancelledError from None  # as Ctrl-C between two prompts
        return " ".join(line.splitlines())  # a pasted text may have several lines

    async def print(self, show: Callable[[], None]) -> None:
        await run_in_terminal(show)

    @asynccontextmanager
    async def busy(self, text: str) -> AsyncIterator[None]:
        window = Window(FormattedTextControl(text), height=1)
        with create_pipe_input() as no_keys:
            shown = Application[None](Layout(window), input=no_keys, erase_when_done=True)
            task = asyncio.create_task(shown.run_async(handle_sigint=False, set_exception_handler=False))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


class PipedInput:
    """The lines of a file or a pipe. A thread reads them, because the event loop cannot wait for a file."""

    lingers_seconds = 1.0

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def line(self, prompt: str, *, hidden: bool = False) -> str | None:
        return await self._lines.get()

    async def print(self, show: Callable[[], None]) -> None:
        show()

    def busy(self, text: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def _read(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for more lines
            with suppress(OSError), os.fdopen(_STDIN, "rb", buffering=0, closefd=False) as stdin:
                for line in stdin:
                    self._put(line.decode(errors="replace").rstrip("\r\n"))
            self._put(None)

    def _put(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
