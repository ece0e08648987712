"""Looks at personal data: who looked at whom, and when. Rows are only added, and go when they are old."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.pages import Cursor, PageRows
from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen
from values.ids import new_id


class Looker(Frozen):
    """Who looks. `key_id`: of their key; None for a command outside production that nobody's key was needed for."""

    key_id: str | None
    name: str


class LookRows:
    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool

    async def note(
        self, looker: Looker, what: str, now: datetime, *, ids: Collection[UUID] = (), msisdns: Collection[str] = ()
    ) -> None:
        """Write that `looker` saw, by the route or command `what`, those contracts, people and messages that have one
        of these ids or numbers. Ids of other things are passed over; nothing is written if nobody is left."""
        await self._pool.execute(*QUERIES["looks.note"](
            id=new_id(), now=now, key_id=looker.key_id, name=looker.name, what=what, ids=list(ids),
            msisdns=list(msisdns),
        ))  # fmt: skip

    async def page(
        self, limit: int, after: Cursor | None, *, about: UUID | None = None, key_ids: list[str] | None = None
    ) -> PageRows:
        """Return looks, newest first, that follow the one at `after`: all, those at the contract or person `about`, or
        those with one of the keys `key_ids`."""
        which: dict[str, Any] = {"after_id": after[1] if after else None, "most": limit + 1}
        if about is not None:
            query = QUERIES["looks.newest_about"](about=about, **which)
        elif key_ids is not None:
            query = QUERIES["looks.newest_by"](key_ids=key_ids, **which)
        else:
            query = QUERIES["looks.newest"](**which)
        return PageRows.of([dict(row) for row in await self._pool.fetch(*query)], limit)
