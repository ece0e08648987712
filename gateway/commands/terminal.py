"""What commands say and ask: lines on stdout, answers from stdin, whatever these two are connected to."""

import os
import sys
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

_ROOT = Path(__file__).parents[2]
_MODES = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}


class OutputClosedError(Exception):
    """Nobody reads our output any more (`voicepact … | head`), or it cannot be written (a full disk)."""


def open_streams() -> None:
    """Make stdin, stdout and stderr usable. One that was closed (`>&-`) reads or writes nothing: else the next file
    that is opened would take its place. A letter that the terminal's encoding lacks is written as `\\u1234`."""
    for name, mode in _MODES.items():
        stream = getattr(sys, name)
        if stream is None:
            stream = os.fdopen(os.open(os.devnull, mode), "r" if mode == os.O_RDONLY else "w", encoding="utf-8")
            setattr(sys, name, stream)
        stream.reconfigure(errors="replace" if name == "stdin" else "backslashreplace")


def echo(line: str) -> None:
    """Print a line at once. Raise OutputClosedError if that cannot be."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        raise OutputClosedError from None


def ask(question: str) -> str:
    """Return what a person types. It is nothing after Ctrl-D, and where there is no terminal."""
    try:
        return input(question)
    except EOFError:
        echo("")
        return ""


def warn(line: str) -> None:
    """Print a line on stderr."""
    sys.stderr.write(f"voicepact: {line}\n")


def pluralize(number: int, one: str, many: str = "") -> str:
    """Return, for example, "1 chain", "2 chains" or "0 entries"."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def whole(header: str) -> Column:
    """Return a table's column of what the next command is given: a narrow terminal cuts others, never this."""
    return Column(header, no_wrap=True)


def show_table(table: Table) -> None:
    """Print a table as it is: what strangers typed (`[/b]` as the account of a payment) is no markup of rich."""
    Console(markup=False, emoji=False, highlight=False).print(table)


def drop_output() -> None:
    """Let Python's own last flush of stdout, at exit, find a place to write to."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def place_of(fault: BaseException) -> str:
    """Return the type of an unexpected fault and the lines of our code that led to it, innermost first. Its message is
    left out: it may hold a password or a number."""
    frames = reversed(traceback.extract_tb(fault.__traceback__))
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT)]
    lines = (f"{Path(frame.filename).relative_to(_ROOT)}:{frame.lineno}" for frame in ours)
    return f"{type(fault).__name__} at {', '.join(lines)}"
