"""Phones that send every hop several times: in turn or at the same moment, to one worker or to two."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import pytest

from tests.handset import MORE, Edge, Handset, ServiceReply, read_screen
from tests.service import Service

AMINA, OTIENO, EVE = "+254712345678", "+254711222333", "+254733000111"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")
PIN = "4826"

Send = Callable[[Sequence[Edge], str, dict[str, str]], Awaitable[list[ServiceReply]]]


async def in_turn(edges: Sequence[Edge], route: str, form: dict[str, str]) -> list[ServiceReply]:
    """Send the form to one worker after the other."""
    return [await edge.hook(route, form) for edge in edges]


async def at_once(edges: Sequence[Edge], route: str, form: dict[str, str]) -> list[ServiceReply]:
    return await asyncio.gather(*(edge.hook(route, form) for edge in edges))


@dataclass(frozen=True)
class Repetition:
    """How each request is repeated: how often, in turn or at once, to how many workers. All replies must be equal."""

    times: int
    send: Send
    workers: int = 1

    async def __call__(self, service: Service, route: str, form: dict[str, str]) -> ServiceReply:
        edges = list(islice(cycle(service.edges[: self.workers]), self.times))
        first, *others = await self.send(edges, route, form)
        assert first.status == 200, first.body
        assert others == [first] * len(others)
        return first


REPETITIONS = [
    pytest.param(Repetition(1, in_turn), id="once"),
    pytest.param(Repetition(2, at_once), id="twice at once"),
    pytest.param(Repetition(2, in_turn, 2), id="twice in turn, two workers"),
    pytest.param(Repetition(2, at_once, 2), id="twice at once, two workers"),
    pytest.param(Repetition(10, at_once, 2), id="ten at once, two workers"),
]
ONCE, TEN_AT_ONCE = REPETITIONS[0], REPETITIONS[-1]


@dataclass
class RepeatingPhone:
    """A phone that repeats every hop. `replies`: the reply to each `text` of the form."""

    service: Service
    phone: Handset
    repetition: Repetition
    replies: dict[str, bytes] = field(default_factory=dict)

    async def dials(self, *answers: str, deeper: str = "") -> bytes:
        self.phone.session_id = f"ATUid_{random.randbytes(16).hex()}"  # noqa: S311 - nothing secret
        self.phone.typed = [deeper] if deeper else []
        self.replies = {}
        await self.hop()
        return await self.types(*answers)

    async def types(self, *answers: str) -> bytes:
        for answer in answers:
            self.phone.typed.append(answer)
            await self.hop()
        return self.replies[self.phone.history]

    async def chooses(self, label: str) -> bytes:
        """Press the key of this choice, on whatever page it is."""
        while (key := self.phone.screen.key_of(label)) is None:
            await self.types(MORE)
        return await self.types(key)

    async def hop(self) -> None:
        answer = await self.repetition(self.service, "ussd", self.phone.hop_form())
        self.phone.screen = read_screen(answer)
        self.replies[self.phone.history] = answer.body


def repeating_phone(service: Service, msisdn: str, repetition: Repetition | None = None) -> RepeatingPhone:
    return RepeatingPhone(service, service.phone(msisdn), repetition or Repetition(1, in_turn))


async def assert_repeats_change_nothing(service: Service, amina: RepeatingPhone) -> None:
    """Send every hop so far again, in any order, one by one and all at once: equal replies, no row changes."""
    kept, rows = await service.sessions(), await settled_rows(service)
    again = [*amina.replies.items()] * 2
    random.shuffle(again)
    forms = [(service.edges[n % 2], amina.phone.hop_form(text)) for n, (text, _) in enumerate(again)]
    one_by_one = [await edge.hook("ussd", form) for edge, form in forms]
    together = await asyncio.gather(*(edge.hook("ussd", form) for edge, form in forms))
    assert [answer.body for answer in one_by_one] == [reply for _, reply in again]
    assert [answer.body for answer in together] == [reply for _, reply in again]
    assert (await service.sessions(), await service.rows()) == (kept, rows)


async def assert_agreed(service: Service) -> None:
    contracts = await service.db.fetch("SELECT status, version FROM contracts")
    assert [tuple(row) for row in contracts] == [("CONFIRMED", 2)]
    signatures = await service.db.fetch("SELECT status FROM contract_signatures")
    assert [row["status"] for row in signatures] == ["signed", "signed"]
    assert await service.db.fetchval("SELECT max(pin_tries) FROM phones") == 0


async def settled_rows(service: Service) -> dict[str, list[str]]:
    """Return every row, once all messages are sent."""
    await service.sms_settled()
    return await service.rows()


async def pin_tries(service: Service) -> tuple[int, bool]:
    row = await service.db.fetchrow("SELECT pin_tries, pin_locked_until FROM phones WHERE msisdn = $1", AMINA)
    assert row is not None
    return row["pin_tries"], row["pin_locked_until"] is not None


async def phone_id(service: Service) -> object:
    return await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
