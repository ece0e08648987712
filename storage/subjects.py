"""One person in the record (a data subject): their rows exported, erased, or put under a legal hold.

Erasing needs more rights than the service's own role has: it is done as the owner of the tables (docs/privacy.md).
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres.database import Connection
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import new_id, random_bytes

Row = dict[str, Any]

SECTIONS = (
    "contracts", "confirmations", "proposals", "deliveries", "disputes", "messages", "sessions", "audit", "consents",
    "blocks", "number_checks", "payments", "transfers", "holds", "looks", "erasure_requests",
)  # fmt: skip


_BOUND = ("erase_messages", "redact_messages", "erase_shown", "erase_disputes")  # audit entries bind these texts


class LegalHold(Frozen):
    """A legal hold. `reference`: the contract under hold; None if the person is."""

    reason: str
    since: datetime
    reference: str | None


class Traces(Frozen):
    """PostgreSQL patterns that find a person in texts: `number` finds the msisdn, `person` the msisdn or a name. `mark`
    replaces what they find. `payers`: how a rail may name them."""

    number: Hidden[str]
    person: Hidden[str]
    mark: str
    payers: Hidden[Sequence[str]] = ()


class SubjectRows:
    """Reads and writes on one connection; the caller opens and ends the transactions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, msisdn: str, *, to_change: bool = False) -> UUID | None:
        """Return the person's id. With `to_change`, lock their row until the transaction ends."""
        query = QUERIES["subjects.find_and_lock" if to_change else "subjects.find"]
        found: UUID | None = await self._connection.fetchval(*query(msisdn=msisdn))
        return found

    async def lock_contract(self, reference: str) -> UUID | None:
        """Return the id of the contract and lock its row until the transaction ends, as every audit entry needs."""
        found: UUID | None = await self._connection.fetchval(*QUERIES["subjects.lock_contract"](reference=reference))
        return found

    async def names(self, phone_id: UUID) -> list[str]:
        """Return the names that the person has in their contracts."""
        return await self._column("names", phone_id=phone_id)

    async def open_contracts(self, phone_id: UUID) -> list[str]:
        """Return the references of the person's contracts that have not ended."""
        return await self._column("open_contracts", phone_id=phone_id)

    async def open_money(self, phone_id: UUID) -> list[str]:
        """Return the references of contracts of which money waits, is owed to the person, or is on its way."""
        return await self._column("open_money", phone_id=phone_id)

    async def holds(self, phone_id: UUID, now: datetime) -> list[LegalHold]:
        """Return the holds on the person, or on a contract of theirs, at `now`."""
        rows = await self._connection.fetch(*QUERIES["subjects.holds"](phone_id=phone_id, now=now))
        return [LegalHold(*row) for row in rows]

    async def is_being_sent_to(self, phone_id: UUID, now: datetime) -> bool:
        """Return whether a message to the person is being sent now, and let no worker claim one before the transaction
        ends."""
        return bool(await self._connection.fetchval(*QUERIES["subjects.is_being_sent_to"](phone_id=phone_id, now=now)))

    async def export(self, phone_id: UUID, payers: Sequence[str]) -> dict[str, Any]:
        """Return everything that is kept about the person, by section. `payers`: how a rail may name them."""
        query = QUERIES["subjects.export_phone"](phone_id=phone_id)
        whole = {"phone": await self._connection.fetchval(*query)}
        for section in SECTIONS:
            named = {"payers": list(payers)} if section == "transfers" else {}
            whole[section] = await self._column(f"export_{section}", phone_id=phone_id, **named)
        return whole

    async def file(self, phone_id: UUID, file_id: UUID) -> bytes:
        """Return the content of a file that `export` lists."""
        query = QUERIES["subjects.export_file"](phone_id=phone_id, file_id=file_id)
        content: bytes = await self._connection.fetchval(*query)
        return content

    async def ids_of_transfers(self, phone_id: UUID, payers: Sequence[str]) -> set[str]:
        """Return all ids of the person's transfers by which a callback of a rail may name them."""
        query = QUERIES["subjects.ids_of_transfers"](phone_id=phone_id, payers=list(payers))
        return {value for row in await self._connection.fetch(*query) for value in row if value}

    async def callbacks(self) -> AsyncIterator[Row]:
        """Yield all callbacks of rails: id, rail, kind, own_id, body (encrypted), is_dealt_with. Inside a
        transaction."""
        async for row in self._connection.cursor(*QUERIES["subjects.rail_callbacks"]()):
            yield dict(row)

    async def erase_callbacks(self, ids: Sequence[UUID]) -> None:
        await self._connection.execute(*QUERIES["subjects.erase_callbacks"](ids=list(ids)))

    async def erase(self, phone_id: UUID, traces: Traces, now: datetime, operator: str | None = None) -> list[str]:
        """Erase the person from everything and write that, with the operator, into their audit chain, and into that of
        each contract what of it is gone. Return the places where their number or name remains, because all parties
        agreed to that text. Call it inside a transaction."""
        number, person, mark = traces.number, traces.person, traces.mark
        steps: dict[str, dict[str, Any]] = {
            "erase_sessions": {"phone_id": phone_id},
            "erase_messages": {"phone_id": phone_id, "mark": mark, "now": now},
            "redact_messages": {"phone_id": phone_id, "number": number, "person": person, "mark": mark},
            "redact_tries": {"number": number, "mark": mark},
            "redact_reports": {"number": number, "mark": mark},
            "redact_replies": {"number": number, "mark": mark},
            "erase_shown": {"phone_id": phone_id, "number": number, "person": person},
            "redact_deliveries": {"phone_id": phone_id, "number": number, "person": person, "mark": mark},
            "erase_disputes": {"phone_id": phone_id, "person": person, "mark": mark},
            "erase_requests": {"phone_id": phone_id, "number": number},
            "erase_consents": {"phone_id": phone_id},
            "erase_blocks": {"phone_id": phone_id},
            "erase_number_checks": {"phone_id": phone_id},
            "erase_transfers": {"phone_id": phone_id, "number": number, "payers": list(traces.payers)},
            "redact_consents": {"number": number, "mark": mark},
            "redact_holds": {"phone_id": phone_id, "person": person, "mark": mark},
            "end_request": {"phone_id": phone_id},
            "erase_parties": {"phone_id": phone_id},
            "erase_phone": {"phone_id": phone_id, "mark": f"erased-{random_bytes(4).hex()}", "now": now},
        }
        gone: dict[UUID, list[str]] = {each: [] for each in await self._column("contracts_of", phone_id=phone_id)}
        for query, values in steps.items():
            rows = await self._connection.fetch(*QUERIES[f"subjects.{query}"](**values))
            for row in rows if query in _BOUND else ():
                if row["contract_id"] and row["id"]:
                    gone.setdefault(row["contract_id"], []).append(str(row["id"]))
        for contract_id, texts in sorted(gone.items()):
            told = {"person": str(phone_id), "texts": sorted(texts)}
            await self.note(contract_id, "record.erased", now, operator=operator, **told)
        await self.note(phone_id, "subject.erased", now, operator=operator)
        return await self._column("left_over", phone_id=phone_id, number=number, person=person)

    async def want_erased(
        self, phone_id: UUID, person: str, operator: str, now: datetime, *, since: datetime
    ) -> str | None:
        """Return who else than the operator, who is `person`, has wanted the person erased since `since`. None: nobody
        has, and it is kept that this operator wants it. The caller has locked the person's row."""
        query = QUERIES["subjects.who_else_wants_erased"](phone_id=phone_id, person=person, since=since)
        first: str | None = await self._connection.fetchval(*query)
        if first is None:
            wanted = QUERIES["subjects.want_erased"](phone_id=phone_id, person=person, operator=operator, now=now)
            await self._connection.execute(*wanted)
        return first

    async def hold(self, reason: str, now: datetime, *, phone_id: UUID | None, contract_id: UUID | None) -> None:
        """Put a person or a contract (give one of them) under a legal hold."""
        query = QUERIES["subjects.hold"]
        await self._connection.execute(
            *query(hold_id=new_id(), phone_id=phone_id, contract_id=contract_id, reason=reason, now=now)
        )  # fmt: skip

    async def release(self, now: datetime, *, phone_id: UUID | None, contract_id: UUID | None) -> int:
        """End the holds on a person or on a contract (give one of them). Return how many there were."""
        return len(await self._column("release", phone_id=phone_id, contract_id=contract_id, now=now))

    async def note(
        self, chain_id: UUID, action: str, now: datetime, *, operator: str | None = None, **details: Any
    ) -> None:
        """Write an audit entry into a chain, with the service as the actor; `operator` is who had it act."""
        named = {**({"operator": operator} if operator else {}), **details}
        query = QUERIES["subjects.note"](chain_id=chain_id, now=now, action=action, details=named, act_id=new_id())
        await self._connection.execute(*query)

    async def _column(self, query: str, **values: Any) -> list[Any]:
        return [row[0] for row in await self._connection.fetch(*QUERIES[f"subjects.{query}"](**values))]
