"""Captured provider traffic, one folder a provider."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from gateway.events import HttpAnswer, Wire

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One `.http` file: its first line, headers (names in lower case) and body, without the file's last newline."""

    first_line: str
    headers: dict[str, str]
    body: bytes

    def wire(self) -> Wire:
        """As a form post."""
        return form(self.body.decode())

    def answer(self) -> HttpAnswer:
        """As a provider's answer."""
        return HttpAnswer(int(self.first_line.split()[1]), self.headers["content-type"], self.body)


def read(provider: str, name: str) -> Sample:
    """The sample `tests/wire/{provider}/{name}.http`."""
    head, _, body = (HERE / provider / f"{name}.http").read_text(encoding="utf-8").partition("\n\n")
    first_line, *lines = head.splitlines()
    headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return Sample(first_line, headers, body.removesuffix("\n").encode())


def form(body: str) -> Wire:
    """A form body, decoded as the edge decodes it: blank values kept, the order too."""
    return Wire(tuple(parse_qsl(body, keep_blank_values=True)))
