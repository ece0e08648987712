"""`--record FILE`: what one phone lived, as a story that tests/test_dialogues.py plays.

Nobody can be known by it. For every number stands a test number, for every PIN, reference and date a placeholder, and
what stands there behaves as the real one did: a PIN that was refused is recorded as one that is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from gateway.commands.startup import StartError
from gateway.phone.masks import TEST_SERVICE_CODE, Masks
from gateway.phone.screen import Shown

NAME: Final = "caller"
_HEAD: Final = (
    "Recorded by voicepact phone. Say here what the story is about, then give the phone a name.",
    "An SMS that another phone caused is a comment: write that phone's part in front of it, and take the # away.",
)


class Recording:
    """One phone's story. Every line is on disk once it is written, and what was typed once it is answered."""

    def __init__(self, out: TextIO | None, masks: Masks) -> None:
        self._out = out
        self._masks = masks
        self._is_dialling = False
        self._typed: str | None = None  # and not answered yet
        self._unanswered_sms = 0

    def begin(self) -> None:
        for line in _HEAD:
            self.comment(line)
        self._write(f"phone {NAME} {self._masks.own}")

    def dialled(self) -> None:
        self._typed = None
        self._is_dialling = True

    def typed(self, text: str) -> None:
        """An answer to the screen that was shown last."""
        self._typed = text

    def shown(self, screen: Shown) -> None:
        if self._is_dialling:
            self._write(f"{NAME} dials {TEST_SERVICE_CODE}")
        elif self._typed is not None:
            self._write(self._answer(self._typed, screen))
        self._typed, self._is_dialling = None, False
        for line in self._masks.screen(screen).split("\n"):
            self._write(f"  {line}")
        if screen.ends:
            self._write("  (ends)")

    def hung_up(self) -> None:
        """Before the end of the session."""
        if self._typed is not None:
            self.comment(f"never answered: {self._answer(self._typed, None)}")
        self._write(f"{NAME} hangs up")

    def sent(self, text: str) -> None:
        self._unanswered_sms += 1
        self._write(f"{NAME} sms> {self._masks.texted(text)}".rstrip())

    def received(self, text: str) -> None:
        line = f"sms< {NAME}: {self._masks.said(' '.join(text.splitlines()))}"
        if not self._unanswered_sms:
            self.comment(line)
            return
        self._unanswered_sms -= 1
        self._write(line)

    def comment(self, text: str) -> None:
        self._write(f"# {text}")

    def _answer(self, typed: str, led_to: Shown | None) -> str:
        return f"{NAME}> {self._masks.typed(typed, led_to)}".rstrip()

    def _write(self, line: str) -> None:
        if self._out is not None:
            self._out.write(line + "\n")


@contextmanager
def recording(path: Path | None, masks: Masks) -> Iterator[Recording]:
    """A recording in `path`, which is written anew; without a path nothing is kept. Raises StartError."""
    if path is None:
        yield Recording(None, masks)
        return
    try:
        out = path.open("w", encoding="utf-8", buffering=1)
    except OSError as fault:
        raise StartError(f"--record {path}: cannot be written: {fault.strerror or fault}") from None
    with out:
        kept = Recording(out, masks)
        kept.begin()
        yield kept
