"""Honest people, in a process of their own: pairs who make a contract by USSD and confirm it by SMS, one after another.

A `PeopleJob` as a line of JSON on stdin; a `Ledger` as JSON on stdout once stdin is closed and every pair that had
begun is at its end; each who plays has one pair at least. The provider between them and the service repeats what was
not answered, and sometimes sends the same request twice at once.
"""

import asyncio
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from urllib.parse import urlencode

import aiohttp
import orjson
import uvloop

from menus.refusal_texts import BUSY, LATER, UNSURE
from menus.translate import translate

PIN = "4826"
_PROMISED = translate(LATER, "en")
_NOT_IN_TIME = {translate(text, "en") for text in (BUSY, UNSURE)}
_GIVES_UP_AFTER_SECONDS = 90.0  # far longer than any fault of a siege lasts
_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.5)  # before a repeat; the last one again and again
_TWICE_AT_ONCE = 0.1  # of all requests


@dataclass(frozen=True, slots=True)
class PeopleJob:
    """`first`: the number of the first pair, so that no two processes play the same people."""

    url: str
    token: str
    pairs_at_once: int
    first: int
    seed: int


@dataclass(slots=True)
class Pair:
    """What two people were told. `made`: the reference of their contract, or "promised". `is_confirmed`: the YES of the
    seller was acknowledged to the provider."""

    buyer: str
    seller: str
    made: str | None = None
    mo_id: str | None = None
    is_confirmed: bool = False


@dataclass(slots=True)
class Ledger:
    """`busy`: screens that ended with "busy" or "not sure". `unanswered`: requests without an HTTP answer or with a
    5xx; each was repeated. `astray`: what a pair saw in place of the next screen, and gave up."""

    hops: int = 0
    busy: int = 0
    unanswered: int = 0
    worst_seconds: float = 0.0
    past_three_seconds: int = 0
    differing: list[str] = field(default_factory=list)  # two answers to one request that was sent twice at once
    astray: list[str] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


class AstrayError(Exception):
    """A screen is not the one that should come next."""


class People:
    def __init__(self, job: PeopleJob, http: aiohttp.ClientSession) -> None:
        self.ledger = Ledger()
        self._job = job
        self._http = http
        self._rng = Random(job.seed)  # noqa: S311 - nothing secret hangs on it
        # A PIN that is in the phone's own number is refused.
        self._numbers = (number for number in count(job.first) if PIN not in f"{number:07}")
        self._day = f"{datetime.now(UTC) + timedelta(days=30):%d/%m/%Y}"

    async def play(self) -> Ledger:
        told_to_end = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read))
        await asyncio.gather(*(self._play_pairs(told_to_end) for _ in range(self._job.pairs_at_once)))
        return self.ledger

    async def _play_pairs(self, told_to_end: "asyncio.Task[bytes]") -> None:
        is_first = True
        while is_first or not told_to_end.done():
            is_first = False
            number = next(self._numbers)
            pair = Pair(f"+25472{number:07}", f"+25471{number:07}")
            self.ledger.pairs.append(pair)
            try:
                await self._make_and_confirm(pair)
            except AstrayError as astray:
                self.ledger.astray.append(str(astray))

    async def _make_and_confirm(self, pair: Pair) -> None:
        session, deep = f"ATUid_{self._rng.getrandbits(128):032x}", f"2*1*{pair.seller}*maize*50 bags*3500*Bungoma*"
        deep += self._day
        for typed, expected in ((deep, "1. Confirm"), (f"{deep}*1", "PIN"), (f"{deep}*1*{PIN}", "same PIN")):
            screen = await self._hop(pair.buyer, session, typed)
            if expected not in screen:
                raise AstrayError(f"{expected!r} should be in {screen!r}")
        screen = await self._hop(pair.buyer, session, f"{deep}*1*{PIN}*{PIN}", is_act=True)
        if screen == _PROMISED:
            pair.made = "promised"
            return  # nobody can confirm it before the promise is kept
        if "is made" not in screen:
            raise AstrayError(f"'is made' should be in {screen!r}")
        pair.made = "".join(letter for letter in screen if letter.isdigit())[:8]
        pair.mo_id = f"{self._rng.getrandbits(128):032x}"
        await self._sends_yes(pair)
        pair.is_confirmed = True
        await self._hop(pair.buyer, f"ATUid_{self._rng.getrandbits(128):032x}", "")

    async def _sends_yes(self, pair: Pair) -> None:
        form = {
            "from": pair.seller, "to": "22483", "text": "YES", "id": str(pair.mo_id), "linkId": "",
            "networkCode": "63902", "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip
        await self._answered("sms", form)

    async def _hop(self, msisdn: str, session: str, typed: str, *, is_act: bool = False) -> str:
        """Return the screen without its prefix. A hop that came too late is repeated, as a caller dials again."""
        form = {
            "phoneNumber": msisdn, "serviceCode": "*483#", "text": typed, "sessionId": session, "networkCode": "63902",
        }  # fmt: skip
        gives_up_at = time.monotonic() + _GIVES_UP_AFTER_SECONDS
        while time.monotonic() < gives_up_at:
            screen = (await self._answered("ussd", form))[4:]
            if screen == _PROMISED and is_act:
                return screen
            if screen not in _NOT_IN_TIME and screen != _PROMISED:
                return screen
            self.ledger.busy += 1
            await asyncio.sleep(_WAITS_SECONDS[-1])
        raise AstrayError("a hop was busy for too long")

    async def _answered(self, hook: str, form: dict[str, str]) -> str:
        """Return the body of the first answer with status 200. Sometimes the request is sent twice at once."""
        gives_up_at = time.monotonic() + _GIVES_UP_AFTER_SECONDS
        for tries in count():
            twice = self._rng.random() < _TWICE_AT_ONCE
            bodies = await asyncio.gather(*(self._post(hook, form) for _ in range(1 + twice)))
            answered = [body for body in bodies if body is not None]
            self.ledger.unanswered += len(bodies) - len(answered)
            in_time = [body for body in answered if body[4:] not in {*_NOT_IN_TIME, _PROMISED}]
            if len(set(in_time)) > 1:
                self.ledger.differing.append(repr(in_time))
            if answered:
                return (in_time or answered)[0]
            if time.monotonic() > gives_up_at:
                raise AstrayError(f"no answer to a request to {hook}")
            await asyncio.sleep(_WAITS_SECONDS[min(tries, len(_WAITS_SECONDS) - 1)])
        raise AssertionError("count() has no end")

    async def _post(self, hook: str, form: dict[str, str]) -> str | None:
        """Return the body; None if the answer was no 200, or none came. A provider waits ten seconds."""
        url = f"{self._job.url}/hooks/{self._job.token}/africastalking/{hook}"
        headers, began = {"Content-Type": "application/x-www-form-urlencoded"}, time.monotonic()
        try:
            async with self._http.post(url, data=urlencode(form).encode(), headers=headers) as answer:
                body = await answer.text()
                is_ok = answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if is_ok and hook == "ussd":
            took = time.monotonic() - began
            self.ledger.hops += 1
            self.ledger.worst_seconds = max(self.ledger.worst_seconds, took)
            self.ledger.past_three_seconds += took > 3
        return body if is_ok else None


async def _play(job: PeopleJob) -> Ledger:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as http:
        return await People(job, http).play()


if __name__ == "__main__":
    ledger = uvloop.run(_play(PeopleJob(**orjson.loads(sys.stdin.buffer.readline()))))
    sys.stdout.buffer.write(orjson.dumps(asdict(ledger)))
