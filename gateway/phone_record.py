"""`--record FILE`: what was dialled, shown, typed and texted, as plain text that can be played again.

A PIN is written as `{pin}`, whatever it was, and the number of the handset with stars.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from contracts.msisdn import Msisdn, masked
from gateway.phone_screen import Shown
from gateway.prepare import StartError


class Recording:
    """One dialogue. Every line is on disk once it is written."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def dialled(self, service_code: str) -> None:
        self._write(f"dial {service_code}")

    def shown(self, screen: Shown) -> None:
        for line in screen.text.split("\n"):
            self._write(f"  {line}")
        if screen.ends:
            self._write("end")

    def typed(self, text: str, *, is_pin: bool) -> None:
        self._write("> {pin}" if is_pin else f"> {text}")

    def received(self, text: str) -> None:
        self._write(f"sms< {' '.join(text.splitlines())}")

    def sent(self, text: str) -> None:
        self._write(f"sms> {text}")

    def comment(self, text: str) -> None:
        self._write(f"# {text}")

    def _write(self, line: str) -> None:
        if self._out is not None:
            self._out.write(line + "\n")


@contextmanager
def recording(path: Path | None, msisdn: Msisdn) -> Iterator[Recording]:
    """A recording in `path`, which is written anew; without a path nothing is kept. Raises StartError."""
    if path is None:
        yield Recording(None)
        return
    try:
        out = path.open("w", encoding="utf-8", buffering=1)
    except OSError as fault:
        raise StartError(f"--record {path}: cannot be written: {fault.strerror or fault}") from None
    with out:
        kept = Recording(out)
        kept.comment(f"the phone {masked(msisdn)}; recorded by voicepact phone")
        yield kept
