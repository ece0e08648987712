"""What can be made to go wrong with a send, switched at run time."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import web


class Mode(StrEnum):
    """What happens to the next sends."""

    OK = "ok"
    INVALID_SENDER = "invalid_sender"  # 201 all the same, with nobody in Recipients
    THROTTLE = "throttle"  # 429
    UNAUTHORIZED = "unauthorized"  # 401, plain text
    ERROR = "error"  # 500, plain text
    SLOW = "slow"  # taken at once, answered after `seconds`
    DROP = "drop"  # the connection breaks and nothing was taken
    DROP_AFTER_ACCEPT = "drop_after_accept"  # taken, then the connection breaks before the answer
    MIXED = "mixed"  # 201, and a verdict for each number by `rules`; without rules every second number is refused
    SILENT_REPORTS = "silent_reports"  # taken and received, but no delivery report ever comes


@dataclass(slots=True)
class Fault:
    """One mode for the next `times` sends, or until another is set. `rules`: a number to a refusal's code, or to the
    final state its delivery report will say (`Failed`); numbers without a rule fare well."""

    mode: Mode = Mode.OK
    times: int | None = None
    seconds: float = 5.0
    rules: dict[str, int | str] = field(default_factory=dict)

    def refusal(self, msisdn: str, position: int) -> int | None:
        """The code this number is refused with, if it is."""
        if self.mode is not Mode.MIXED:
            return None
        if not self.rules:
            return 406 if position % 2 else None
        rule = self.rules.get(msisdn)
        return rule if isinstance(rule, int) else None

    def final_state(self, msisdn: str) -> str | None:
        """What the last delivery report will say of this number; None for no report at all."""
        if self.mode is Mode.SILENT_REPORTS:
            return None
        rule = self.rules.get(msisdn) if self.mode is Mode.MIXED else None
        return rule if isinstance(rule, str) else "Success"


WELL: Final = Fault()


class Faults:
    """The fault in force, used up send by send."""

    def __init__(self) -> None:
        self.current = WELL

    def take(self) -> Fault:
        """The fault the send at hand meets."""
        fault = self.current
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.current = WELL
        return fault


def dropped(request: web.Request) -> web.Response:
    """Break the connection; the response is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
