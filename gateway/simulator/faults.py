"""Faults of the simulated providers: what goes wrong with the next sends, set while the simulator runs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import web


class Mode(StrEnum):
    """What happens to the next sends."""

    OK = "ok"
    INVALID_SENDER = "invalid_sender"  # 201, but without recipients
    THROTTLE = "throttle"  # 429
    UNAUTHORIZED = "unauthorized"  # 401, plain text
    NO_MONEY = "no_money"  # 402, plain text; from Twilio 403, the account is not active
    ERROR = "error"  # 500, plain text
    HANG = "hang"  # nothing is accepted; after `seconds` without an answer the connection breaks
    SLOW = "slow"  # accepted at once, answered after `seconds`
    DROP = "drop"  # the connection breaks, nothing is accepted
    DROP_AFTER_ACCEPT = "drop_after_accept"  # accepted, then the connection breaks before the answer
    MIXED = "mixed"  # 201, each recipient by `rules`; without rules every second one is refused
    SILENT_REPORTS = "silent_reports"  # accepted and delivered, but without any delivery report


class Reports(StrEnum):
    """How the delivery reports of a send are posted."""

    USUAL = "usual"  # `Sent`, then the final status
    EARLY = "early"  # both before the send itself is answered
    LATE = "late"  # after ten times the usual wait
    TWICE = "twice"
    SHUFFLED = "shuffled"  # each twice, in any order


@dataclass(slots=True)
class Fault:
    """One mode for the next `times` sends, or until another is set. `rules` gives a recipient the code of a refusal, or
    the final status of its delivery report (`Failed`). With `codes` each recipient of a mixed send is refused at random
    with one of them, or accepted. `final`: the final status of recipients without a rule. `senders`: it happens only to
    sends from these; empty: to all."""

    mode: Mode = Mode.OK
    times: int | None = None
    seconds: float = 5.0
    rules: dict[str, int | str] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    retry_after: int | None = None  # seconds, sent with a 429
    reports: Reports = Reports.USUAL
    final: str = "Success"
    senders: list[str] = field(default_factory=list)

    def refusal(self, msisdn: str, position: int) -> int | None:
        """Return the code with which this recipient is refused, or None."""
        if self.mode is not Mode.MIXED:
            return None
        if self.codes:
            return random.choice([None, *self.codes])  # noqa: S311 - a fault needs no secrecy
        if not self.rules:
            return 406 if position % 2 else None
        rule = self.rules.get(msisdn)
        return rule if isinstance(rule, int) else None

    def final_state(self, msisdn: str) -> str | None:
        """Return the final status of this recipient's delivery report; None for no report at all."""
        if self.mode is Mode.SILENT_REPORTS:
            return None
        rule = self.rules.get(msisdn) if self.mode is Mode.MIXED else None
        return rule if isinstance(rule, str) else self.final

    def reports_of(self, final_state: str) -> list[str]:
        """Return the statuses to report, in order."""
        statuses = ["Sent", final_state]
        if self.reports is Reports.TWICE:
            return [status for status in statuses for _ in range(2)]
        return random.sample(statuses * 2, 4) if self.reports is Reports.SHUFFLED else statuses


NO_FAULT: Final = Fault()


class Faults:
    """The fault that is set, until it is used up; or a list of weighted faults, of which each send draws one."""

    def __init__(self) -> None:
        self.current = NO_FAULT
        self.random_faults: Sequence[tuple[float, Fault]] = ()

    def take(self, sender: str) -> Fault:
        """Return the fault for this send, and count it."""
        if self.random_faults:
            weights = [weight for weight, _ in self.random_faults]
            return random.choices(self.random_faults, weights)[0][1]  # noqa: S311 - as above
        fault = self.current
        if fault.senders and sender not in fault.senders:
            return NO_FAULT
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.current = NO_FAULT
        return fault


def dropped(request: web.Request) -> web.Response:
    """Break the connection. The response that is returned is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
