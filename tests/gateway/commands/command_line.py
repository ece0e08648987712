"""`voicepact ...` run in this process, with streams of its own: as cheap as a function call, and as real as `main`."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cyclopts import App

from gateway.__main__ import app, main


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def run_command(*words: str, typed: str = "", encoding: str = "utf-8") -> Ran:
    """Run a command line whose stdin is `typed` and no terminal, and whose output has this encoding."""
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, encoding=encoding) for each in written)
    code = _run(words, io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"), out, err)
    for stream in (out, err):
        stream.flush()
    return Ran(code, *(each.getvalue().decode(encoding) for each in written))


def run_unread(*words: str) -> Ran:
    """Run a command whose output nobody reads any more, as under `| head` once head has ended."""
    reading, writing = os.pipe()
    os.close(reading)
    err = io.BytesIO()
    with os.fdopen(writing, "w", encoding="utf-8") as out, io.TextIOWrapper(err, encoding="utf-8") as errors:
        code = _run(words, io.TextIOWrapper(io.BytesIO()), out, errors)
        errors.flush()
        return Ran(code, "", err.getvalue().decode())


def run_without_streams(*words: str) -> int:
    """Run a command whose stdin, stdout and stderr are closed (`<&- >&- 2>&-`); return its exit code."""
    return _run(words, None, None, None)


def every_command() -> set[tuple[str, ...]]:
    """Return the words of every command that there is."""
    return set(_commands_of(app, ()))


def _commands_of(group: App, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name in group:
        if not name.startswith("-"):
            below = list(_commands_of(group[name], (*words, name)))
            yield from below or [(*words, name)]


def _run(words: tuple[str, ...], stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None) -> int:
    with _streams(stdin, stdout, stderr), _arguments(words):
        try:
            main()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
    return 0


@contextmanager
def _streams(stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None) -> Iterator[None]:
    before, given = (sys.stdin, sys.stdout, sys.stderr), (stdin, stdout, stderr)
    sys.stdin, sys.stdout, sys.stderr = given
    try:
        yield
    finally:
        for now in (sys.stdin, sys.stdout, sys.stderr):
            if now and now not in given:  # the command has opened it in a closed one's place
                now.close()
        sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def _arguments(words: tuple[str, ...]) -> Iterator[None]:
    before = sys.argv
    sys.argv = ["voicepact", *words]
    try:
        yield
    finally:
        sys.argv = before


def left_in(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())
