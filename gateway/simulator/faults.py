"""What can be made to go wrong with a send, switched at run time."""

import random
from collections.abc import Sequence
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
    NO_MONEY = "no_money"  # 402, plain text; from Twilio 403, the account is not active
    ERROR = "error"  # 500, plain text
    HANG = "hang"  # nothing was taken and nothing is said; after `seconds` the connection breaks
    SLOW = "slow"  # taken at once, answered after `seconds`
    DROP = "drop"  # the connection breaks and nothing was taken
    DROP_AFTER_ACCEPT = "drop_after_accept"  # taken, then the connection breaks before the answer
    MIXED = "mixed"  # 201, and a verdict for each number by `rules`; without rules every second number is refused
    SILENT_REPORTS = "silent_reports"  # taken and received, but no delivery report ever comes


class Reports(StrEnum):
    """How the delivery reports of a send come."""

    USUAL = "usual"  # that it left, then what became of it
    EARLY = "early"  # both before the send itself is answered
    LATE = "late"  # after ten times the usual wait
    TWICE = "twice"
    SHUFFLED = "shuffled"  # each twice, in any order


@dataclass(slots=True)
class Fault:
    """One mode for the next `times` sends, or until another is set. `rules`: a number to a refusal's code, or to the
    final state its delivery report will say (`Failed`); numbers without a rule fare well. `codes`: of a mixed send,
    each number is refused with one of these, or taken, as chance has it. `final`: the state of who has no rule."""

    mode: Mode = Mode.OK
    times: int | None = None
    seconds: float = 5.0
    rules: dict[str, int | str] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    retry_after: int | None = None  # seconds, said with a 429
    reports: Reports = Reports.USUAL
    final: str = "Success"

    def refusal(self, msisdn: str, position: int) -> int | None:
        """The code this number is refused with, if it is."""
        if self.mode is not Mode.MIXED:
            return None
        if self.codes:
            return random.choice([None, *self.codes])  # noqa: S311 - a fault needs no secrecy
        if not self.rules:
            return 406 if position % 2 else None
        rule = self.rules.get(msisdn)
        return rule if isinstance(rule, int) else None

    def final_state(self, msisdn: str) -> str | None:
        """What the last delivery report will say of this number; None for no report at all."""
        if self.mode is Mode.SILENT_REPORTS:
            return None
        rule = self.rules.get(msisdn) if self.mode is Mode.MIXED else None
        return rule if isinstance(rule, str) else self.final

    def reports_of(self, final_state: str) -> list[str]:
        """The statuses to report, in this order."""
        statuses = ["Sent", final_state]
        if self.reports is Reports.TWICE:
            return [status for status in statuses for _ in range(2)]
        return random.sample(statuses * 2, 4) if self.reports is Reports.SHUFFLED else statuses


WELL: Final = Fault()


class Faults:
    """The fault in force, used up send by send; or a weather, of which each send draws its own."""

    def __init__(self) -> None:
        self.current = WELL
        self.weather: Sequence[tuple[float, Fault]] = ()

    def take(self) -> Fault:
        """The fault the send at hand meets."""
        if self.weather:
            weights = [weight for weight, _ in self.weather]
            return random.choices(self.weather, weights)[0][1]  # noqa: S311 - as above
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
