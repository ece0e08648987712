"""Contracts from before audit entries bound their rows: finds them, and writes for each the entry that does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden

Row = dict[str, Any]


class UnboundContract(Frozen):
    """A contract that is locked. `entries`: the texts of its audit chain; `found`: its rows by table and key;
    `confirmations`: as the tables have them."""

    id: UUID
    entries: Hidden[list[str]]
    found: Hidden[Row]
    confirmations: Hidden[list[Row]]


class BindingRows:
    """In PostgreSQL. Every step on a contract is one transaction, in which nobody else acts on it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def next(self, after: UUID) -> AsyncIterator["Binding | None"]:
        """Lock the next unbound contract after the id `after`, with its texts salted, until the block ends; what was
        written is kept unless the block raises. None: there is no more that nobody else works on."""
        async with self._pool.acquire() as taken, taken.transaction():
            connection = cast("Connection", taken)  # a proxy class of asyncpg
            contract_id = await connection.fetchval(*QUERIES["bindings.next"](after=after))
            yield Binding(connection, contract_id) if contract_id else None

    async def are_left(self) -> bool:
        """Whether any contract is not bound yet."""
        return bool(await self._pool.fetchval(*QUERIES["bindings.are_left"]()))


class Binding:
    """One contract, in the transaction in which it is bound."""

    def __init__(self, connection: Connection, contract_id: UUID) -> None:
        self._connection = connection
        self.contract_id = contract_id

    @property
    def pid(self) -> int:
        """The server's process that holds the transaction."""
        return self._connection.get_server_pid()

    async def read(self) -> UnboundContract:
        """Salt its texts, and return all of it."""
        for salt in ("salt_messages", "salt_disputes"):
            await self._connection.execute(*QUERIES[f"bindings.{salt}"](contract_id=self.contract_id))
        before = UUID(int=self.contract_id.int - 1)  # so that the index is asked for one id, however it is planned
        query = QUERIES["audit.contracts"](after=before, contract_id=self.contract_id, most=1)
        (row,) = await self._connection.fetch(*query)
        confirmations = await self._connection.fetch(*QUERIES["evidence.confirmations"](contract_id=self.contract_id))
        return UnboundContract(self.contract_id, row["entries"], row["found"], [dict(each) for each in confirmations])

    async def write(self, text: str, act_id: UUID, now: datetime) -> None:
        """Write the entry that binds it."""
        query = QUERIES["bindings.bind"]
        await self._connection.execute(*query(contract_id=self.contract_id, text=text, act_id=act_id, now=now))

    async def done(self) -> None:
        """Note that it is bound."""
        await self._connection.execute(*QUERIES["bindings.done"](contract_id=self.contract_id))
