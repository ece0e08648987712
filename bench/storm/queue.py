"""The queue of a storm: who is sent what, written into the tables as acts write it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, count, islice
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from storage.postgres.database import asyncpg_url

_CLASSES = (("critical", 1, 45), ("service", 5, 40), ("promotional", 9, 15))  # priority, and how many of a hundred
_BUSY, _BUSY_SHARE = 10, 0.015  # so many numbers get so much each: one message a second is all a number is sent
_BUSY_MOST = 30
_PER_NUMBER = 3
_OPTED_OUT, _LATE = 0.03, 0.02
_SHARED_BY = 5  # msisdns that get the same text


@dataclass(frozen=True, slots=True)
class Queued:
    """A message as it stood when the storm began. No other has both its msisdn and its text."""

    id: UUID
    msisdn: str
    text: str
    message_class: str
    priority: int
    is_late: bool
    is_unwanted: bool


def make_queue(messages: int, rng: Random) -> list[Queued]:
    """Return messages; neighbours have the same text, as the messages of one act have."""
    opted_out = set[str]()
    counts: dict[str, int] = defaultdict(int)
    queue = []
    for msisdn in _numbers(messages):
        if not counts[msisdn] and rng.random() < _OPTED_OUT:
            opted_out.add(msisdn)
        nth = counts[msisdn] = counts[msisdn] + 1
        [(name, priority, _)] = rng.choices(_CLASSES, [weight for *_, weight in _CLASSES])
        queue.append(
            Queued(
                uuid4(), msisdn, f"Storm {int(msisdn[-8:]) // _SHARED_BY}, notice {nth}", name, priority,
                rng.random() < _LATE, msisdn in opted_out,
            )
        )  # fmt: skip
    return queue


async def write_queue(database_url: str, queue: list[Queued]) -> None:
    """Write all messages, due now."""
    now = datetime.now(UTC)
    people = {message.msisdn: uuid4() for message in queue}
    opted_out = {message.msisdn for message in queue if message.is_unwanted}
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        await connection.copy_records_to_table(
            "phones", columns=["id", "msisdn", "opted_out_at", "created_at"],
            records=[(id_, msisdn, now if msisdn in opted_out else None, now) for msisdn, id_ in people.items()],
        )  # fmt: skip
        rows = [_row(message, people[message.msisdn], now) for message in queue]
        await connection.copy_records_to_table(
            "sms_logs", columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
        )
        await connection.execute("VACUUM ANALYZE phones, sms_logs")
        await connection.execute("NOTIFY sms_queued")
    finally:
        await connection.close()


def _numbers(messages: int) -> Iterator[str]:
    """A number for each message: a few get many, the others three each. In fives, each five's first message before
    their second: those have the same text."""
    each = min(max(int(messages * _BUSY_SHARE / _BUSY), 3), _BUSY_MOST)
    many = [number for _ in range(each) for number in range(_BUSY)]
    fives = count(_BUSY, _SHARED_BY)
    few = (five + at for five in fives for _ in range(_PER_NUMBER) for at in range(_SHARED_BY))
    yield from (f"+2547{number:08}" for number in islice(chain(many, few), messages))


def _row(message: Queued, phone_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": message.id, "direction": "out", "phone_id": phone_id, "text": message.text, "kind": "offered",
        "act_id": uuid4(), "status": "queued", "segments": 1, "class": message.message_class,
        "priority": message.priority, "due_at": now, "created_at": now,
        "expires_at": now - timedelta(minutes=1) if message.is_late else None,
    }  # fmt: skip
