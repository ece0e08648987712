"""What a phone does in one session of each scenario, and what it must be shown. Pure: requests out, replies in."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias
from uuid import uuid4

PIN = "4071"
TEXTS_EACH = 5  # in a session of `messages`

Session: TypeAlias = Generator[bytes, bytes, None]  # yields requests, is sent the bodies of their replies
MakeRequest: TypeAlias = Callable[[str], bytes]  # from a form to a whole request


class WrongReplyError(Exception):
    """The reply is not what this phone should show."""


@dataclass(slots=True)
class Caller:
    """`waiting` holds what each of the caller's sessions uses up: who has none left does not come back. Who had none
    from the beginning always does."""

    msisdn: str
    waiting: set[str]
    other: str
    is_endless: bool


def confirm(caller: Caller, request: MakeRequest) -> Session:
    """Dial, which lists what waits (or shows it, if it is the only one), Confirm, PIN: one contract is confirmed."""
    dial, keys = _dialling(caller.msisdn), "1"
    shown = yield request(dial)
    if len(caller.waiting) > 1:
        _expect(shown, "CON ", "1. ")
        shown, keys = (yield request(dial + "1")), "1*1"
    reference = shown[4:13].decode(errors="replace")
    _expect(shown, "CON ", "1. Confirm")
    if reference.replace(" ", "") not in caller.waiting:
        raise WrongReplyError(f"not a contract of this caller's: {shown!r}")
    _expect((yield request(dial + keys)), "CON ", "PIN")
    _expect((yield request(f"{dial}{keys}*{PIN}")), "END ", f"{reference} is confirmed")
    caller.waiting.remove(reference.replace(" ", ""))


def dials(caller: Caller, request: MakeRequest) -> Session:
    """As many requests as `confirm` makes, to a server that only answers."""
    dial = _dialling(caller.msisdn)
    for typed in ("", "1", "1*1", f"1*1*{PIN}"):
        _expect((yield request(dial + typed)), "CON ", "My contracts")


def messages(caller: Caller, request: MakeRequest) -> Session:
    """The same text some times in a minute, as people write: all are stored, and the first is answered by SMS."""
    for _ in range(TEXTS_EACH):
        yield request(f"linkId=&text=Habari+za+asubuhi&to=21512&id={uuid4()}&date=&from=%2B{caller.msisdn[1:]}")
    caller.waiting.clear()


PLAYS: Mapping[str, Callable[[Caller, MakeRequest], Session]] = {
    play.__name__: play for play in (confirm, dials, messages)
}
_sessions = count(uuid4().int >> 64)


def _dialling(msisdn: str) -> str:
    """Return the form of a session's requests, up to the typed text."""
    return (
        f"phoneNumber=%2B{msisdn[1:]}&serviceCode=%2A483%23&sessionId=ATUid_{next(_sessions):032x}"
        "&networkCode=63902&text="
    )


def _expect(reply: bytes, beginning: str, within: str) -> None:
    if not reply.startswith(beginning.encode()) or within.encode() not in reply:
        raise WrongReplyError(f"{reply.decode(errors='replace')!r} is no {beginning!r} with {within!r}")
