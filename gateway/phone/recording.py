"""`--record FILE`: writes down what one phone sent and received, as a dialogue that tests/dialogue_player.py can play.

A recording identifies nobody: it has test numbers in place of phone numbers, and placeholders in place of PINs,
references and dates. A placeholder behaves as the real value did: one stands for a PIN that was refused, another for a
PIN that was accepted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from gateway.commands.startup import StartError
from gateway.phone.anonymize import TEST_SERVICE_CODE, Anonymizer
from gateway.phone.received_screen import ReceivedScreen

NAME: Final = "caller"
_HEAD: Final = (
    "Recorded by voicepact phone. Say here what the story is about, then give the phone a name.",
    "An SMS that another phone caused is a comment: write that phone's part in front of it, and take the # away.",
)


class Recording:
    """Writes each line to disk at once. An answer is written when the next screen has come, because that screen tells
    whether the answer was refused."""

    def __init__(self, out: TextIO | None, anonymizer: Anonymizer) -> None:
        self._out = out
        self._anonymizer = anonymizer
        self._is_dialling = False
        self._typed: str | None = None  # the answer that no screen has followed yet
        self._unanswered_sms = 0

    def begin(self) -> None:
        for line in _HEAD:
            self.comment(line)
        self._write(f"phone {NAME} {self._anonymizer.own}")

    def dialled(self) -> None:
        self._typed = None
        self._is_dialling = True

    def typed(self, text: str) -> None:
        """Keep an answer to the last screen."""
        self._typed = text

    def shown(self, screen: ReceivedScreen) -> None:
        if self._is_dialling:
            self._write(f"{NAME} dials {TEST_SERVICE_CODE}")
        elif self._typed is not None:
            self._write(self._answer(self._typed, screen))
        self._typed, self._is_dialling = None, False
        for line in self._anonymizer.screen(screen).split("\n"):
            self._write(f"  {line}")
        if screen.ends:
            self._write("  (ends)")

    def hung_up(self) -> None:
        """Write that the phone ended the session."""
        if self._typed is not None:
            self.comment(f"never answered: {self._answer(self._typed, None)}")
        self._write(f"{NAME} hangs up")

    def sent(self, text: str) -> None:
        self._unanswered_sms += 1
        self._write(f"{NAME} sms> {self._anonymizer.sms_sent(text)}".rstrip())

    def received(self, text: str) -> None:
        line = f"sms< {NAME}: {self._anonymizer.from_service(' '.join(text.splitlines()))}"
        if not self._unanswered_sms:
            self.comment(line)
            return
        self._unanswered_sms -= 1
        self._write(line)

    def comment(self, text: str) -> None:
        self._write(f"# {text}")

    def _answer(self, typed: str, led_to: ReceivedScreen | None) -> str:
        return f"{NAME}> {self._anonymizer.typed(typed, led_to)}".rstrip()

    def _write(self, line: str) -> None:
        if self._out is not None:
            self._out.write(line + "\n")


@contextmanager
def open_recording(path: Path | None, anonymizer: Anonymizer) -> Iterator[Recording]:
    """Return a recording that overwrites `path`; without a path it writes nothing. Raise StartError."""
    if path is None:
        yield Recording(None, anonymizer)
        return
    try:
        out = path.open("w", encoding="utf-8", buffering=1)
    except OSError as fault:
        raise StartError(f"--record {path}: cannot be written: {fault.strerror or fault}") from None
    with out:
        recording = Recording(out, anonymizer)
        recording.begin()
        yield recording
