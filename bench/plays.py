"""What a phone does in one session of each scenario, and what it must be shown. Pure: requests out, replies in."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias
from uuid import uuid4

PIN, WRONG_PIN = "4071", "4017"
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
    yield from _confirm(caller, request, pages=1)


def confirm_escrow(caller: Caller, request: MakeRequest) -> Session:
    """The same where the money is to wait: what that means takes a second page, which is asked for by 98."""
    yield from _confirm(caller, request, pages=2)


def _confirm(caller: Caller, request: MakeRequest, pages: int) -> Session:
    dial, typed = _dialling(caller.msisdn), list[str]()
    shown = yield request(dial)
    if len(caller.waiting) > 1:
        _expect(shown, "CON ", "1. ")
        typed.append("1")
        shown = yield request(dial + "1")
    reference = shown[4:13].decode(errors="replace")
    for _ in range(pages - 1):
        _expect(shown, "CON ", "98. More")
        typed.append("98")
        shown = yield request(dial + "*".join(typed))
    _expect(shown, "CON ", "1. Confirm")
    if reference.replace(" ", "") not in caller.waiting:
        raise WrongReplyError(f"not a contract of this caller's: {shown!r}")
    for key, beginning, within in (("1", "CON ", "PIN"), (PIN, "END ", f"{reference} is confirmed")):
        typed.append(key)
        _expect((yield request(dial + "*".join(typed))), beginning, within)
    caller.waiting.remove(reference.replace(" ", ""))


def dials(caller: Caller, request: MakeRequest) -> Session:
    """As many requests as `confirm` makes, to a server that only answers."""
    dial = _dialling(caller.msisdn)
    for typed in ("", "1", "1*1", f"1*1*{PIN}"):
        _expect((yield request(dial + typed)), "CON ", "My contracts")


def wrong_pin(caller: Caller, request: MakeRequest) -> Session:
    """Dial, which shows the one contract that waits, Confirm, and a PIN that is not the caller's."""
    dial = _dialling(caller.msisdn)
    _expect((yield request(dial)), "CON ", "1. Confirm")
    _expect((yield request(dial + "1")), "CON ", "PIN")
    _expect((yield request(f"{dial}1*{WRONG_PIN}")), "CON ", "Wrong PIN")
    caller.waiting.clear()


def browse(caller: Caller, request: MakeRequest) -> Session:
    """Dial, My contracts, the first of them, back to the list: nothing is written."""
    dial = _dialling(caller.msisdn)
    _expect((yield request(dial)), "CON ", "1. My contracts")
    _expect((yield request(dial + "1")), "CON My contracts", "1. ")
    _expect((yield request(dial + "1*1")), "CON ", "50 bags maize")
    _expect((yield request(dial + "1*1*0")), "CON My contracts", "1. ")
    caller.waiting.clear()


def settings(caller: Caller, request: MakeRequest) -> Session:
    """Dial, Settings, Language, English."""
    dial = _dialling(caller.msisdn)
    _expect((yield request(dial)), "CON ", "5. Settings")
    _expect((yield request(dial + "5")), "CON ", "1. Language")
    _expect((yield request(dial + "5*1")), "CON ", "1. English")
    _expect((yield request(dial + "5*1*1")), "CON ", "we speak English")
    caller.waiting.clear()


def agree(caller: Caller, request: MakeRequest) -> Session:
    """Dial, New contract, Seller, the buyer's number, the goods, the amount, place and day, Confirm, PIN: nine hops."""
    typed = _dialling(caller.msisdn)
    _expect((yield request(typed)), "CON ", "2. New contract")
    steps = (
        ("2", "CON ", "2. Seller"), ("*2", "CON ", "number of the buyer"),
        (f"*0{caller.other[4:]}", "CON ", "What is sold"), ("*50+bags+maize", "CON ", "Total amount"),
        ("*3500", "CON ", "Where"), ("*Busia+25%2F12", "CON ", "All correct?"), ("*1", "CON ", "PIN"),
        (f"*{PIN}", "END ", "is made"),
    )  # fmt: skip
    for keys, beginning, within in steps:
        typed += keys
        _expect((yield request(typed)), beginning, within)
    caller.waiting.clear()


def deliver(caller: Caller, request: MakeRequest) -> Session:
    """The seller says that it is delivered (dial, 3, 1, PIN), then the buyer that all has come (dial, 1, PIN)."""
    dial = _dialling(caller.msisdn)
    _expect((yield request(dial)), "CON ", "3. Confirm delivery")
    _expect((yield request(dial + "3")), "CON ", "1. It is delivered")
    _expect((yield request(dial + "3*1")), "CON ", "PIN")
    _expect((yield request(f"{dial}3*1*{PIN}")), "END ", "we tell the buyer")
    dial = _dialling(caller.other)
    _expect((yield request(dial)), "CON ", "1. I received all of it")
    _expect((yield request(dial + "1")), "CON ", "PIN")
    _expect((yield request(f"{dial}1*{PIN}")), "END ", "is completed")
    caller.waiting.clear()


def receive(caller: Caller, request: MakeRequest) -> Session:
    """The buyer says that all has come: dial, Confirm delivery, I received all of it, PIN."""
    typed = _dialling(caller.msisdn)
    _expect((yield request(typed)), "CON ", "3. Confirm delivery")
    steps = (("3", "CON ", "1. I received all of it"), ("*1", "CON ", "PIN"), (f"*{PIN}", "END ", "is completed"))
    for keys, beginning, within in steps:
        typed += keys
        _expect((yield request(typed)), beginning, within)
    caller.waiting.clear()


def reports(caller: Caller, request: MakeRequest) -> Session:
    """The provider says that a message is delivered."""
    message_id = caller.waiting.pop()
    yield request(f"id={message_id}&status=Success&phoneNumber=%2B{caller.msisdn[1:]}&networkCode=63902&retryCount=0")


def messages(caller: Caller, request: MakeRequest) -> Session:
    """The same text some times in a minute, as people write: all are stored, and the first is answered by SMS."""
    for _ in range(TEXTS_EACH):
        yield request(f"linkId=&text=Habari+za+asubuhi&to=21512&id={uuid4()}&date=&from=%2B{caller.msisdn[1:]}")
    caller.waiting.clear()


PLAYS: Mapping[str, Callable[[Caller, MakeRequest], Session]] = {
    play.__name__: play
    for play in (
        confirm,
        confirm_escrow,
        wrong_pin,
        browse,
        settings,
        agree,
        deliver,
        receive,
        dials,
        messages,
        reports,
    )
} | {"receive_escrow": receive}
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
