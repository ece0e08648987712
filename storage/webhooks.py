"""Webhook endpoints in PostgreSQL: who they are, which events wait for each, and what became of every try."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden
from values.ids import SERVICE_CHAIN, new_id

Row = dict[str, Any]


class HeldEndpoint(Frozen):
    """An endpoint that this process delivers to. `secret` and, until `old_secret_until`, `old_secret` are encrypted;
    `types`: None for all; events up to `cursor` are among its deliveries."""

    id: UUID
    url: Hidden[str]
    secret: Hidden[bytes]
    old_secret: Hidden[bytes | None]
    old_secret_until: datetime | None
    types: list[str] | None
    cursor: int


class WaitingDelivery(Frozen):
    """The first event of a lane that waits. `since`: of its first try; `waiting`: events of all lanes."""

    position: int
    lane: UUID
    tries: int
    since: datetime | None
    due_at: datetime
    waiting: int


class AttemptRow(Frozen):
    """What became of a try: `status` delivered, failed (given up), or pending until `due_at`. `http_status`: None if
    there was no answer; `took_ms`: None if nothing was sent."""

    endpoint_id: UUID
    position: int
    status: str
    at: datetime
    took_ms: int | None
    http_status: int | None = None
    why: str | None = None
    due_at: datetime | None = None


class OperatorAct(Frozen):
    """Who changes an endpoint, as the audit names them, and when. `operator`: None if its receiver wants it."""

    operator: str | None
    at: datetime


class WebhookRows:
    """Any number of processes may use it at once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._record = CallBatcher[AttemptRow, None](
            self._record_all, largest_batch=100, batches_at_once=1, retry_singly_on=ROW_FAULTS
        )

    async def add(
        self, endpoint_id: UUID, url: str, secret: bytes, types: Sequence[str] | None, cursor: int, by: OperatorAct
    ) -> bool:  # fmt: skip
        """Add an endpoint, to which events behind `cursor` are sent. False: there is one with this address."""
        return await self._change("add", endpoint_id, by, url=url, secret=secret, types=types, cursor=cursor)

    async def all(self) -> list[Row]:
        """Return all endpoints, oldest first, with how many events wait (`waiting`) and were given up (`failed`)."""
        return [dict(row) for row in await self._pool.fetch(*QUERIES["webhooks.all"](id=None))]

    async def one(self, endpoint_id: UUID) -> Row | None:
        row = await self._pool.fetchrow(*QUERIES["webhooks.all"](id=endpoint_id))
        return dict(row) if row else None

    async def remove(self, endpoint_id: UUID, by: OperatorAct) -> bool:
        """Remove it with all that waits for it. False: there is none."""
        return await self._change("remove", endpoint_id, by)

    async def rotate(self, endpoint_id: UUID, secret: bytes, until: datetime, by: OperatorAct) -> bool:
        """Sign with `secret`, and until then also with the one before. False: there is no such endpoint."""
        return await self._change("rotate", endpoint_id, by, secret=secret, until=until)

    async def encrypt_again(self, endpoint: HeldEndpoint, secret: bytes, old_secret: bytes | None) -> None:
        """Store the secrets of an endpoint in another encryption."""
        until = endpoint.old_secret_until if old_secret else None
        query = QUERIES["webhooks.encrypt_again"]
        await self._pool.execute(
            *query(id=endpoint.id, was=endpoint.secret, secret=secret, old_secret=old_secret, old_secret_until=until)
        )

    async def disable(self, endpoint_id: UUID, why: str, by: OperatorAct) -> bool:
        """Send nothing more to it; what waits goes on waiting. False: there is no such endpoint that is active."""
        return await self._change("disable", endpoint_id, by, why=why)

    async def enable(self, endpoint_id: UUID, by: OperatorAct) -> bool:
        """Send to it again, first what waits. False: there is no such endpoint that is disabled."""
        return await self._change("enable", endpoint_id, by)

    async def hold(self, holder: UUID, seconds: float) -> list[HeldEndpoint]:
        """Take or keep the lease of each active endpoint that no other process holds, and return these."""
        rows = await self._pool.fetch(*QUERIES["webhooks.hold"](holder=holder, seconds=seconds))
        return [HeldEndpoint(**dict(row)) for row in rows]

    async def release(self, holder: UUID) -> None:
        await self._pool.execute(*QUERIES["webhooks.release"](holder=holder))

    async def deal(
        self, endpoint_id: UUID, holder: UUID, cursor: int, to: int, events: Sequence[tuple[int, UUID]], now: datetime
    ) -> bool:
        """Have these events (positions and lanes) wait for the endpoint, whose cursor goes from `cursor` on to `to`.
        False: another process holds it."""
        query = QUERIES["webhooks.deal"](
            id=endpoint_id, holder=holder, cursor=cursor, to=to, positions=[position for position, _ in events],
            lanes=[lane for _, lane in events], now=now,
        )  # fmt: skip
        return await self._pool.fetchval(*query) is not None

    async def heads(self, endpoint_id: UUID, without: Sequence[UUID], most: int) -> list[WaitingDelivery]:
        """Return the first waiting event of each lane, except of lanes `without`; the `most` that are due first."""
        query = QUERIES["webhooks.heads"](id=endpoint_id, lanes=without, most=most)
        return [WaitingDelivery(**dict(row)) for row in await self._pool.fetch(*query)]

    async def record(self, attempt: AttemptRow) -> None:
        await self._record(attempt)

    async def replay(self, endpoint_id: UUID, events: Sequence[tuple[int, UUID]], now: datetime) -> int:
        """Send events (positions and lanes) that the endpoint may have had once more; return how many."""
        query = QUERIES["webhooks.replay"](
            id=endpoint_id, positions=[position for position, _ in events], lanes=[lane for _, lane in events], now=now
        )
        found: int = await self._pool.fetchval(*query)
        return found

    async def replay_failed(self, endpoint_id: UUID, now: datetime) -> int:
        """Send all events once more that were given up; return how many."""
        found: int = await self._pool.fetchval(*QUERIES["webhooks.replay_failed"](id=endpoint_id, now=now))
        return found

    async def attempts(self, endpoint_id: UUID, most: int, position: int | None = None) -> list[Row]:
        """Return the newest tries, newest first: all, or those for one event."""
        query = QUERIES["webhooks.attempts"](id=endpoint_id, position=position, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def _change(self, query: str, endpoint_id: UUID, by: OperatorAct, **values: Any) -> bool:
        named = {"service_chain": SERVICE_CHAIN, "operator": by.operator, "now": by.at, "act_id": new_id()}
        changed = await self._pool.fetchval(*QUERIES[f"webhooks.{query}"](id=endpoint_id, **named, **values))
        return changed is not None

    async def _record_all(self, attempts: Sequence[AttemptRow]) -> list[None]:
        await self._pool.execute(*QUERIES["webhooks.record"](results=attempts))
        return [None] * len(attempts)
