"""The phones: each user plays one session after another on its own connection, and checks every reply.

A process of its own: a `Job` as JSON on stdin, a `Result` as JSON on stdout. The HTTP is written by hand: a client
library would use more CPU than the server that is measured.
"""

import asyncio
import gc
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import cast

import orjson
import uvloop

from bench.plays import PLAYS, Caller, Session, WrongReplyError

_REPLY_WITHIN_SECONDS = 20.0
_ERRORS_SHOWN = 5
_LENGTH = b"Content-Length: "


@dataclass(frozen=True, slots=True)
class Job:
    """`plays`: a name in `bench.plays`. `callers`: msisdns with what waits for them, and the other party's msisdn.

    `a_second`: how many sessions begin each second, whether those before are answered or not (an open loop); None: each
    user begins one when the one before is over (a closed loop).
    """

    plays: str
    port: int
    path: str
    users: int
    warm_up_seconds: float
    seconds: float
    callers: list[tuple[str, list[str], str]]
    a_second: float | None = None


@dataclass(slots=True)
class Result:
    """`sessions`, `all_hops`, `cpu_seconds` and `errors` are of the whole run, the rest of the measured seconds. The
    percentiles are of hops; in an open loop a session's first hop counts from when it was due."""

    hops: int = 0
    all_hops: int = 0
    sessions: int = 0
    seconds: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_seconds: float = 0.0  # of the driver
    errors: int = 0
    wrong: list[str] = field(default_factory=list)


class Run:
    """One run. Callers play in turn; one whose contracts are all confirmed does not come back."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.result = Result()
        self._callers = deque(
            Caller(msisdn, set(waiting), other, not waiting) for msisdn, waiting, other in job.callers
        )
        self._head = f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\n".encode() + (
            b"Content-Type: application/x-www-form-urlencoded\r\n" + _LENGTH
        )
        self._took: list[float] = []
        self._is_measuring = False
        self._is_over = False
        self._users: list[_User] = []
        self._due_at = 0.0

    async def run(self) -> Result:
        loop, job, cpu = asyncio.get_running_loop(), self.job, time.process_time()
        self._users = [_User(self) for _ in range(job.users)]
        for user in self._users:
            await loop.create_connection(lambda user=user: user, "127.0.0.1", job.port)  # type: ignore[misc]  # mypy cannot infer a lambda default
        await asyncio.sleep(job.warm_up_seconds)
        await self._measure(job.seconds)
        self._is_over = True
        for user in self._users:
            user.stop_waiting()
        await asyncio.wait([user.has_hung_up for user in self._users], timeout=_REPLY_WITHIN_SECONDS)
        for _ in (user for user in self._users if not user.has_hung_up.done()):
            self.failed("a reply never came")
        self.result.cpu_seconds = time.process_time() - cpu
        return self.result

    async def _measure(self, seconds: float) -> None:
        """Measure for `seconds`, or until there are no callers left."""
        started = time.perf_counter()
        self._is_measuring = True
        await asyncio.wait([user.has_hung_up for user in self._users], timeout=seconds)
        self._is_measuring = False
        took = sorted(self._took)
        self.result.seconds, self.result.hops = time.perf_counter() - started, len(took)
        if took:
            self.result.p50_ms = took[len(took) // 2] * 1000
            self.result.p99_ms = took[len(took) * 99 // 100] * 1000

    def next_session(self) -> Session | None:
        """Return the next session to play, or None to hang up."""
        if self._is_over or not self._callers:
            return None
        return self._session(self._callers.popleft())

    def _session(self, caller: Caller) -> Session:
        yield from PLAYS[self.job.plays](caller, self.request)
        self.result.sessions += 1
        if caller.waiting or caller.is_endless:
            self._callers.append(caller)

    def next_due(self) -> float:
        """Return when the next session is due, by time.perf_counter(): now, or in an open loop in its turn."""
        now = time.perf_counter()
        if self.job.a_second is None:
            return now
        self._due_at = self._due_at + 1 / self.job.a_second if self._due_at else now
        return self._due_at

    def add_time(self, seconds: float) -> None:
        self.result.all_hops += 1
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
        self._waits: asyncio.TimerHandle | None = None
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
            self._hang_up()
            return
        self._session = session
        due_at = self._run.next_due()
        if (wait := due_at - time.perf_counter()) > 0:
            self._waits = asyncio.get_running_loop().call_later(wait, self._send, next(session), due_at)
        else:
            self._send(next(session), due_at)

    def stop_waiting(self) -> None:
        """Hang up if the next session is not due yet."""
        if self._waits:
            self._waits.cancel()
            self._hang_up()

    def _hang_up(self) -> None:
        self.has_hung_up.set_result(None)
        self._transport.close()

    def _send(self, request: bytes, due_at: float | None = None) -> None:
        """Send, and let the time run from when it was due."""
        self._waits = None
        self._sent_at = due_at or time.perf_counter()
        self._transport.write(request)


def _length_in(head: bytes) -> int:
    at = head.find(_LENGTH) + len(_LENGTH)
    return int(head[at : head.find(b"\r", at)]) if at >= len(_LENGTH) else 0


def main() -> None:
    job = Job(**orjson.loads(sys.stdin.buffer.read()))
    gc.disable()
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(Run(job).run()))))


if __name__ == "__main__":
    main()
