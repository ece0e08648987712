"""What goes wrong at the simulated pawaPay, set while it runs."""

from dataclasses import dataclass
from enum import StrEnum


class PawaPayMode(StrEnum):
    """What happens to the next orders."""

    OK = "ok"
    ERROR = "error"  # 500, and the order is not taken
    ERROR_BUT_TAKEN = "error_but_taken"  # 500, and the order is carried out
    DROP = "drop"  # the connection breaks, and the order is not taken
    DROP_BUT_TAKEN = "drop_but_taken"  # the connection breaks, and the order is carried out
    HIDDEN = "hidden"  # as before, and for `seconds` a question is answered NOT_FOUND
    UNAVAILABLE = "unavailable"  # REJECTED, the network is away
    THROTTLE = "throttle"  # 429
    FAIL = "fail"  # ACCEPTED, then FAILED with `code`
    OPEN = "open"  # ACCEPTED, and no end until the control API gives it one


class PawaPayCallbackMode(StrEnum):
    """How the end of an order is told."""

    USUAL = "usual"
    NONE = "none"
    TWICE = "twice"
    EARLY = "early"  # before the order itself is answered
    UNSIGNED = "unsigned"
    FORGED = "forged"  # signed with another key, under the id of the real one
    STALE = "stale"  # signed an hour ago


@dataclass(slots=True)
class PawaPayFault:
    """One mode for the next `times` orders, or until another is set. `has_receipt`: whether a completed payment names
    the network's number of it."""

    mode: PawaPayMode = PawaPayMode.OK
    callback: PawaPayCallbackMode = PawaPayCallbackMode.USUAL
    times: int | None = None
    seconds: float = 2.0
    code: str = "UNSPECIFIED_FAILURE"
    has_receipt: bool = True


class PawaPayFaults:
    """The fault that is set, until it is used up."""

    def __init__(self) -> None:
        self.current = PawaPayFault()

    def take(self) -> PawaPayFault:
        """Return the fault for this order, and count it."""
        fault = self.current
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.current = PawaPayFault()
        return fault
