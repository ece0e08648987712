"""Read what is compared after a storm: the rows with their tries and reports, and what the provider accepted."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from gateway.simulator.control import KEY_HEADER
from storage.postgres.database import asyncpg_url

FINAL = frozenset({"delivered", "failed", "rejected", "expired"})
_FINAL_REPORTS = "('delivered', 'failed', 'rejected', 'expired')"


@dataclass(slots=True)
class StoredMessage:
    """A row. `reported`: the final states that were reported of its provider_message_id."""

    id: UUID
    msisdn: str
    text: str
    message_class: str
    status: str
    why: str | None
    provider_message_id: str | None
    tries: int
    reported: frozenset[str]
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)  # of each try: what, and the provider's id
    unsure_because: list[str] = field(default_factory=list)

    @property
    def accepted_ids(self) -> list[str | None]:
        return [message_id for outcome, message_id in self.outcomes if outcome == "accepted"]

    @property
    def unsure(self) -> int:
        return sum(outcome == "unsure" for outcome, _ in self.outcomes)


AcceptedIds = dict[tuple[str, str], list[str]]  # the provider's ids of what it took, by msisdn and text


async def rows(database_url: str) -> list[StoredMessage]:
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        stored = {
            row["id"]: StoredMessage(**{**row, "reported": frozenset(row["reported"] or ())})
            for row in await connection.fetch(
                f"""SELECT m.id, f.msisdn, m.text, m.class AS message_class, m.status, m.why, m.provider_message_id,
                    m.tries, (SELECT array_agg(r.state) FROM sms_reports r WHERE r.provider = m.provider
                        AND r.provider_message_id = m.provider_message_id AND r.state IN {_FINAL_REPORTS}) AS reported
                FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE m.direction = 'out'"""  # noqa: S608 - our own words
            )
        }
        for one in await connection.fetch("SELECT * FROM sms_tries ORDER BY message_id, n"):
            row = stored[one["message_id"]]
            row.outcomes.append((one["outcome"], one["provider_message_id"]))
            if one["outcome"] == "unsure":
                row.unsure_because.append(one["why"])
    finally:
        await connection.close()
    return list(stored.values())


async def counts(database_url: str) -> dict[str, int]:
    """Rows by status: how far it is."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        stored: list[Any] = await connection.fetch(
            "SELECT status, count(*) FROM sms_logs WHERE direction = 'out' GROUP BY status"
        )
    finally:
        await connection.close()
    return {row["status"]: row["count"] for row in stored}


async def count_tries(database_url: str) -> int:
    """How many sends were recorded, of all messages together."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM sms_tries"))
    finally:
        await connection.close()


async def accepted_ids(simulator_url: str, control_key: str) -> AcceptedIds:
    """Every text that the provider took, whatever it answered."""
    by_message: AcceptedIds = defaultdict(list)
    headers = {KEY_HEADER: control_key}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{simulator_url}/control/accepted") as answer:
        for text in await answer.json():
            by_message[text["to"], text["text"]].append(text["id"])
    return by_message
