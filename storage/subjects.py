"""A person as a subject of what is kept: all of it shown to them, all of it taken out, or all of it held.

Erasing takes more than the service's own role may do: it needs the owner of the tables (docs/privacy.md).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import new_id, random_bytes

SECTIONS = (
    "contracts", "confirmations", "proposals", "deliveries", "disputes", "messages", "sessions", "audit", "consents",
    "holds",
)  # fmt: skip


class Hold(Frozen):
    """`reference`: the contract that is held; None: the person."""

    reason: str
    since: datetime
    reference: str | None


class Traces(Frozen):
    """How a person is found in texts, as patterns of PostgreSQL: their number, and number or names. `mark` stands in
    place of what is taken out."""

    number: Hidden[str]
    person: Hidden[str]
    mark: str


class SubjectRows:
    """On one connection, whose transactions are the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, msisdn: str, *, to_change: bool = False) -> UUID | None:
        """The person; `to_change`: nobody else changes them until the transaction ends."""
        query = QUERIES["subjects.hold_row" if to_change else "subjects.find"]
        found: UUID | None = await self._connection.fetchval(query, msisdn)
        return found

    async def names(self, phone_id: UUID) -> list[str]:
        """What they are called in their contracts."""
        return [row["name"] for row in await self._connection.fetch(QUERIES["subjects.names"], phone_id)]

    async def open_contracts(self, phone_id: UUID) -> list[str]:
        """References of those that are not over."""
        rows = await self._connection.fetch(QUERIES["subjects.open_contracts"], phone_id)
        return [row["reference"] for row in rows]

    async def holds(self, phone_id: UUID, now: datetime) -> list[Hold]:
        """What holds them, or a contract of theirs, now."""
        return [Hold(*row) for row in await self._connection.fetch(QUERIES["subjects.holds"], phone_id, now)]

    async def is_on_its_way(self, phone_id: UUID, now: datetime) -> bool:
        """Whether a message to them is being sent at this moment. Until the transaction ends, none begins to be."""
        return bool(await self._connection.fetchval(QUERIES["subjects.on_its_way"], phone_id, now))

    async def export(self, phone_id: UUID) -> dict[str, Any]:
        """Everything that is kept of them, section by section."""
        whole = {"phone": await self._connection.fetchval(QUERIES["subjects.export_phone"], phone_id)}
        for section in SECTIONS:
            rows = await self._connection.fetch(QUERIES[f"subjects.export_{section}"], phone_id)
            whole[section] = [row[0] for row in rows]
        return whole

    async def file(self, phone_id: UUID, file_id: UUID) -> bytes:
        """What is in a file that `export` names."""
        content: bytes = await self._connection.fetchval(QUERIES["subjects.export_file"], phone_id, file_id)
        return content

    async def erase(self, phone_id: UUID, traces: Traces, now: datetime) -> list[str]:
        """Take them out of everything, and say so in their chain; gives where their number or name still stands,
        because it is what all parties agreed to. Inside a transaction."""
        number, person, mark = traces.number, traces.person, traces.mark
        steps: Sequence[tuple[str, Sequence[Any]]] = (
            ("erase_sessions", (phone_id,)),
            ("erase_messages", (phone_id, mark, now)),
            ("redact_messages", (phone_id, number, person, mark)),
            ("redact_tries", (number, mark)),
            ("redact_reports", (number, mark)),
            ("redact_replies", (number, mark)),
            ("erase_shown", (phone_id, number, person)),
            ("redact_deliveries", (phone_id, number, person, mark)),
            ("erase_disputes", (phone_id, person, mark)),
            ("erase_requests", (phone_id, number)),
            ("erase_consents", (phone_id,)),
            ("redact_consents", (number, mark)),
            ("redact_holds", (phone_id, person, mark)),
            ("erase_parties", (phone_id,)),
            ("erase_phone", (phone_id, f"erased-{random_bytes(4).hex()}", now)),
        )
        for query, values in steps:
            await self._connection.execute(QUERIES[f"subjects.{query}"], *values)
        await self.note(phone_id, "subject.erased", now)
        rows = await self._connection.fetch(QUERIES["subjects.left_over"], phone_id, number, person)
        return [row[0] for row in rows]

    async def hold(self, reason: str, now: datetime, *, phone_id: UUID | None, contract_id: UUID | None) -> None:
        """Of a person or of a contract: one of them."""
        await self._connection.execute(QUERIES["subjects.hold"], new_id(), phone_id, contract_id, reason, now)

    async def release(self, now: datetime, *, phone_id: UUID | None, contract_id: UUID | None) -> int:
        """End their own holds; how many there were."""
        return len(await self._connection.fetch(QUERIES["subjects.release"], phone_id, contract_id, now))

    async def note(self, chain_id: UUID, action: str, now: datetime) -> None:
        """An entry in a chain, by us."""
        await self._connection.execute(QUERIES["subjects.note"], chain_id, now, action, {}, new_id())


class ConsentRows:
    """Whether a person's calls may be recorded."""

    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool

    async def keep(self, phone_id: UUID, now: datetime, *, given: bool, channel: str, shown: str) -> None:
        """Their answer to the words `shown`, by ussd, sms, voice or api; the newest one counts."""
        await self._pool.execute(QUERIES["subjects.consent"], new_id(), phone_id, given, channel, shown, now)

    async def given(self, phone_id: UUID) -> bool | None:
        """None: nobody has asked them yet."""
        found: bool | None = await self._pool.fetchval(QUERIES["subjects.consented"], phone_id)
        return found
