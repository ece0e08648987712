"""An attack in a process of its own: an `AttackJob` as a line of JSON on stdin, a `Damage` as JSON on stdout.

HTTP is written by hand here: no client library would send what is sent.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

import orjson
import uvloop

from bench.siege.requests import ATTACKS, Target

_ANSWER_WITHIN_SECONDS = 15.0
_JUNK_WITHIN_SECONDS = 1.0  # some of it is half a request, which the service rightly waits for
_DRIP_SECONDS = 0.5
_FROM = ("127.0.0.2", 0)  # not the address of the people: what one address may have is bounded


@dataclass(frozen=True, slots=True)
class AttackJob:
    """`requests`: stop after so many; 0: go on for `seconds`."""

    attack: str
    port: int
    token: str
    seconds: float
    connections: int
    requests: int
    seed: int


@dataclass(slots=True)
class Damage:
    """`answers` by HTTP status; "closed": the connection ended without an answer; "refused": there was none; "silent":
    no answer came in time."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def server_errors(self) -> int:
        return sum(number for status, number in self.answers.items() if status.startswith("5"))


class Attacker:
    def __init__(self, job: AttackJob) -> None:
        self.damage = Damage()
        self._job = job
        self._ends_at = time.monotonic() + job.seconds
        self._numbers = count(1)

    async def attack(self) -> Damage:
        await asyncio.gather(*(self._attack_in_turn(number) for number in range(self._job.connections)))
        return self.damage

    def _is_over(self) -> bool:
        return time.monotonic() > self._ends_at or 0 < self._job.requests <= self.damage.sent

    async def _attack_in_turn(self, number: int) -> None:
        """Send one request after another on one connection, and open another when it is closed."""
        rng = Random(f"{self._job.seed} {number}")  # noqa: S311 - nothing secret hangs on it
        requests = ATTACKS[self._job.attack](rng, Target(self._job.port, self._job.token))
        while not self._is_over():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._job.port, local_addr=_FROM)
            except OSError:
                self.damage.answers["refused"] += 1
                await asyncio.sleep(0.05)
                continue
            try:
                await self._until_closed(reader, writer, requests)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
                self.damage.answers["closed"] += 1
            except TimeoutError:
                self.damage.answers["silent"] += 1
            finally:
                writer.transport.abort()

    async def _until_closed(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Iterator[bytes]
    ) -> None:
        while not self._is_over():
            self.damage.sent += 1
            if self._job.attack.startswith("slow"):
                await self._drip(writer, next(requests))
                if self._is_over():
                    return
            else:
                writer.write(next(requests))
                await writer.drain()
            async with asyncio.timeout(_JUNK_WITHIN_SECONDS if self._job.attack == "junk" else _ANSWER_WITHIN_SECONDS):
                status, is_closing = await _read_answer(reader)
            self.damage.answers[status] += 1
            if is_closing:
                return

    async def _drip(self, writer: asyncio.StreamWriter, request: bytes) -> None:
        """Send a byte at a time, until the service has had enough of it or the attack is over."""
        head, blank_line, body = request.partition(b"\r\n\r\n")
        if self._job.attack == "slow bodies":
            writer.write(head + blank_line)
            request = body
        for at in range(len(request)):
            if writer.is_closing() or self._is_over():
                return
            writer.write(request[at : at + 1])
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)


async def _read_answer(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """Return the status of the answer, and whether the service closes the connection after it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = head[9:12].decode()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return status, b"connection: close" in head or status == "100"


async def _attack(job: AttackJob) -> Damage:
    return await Attacker(job).attack()


if __name__ == "__main__":
    done = uvloop.run(_attack(AttackJob(**orjson.loads(sys.stdin.buffer.readline()))))
    sys.stdout.buffer.write(orjson.dumps({"sent": done.sent, "answers": done.answers}))
