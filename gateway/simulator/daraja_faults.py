"""Faults of the simulated Daraja: what goes wrong with the next requests, for each of its APIs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DarajaApi(StrEnum):
    TOKEN = "token"  # noqa: S105 - a name
    PUSH = "push"
    QUERY = "query"
    PAYOUT = "payout"
    REVERSAL = "reversal"
    STATUS = "status"
    BALANCE = "balance"
    REGISTER = "register"
    STATEMENT = "statement"
    SWAP = "swap"
    PAYBILL = "paybill"  # what a handset pays by itself: only its callbacks can go wrong


class DarajaMode(StrEnum):
    """What happens to the next requests."""

    OK = "ok"
    ERROR = "error"  # 500.003.1001, nothing is taken
    ERROR_AFTER_ACCEPT = "error_after_accept"  # 500.002.1001 "System internal error.", and it is carried out
    THROTTLE = "throttle"  # 429
    SPIKE = "spike"  # 500.003.02
    WRONG_TOKEN = "wrong_token"  # 404.001.03  # noqa: S105 - a name
    WRONG_CREDENTIALS = "wrong_credentials"  # 500.001.1001
    LOCKED = "locked"  # 500.001.1001: another prompt is open
    PAGE = "page"  # 200 with a web page
    SLOW = "slow"  # taken at once, answered after `seconds`
    DROP = "drop"  # the connection breaks, nothing is taken
    DROP_AFTER_ACCEPT = "drop_after_accept"
    DUPLICATE_AS_CODE = "duplicate_as_code"  # a payout known already is answered 200, with ResponseCode 1


class DarajaCallbackMode(StrEnum):
    """How the callback of a request is posted."""

    USUAL = "usual"
    NEVER = "never"
    TWICE = "twice"
    LATE = "late"  # after ten times the usual wait
    EARLY = "early"  # before the request itself is answered
    OTHER = "other"  # it names another transfer than the one whose address it comes to
    QUEUE_TIMEOUT = "queue_timeout"  # first to the address for time-outs, and then the result after all


@dataclass(slots=True)
class DarajaFault:
    """For the next `times` requests to one API, or until another is set. `code`: the ResultCode with which an order or
    a question fails. `status`: the TransactionStatus that a question is answered with, in place of the real one.
    `query`: what a query says of a prompt: `processing`, `processing_older`, `missing`, or a ResultCode.
    `spells_codes`: `number`, or `string` as some callbacks do."""

    mode: DarajaMode = DarajaMode.OK
    callbacks: DarajaCallbackMode = DarajaCallbackMode.USUAL
    code: str | None = None
    status: str | None = None
    query: str | None = None
    spells_codes: str = "number"
    times: int | None = None
    seconds: float = 2.0


NO_FAULT: Final = DarajaFault()


class DarajaFaults:
    """The fault that is set for each API, until it is used up."""

    def __init__(self) -> None:
        self.current: dict[DarajaApi, DarajaFault] = {}

    def take(self, api: DarajaApi) -> DarajaFault:
        """Return the fault for this request, and count it."""
        fault = self.current.get(api, NO_FAULT)
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                del self.current[api]
        return fault
