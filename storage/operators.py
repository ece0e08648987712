"""Operators and their keys: who may use the API and the commands that change something.

Only the owner of the tables may add, rotate or revoke (sql/grants.sql); the service reads.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from storage.pages import Cursor, PageRows
from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import SERVICE_CHAIN, new_id


class NameTaken(Exception):  # noqa: N818 - it reads as what happened
    """An operator with this name is active."""


class NoSuchOperator(Exception):  # noqa: N818 - it reads as what happened
    """No active operator has this name."""


class KeyRow(Frozen):
    """A key that is valid until `expires_at`, and whose it is. `key_id`: how the audit names it."""

    sha256: Hidden[bytes]
    key_id: str
    expires_at: datetime
    operator_id: UUID
    name: str
    role: str
    scopes: Sequence[str]


class OperatorRow(Frozen):
    id: UUID
    name: str
    role: str
    scopes: Sequence[str]


class KeyReplaced(Exception):  # noqa: N818 - it reads as what happened
    """The key has been replaced by another of its operator."""


class OperatorRows:
    """On a pool, or for `add`, `rotate` and `revoke` on one connection."""

    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool

    async def keys(self, now: datetime) -> list[KeyRow]:
        """Return the keys of all operators that are not revoked, also those that expired in the last 30 days."""
        return [KeyRow(*row) for row in await self._pool.fetch(*QUERIES["operators.keys"](now=now))]

    async def page(self, limit: int, after: Cursor | None) -> PageRows:
        """Return operators with their keys, newest first, that follow the one at `after`."""
        at, operator_id = after or (None, None)
        rows = await self._pool.fetch(*QUERIES["operators.page"](after_at=at, after_id=operator_id, most=limit + 1))
        return PageRows.of([dict(row) for row in rows], limit)

    async def key_ids(self, name: str) -> list[str]:
        """Return the ids of all keys of operators with this name, past ones too; `name` may also be such an id."""
        return [row["id"] for row in await self._pool.fetch(*QUERIES["operators.keys_named"](name=name))]


class OperatorChanges:
    """Adds and ends operators on one connection of the owner of the tables. `by`: who does, for the audit."""

    def __init__(self, connection: Connection, by: str, now: datetime) -> None:
        self._connection, self._by, self._now = connection, by, now

    async def add(self, name: str, role: str, scopes: Sequence[str], key: tuple[bytes, str], until: datetime) -> None:
        """Make an operator whose first key (its SHA-256, and its id) is valid until `until`. Raise NameTaken."""
        operator_id, (sha256, key_id) = new_id(), key
        details = {**self._told(operator_id, name, key_id), "role": role, "scopes": list(scopes)}
        query = QUERIES["operators.add"](
            id=operator_id, name=name, role=role, scopes=list(scopes), now=self._now, operator=self._by, sha256=sha256,
            key_id=key_id, expires_at=until, service_chain=SERVICE_CHAIN, details=details, act_id=new_id(),
        )  # fmt: skip
        try:
            await self._connection.execute(*query)
        except asyncpg.UniqueViolationError:
            raise NameTaken from None

    async def rotate(
        self, name: str, key: tuple[bytes, str], until: datetime, overlap: timedelta, own: str | None = None
    ) -> tuple[str, datetime]:
        """Give the operator another key, valid until `until`; the one before is valid for `overlap` more at most.
        Return the id of that one, and until when it is valid. `own`: the id of the key by which they ask themselves.
        Raise NoSuchOperator; KeyReplaced if `own` is not their current key: who has an old one gets no new one."""
        (sha256, key_id), ends_at = key, self._now + overlap
        async with self._connection.transaction():
            operator = await self._lock(name)
            before = await self._connection.fetchrow(
                *QUERIES["operators.replace"](operator_id=operator.id, now=self._now, ends_at=ends_at)
            )
            assert before, "an operator has a current key"
            if own not in (None, before["id"]):
                raise KeyReplaced
            await self._connection.execute(*QUERIES["operators.give"](
                operator_id=operator.id, sha256=sha256, key_id=key_id, now=self._now, expires_at=until
            ))  # fmt: skip
            await self._note("operator.rotated", {**self._told(operator.id, operator.name, key_id),
                                                  "before": before["id"]})  # fmt: skip
        return before["id"], before["expires_at"]

    async def revoke(self, name: str) -> None:
        """Let no key of the operator be valid any more. Raise NoSuchOperator."""
        async with self._connection.transaction():
            operator = await self._lock(name)
            query = QUERIES["operators.revoke"](operator_id=operator.id, now=self._now, operator=self._by)
            await self._connection.execute(*query)
            await self._note("operator.revoked", self._told(operator.id, operator.name))

    async def _lock(self, name: str) -> OperatorRow:
        row = await self._connection.fetchrow(*QUERIES["operators.lock_active"](name=name))
        if row is None:
            raise NoSuchOperator
        return OperatorRow(*row)

    def _told(self, operator_id: UUID, name: str, key_id: str | None = None) -> dict[str, Any]:
        named = {"person": str(operator_id), "name": name, **({"key": key_id} if key_id else {})}
        return {**named, "operator": self._by}

    async def _note(self, action: str, details: dict[str, Any]) -> None:
        await self._connection.execute(*QUERIES["operators.note"](
            service_chain=SERVICE_CHAIN, now=self._now, action=action, details=details, act_id=new_id()
        ))  # fmt: skip
