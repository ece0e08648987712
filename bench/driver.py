"""The phones: each user plays one session after another on its own connection, and checks every reply.

A process of its own: a `Job` as JSON on stdin, a `Result` as JSON on stdout. The HTTP is written by hand: a client
library would use more CPU than the server that is measured.
"""

import asyncio
import gc
import sys
import time
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, cast
from uuid import uuid4

import orjson
import uvloop

from bench.cpu import family_seconds

PIN = "4071"
_REPLY_WITHIN_SECONDS = 20.0
_ERRORS_SHOWN = 5
_LENGTH = b"Content-Length: "

Session = Generator[bytes, bytes, None]  # yields requests, is sent the bodies of their replies


@dataclass(frozen=True, slots=True)
class Job:
    """`plays`: confirm, dials (the same for a server that only answers) or messages. `callers`: msisdns with the
    references of their contracts. `pids`: processes whose CPU is measured, by name."""

    plays: str
    port: int
    path: str
    users: int
    warm_up_seconds: float
    seconds: float
    callers: list[tuple[str, list[str]]]
    pids: dict[str, int]


@dataclass(slots=True)
class Result:
    """`sessions` and `errors` count the whole run, the rest only the measured seconds. `cpu_us` is for each hop."""

    hops: int = 0
    sessions: int = 0
    seconds: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_us: dict[str, float] = field(default_factory=dict)
    errors: int = 0
    wrong: list[str] = field(default_factory=list)


class WrongReplyError(Exception):
    """The reply is not what this phone should show."""


@dataclass(slots=True)
class Caller:
    msisdn: str
    waiting: set[str]


class Run:
    """One run. Callers play in turn; one whose contracts are all confirmed does not come back."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.result = Result()
        self._callers = deque(Caller(msisdn, set(references)) for msisdn, references in job.callers)
        self._head = f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\n".encode() + (
            b"Content-Type: application/x-www-form-urlencoded\r\n" + _LENGTH
        )
        self._took: list[float] = []
        self._is_measuring = False
        self._is_over = False
        self._users: list[_User] = []

    async def run(self) -> Result:
        loop, job = asyncio.get_running_loop(), self.job
        self._users = [_User(self) for _ in range(job.users)]
        for user in self._users:
            await loop.create_connection(lambda user=user: user, "127.0.0.1", job.port)  # type: ignore[misc]  # mypy cannot infer a lambda default
        await asyncio.sleep(job.warm_up_seconds)
        await self._measure(job.seconds)
        self._is_over = True
        await asyncio.wait([user.has_hung_up for user in self._users], timeout=_REPLY_WITHIN_SECONDS)
        for _ in (user for user in self._users if not user.has_hung_up.done()):
            self.failed("a reply never came")
        return self.result

    async def _measure(self, seconds: float) -> None:
        """Measure for `seconds`, or until there are no callers left."""
        started, before = time.perf_counter(), self._cpu()
        self._is_measuring = True
        await asyncio.wait([user.has_hung_up for user in self._users], timeout=seconds)
        self._is_measuring = False
        took, after = sorted(self._took), self._cpu()
        self.result.seconds, self.result.hops = time.perf_counter() - started, len(took)
        if took:
            self.result.p50_ms = took[len(took) // 2] * 1000
            self.result.p99_ms = took[len(took) * 99 // 100] * 1000
            self.result.cpu_us = {name: (after[name] - before[name]) * 1e6 / len(took) for name in before}

    def _cpu(self) -> dict[str, float]:
        return {"driver": time.process_time(), **{name: family_seconds(pid) for name, pid in self.job.pids.items()}}

    def next_session(self) -> Session | None:
        """Return the next session to play, or None to hang up."""
        if self._is_over or not self._callers:
            return None
        return self._session(self._callers.popleft())

    def _session(self, caller: Caller) -> Session:
        yield from _PLAYS[self.job.plays](self, caller)
        self.result.sessions += 1
        if caller.waiting or self.job.plays != "confirm":
            self._callers.append(caller)

    def add_time(self, seconds: float) -> None:
        if self._is_measuring:
            self._took.append(seconds)

    def failed(self, why: str) -> None:
        self.result.errors += 1
        if len(self.result.wrong) < _ERRORS_SHOWN:
            self.result.wrong.append(why)

    def request(self, form: str) -> bytes:
        body = form.encode()
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)


class _User(asyncio.Protocol):
    """One connection: a request is sent when the reply to the one before is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0
        self.has_hung_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._start_session()

    def connection_lost(self, _fault: Exception | None) -> None:
        if not self.has_hung_up.done():
            self._run.failed("the server closed the connection")
            self.has_hung_up.set_result(None)

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        head, blank_line, body = received.partition(b"\r\n\r\n")
        if not blank_line or len(body) < _length_in(head):
            self._received = received
            return
        self._received = b""
        self._run.add_time(time.perf_counter() - self._sent_at)
        self._take_reply(head, body)

    def _take_reply(self, head: bytes, body: bytes) -> None:
        try:
            if not head.startswith(b"HTTP/1.1 200 "):
                raise WrongReplyError(f"answered {head[:40]!r}")
            self._send(self._session.send(body))
        except StopIteration:
            self._start_session()
        except WrongReplyError as wrong:
            self._run.failed(str(wrong))
            self._start_session()

    def _start_session(self) -> None:
        session = self._run.next_session()
        if session is None:
            self.has_hung_up.set_result(None)
            self._transport.close()
            return
        self._session = session
        self._send(next(session))

    def _send(self, request: bytes) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def confirm(run: Run, caller: Caller) -> Session:
    """Dial, which lists what waits (or shows it, if it is the only one), Confirm, PIN: one contract is confirmed."""
    dial, keys = _dialling(caller), "1"
    shown = yield run.request(dial)
    if len(caller.waiting) > 1:
        _expect(shown, "CON ", "1. ")
        shown, keys = (yield run.request(dial + "1")), "1*1"
    reference = shown[4:13].decode(errors="replace")
    _expect(shown, "CON ", "1. Confirm")
    if reference.replace(" ", "") not in caller.waiting:
        raise WrongReplyError(f"not a contract of this caller's: {shown!r}")
    _expect((yield run.request(dial + keys)), "CON ", "PIN")
    _expect((yield run.request(f"{dial}{keys}*{PIN}")), "END ", f"{reference} is confirmed")
    caller.waiting.remove(reference.replace(" ", ""))


