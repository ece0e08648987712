"""The calls of a rail on paper: each is written down, and answered from a table."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.escrow.outcomes import FailReason, NotSent, Unknown
from gateway.events import BadWire


@dataclass(frozen=True)
class PaperCall:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class PaperAnswer:
    """`status` 0: the call began and no answer came."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class PaperWire:
    """`answers`: by "METHOD /path"."""

    answers: dict[str, PaperAnswer]
    calls: list[PaperCall] = field(default_factory=list)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> PaperAnswer:
        self.calls.append(PaperCall(method, path, headers, body))
        return self.answers.get(f"{method} {path}", PaperAnswer(0))


def unclear(answer: PaperAnswer) -> NotSent | Unknown:
    """What is the same with each provider: our key is wrong, or we are too fast, or nobody knows."""
    if answer.status in (401, 403):
        return NotSent(f"HTTP {answer.status}", "account")
    if answer.status == 429:
        return NotSent("HTTP 429", "busy")
    return Unknown(f"HTTP {answer.status}" if answer.status else "no answer")


def reason_of(code: str, reasons: dict[str, FailReason]) -> FailReason:
    return reasons.get(code, FailReason.REFUSED)


def read_object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        raise BadWire("body", "is not JSON") from None
    if not isinstance(found, dict):
        raise BadWire("body", "must be a JSON object")
    return found