def dials(run: Run, caller: Caller) -> Session:
    """As many requests as `confirm` makes, to a server that only answers."""
    dial = _dialling(caller)
    for typed in ("", "1", "1*1", f"1*1*{PIN}"):
        _expect((yield run.request(dial + typed)), "CON ", "My contracts")


def messages(run: Run, caller: Caller) -> Session:
    """One SMS that is stored."""
    yield run.request(
        f"linkId=&text=Habari+za+asubuhi&to=21512&id={uuid4()}&date=2026-11-21T06%3A04%3A45Z&from=%2B{caller.msisdn[1:]}"
    )


_PLAYS: Mapping[str, Any] = {play.__name__: play for play in (confirm, dials, messages)}
_sessions = count(uuid4().int >> 64)


def _dialling(caller: Caller) -> str:
    """Return the form of a session's requests, up to the typed text."""
    return (
        f"phoneNumber=%2B{caller.msisdn[1:]}&serviceCode=%2A483%23&sessionId=ATUid_{next(_sessions):032x}"
        "&networkCode=63902&text="
    )


def _expect(reply: bytes, beginning: str, within: str) -> None:
    if not reply.startswith(beginning.encode()) or within.encode() not in reply:
        raise WrongReplyError(f"{reply.decode(errors='replace')!r} is no {beginning!r} with {within!r}")


def _length_in(head: bytes) -> int:
    at = head.find(_LENGTH) + len(_LENGTH)
    return int(head[at : head.find(b"\r", at)]) if at >= len(_LENGTH) else 0


def main() -> None:
    job = Job(**orjson.loads(sys.stdin.buffer.read()))
    gc.disable()
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(Run(job).run()))))


if __name__ == "__main__":
    main()
