"""Acts happen: those of one turn of the loop in one statement (sql/queries/acts.sql), each whole or not at all."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg

from storage.acts.rows import Act
from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, UNAVAILABLE, Pool
from storage.postgres.queries import QUERIES

_WAKE_AFTER_SECONDS = 0.02

# Two that decided at the same moment drew one reference, or made one person under two ids: the later decides again.
_MOVED_ON = ("contracts_reference_key", "contract_parties_phone_id_fkey")
_TOO_SOON = "contract_requests_once_an_hour"


class PartyAskedTooSoon(Exception):  # noqa: N818 - it reads as what happened
    """The party was asked less than an hour ago; nothing was written."""


class Acts:
    """Applies acts, those of one turn together."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waking: asyncio.Task[None] | None = None
        self._batcher = CallBatcher[Act, bool](
            self._apply, largest_batch=32, batches_at_once=4, retry_singly_on=ROW_FAULTS
        )

    async def apply(self, act: Act) -> bool:
        """True: it happened. False: nothing was written, because it had happened already, or because what it was
        decided on holds no more: its contract has moved or is being moved, its new reference is another's, or a person
        it makes has just been made.

        Raises PartyAskedTooSoon, or what PostgreSQL says of a row that may not be
        (asyncpg.IntegrityConstraintViolationError), nothing written; or one of database.UNAVAILABLE: then nobody knows
        whether it happened, and trying it again does.
        """
        try:
            return await self._batcher(act)
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as taken:
            if taken.constraint_name not in _MOVED_ON:
                raise
            return False
        except asyncpg.CheckViolationError as refused:
            if refused.constraint_name != _TOO_SOON:
                raise
            raise PartyAskedTooSoon from None

    async def finish_waking_outbox(self) -> None:
        """Once the outbox has been told of all that was queued; for whoever is about to close the pool."""
        if self._waking is not None:
            await self._waking

    async def _apply(self, acts: Sequence[Act]) -> list[bool | Exception]:
        now, later = _that_go_together(acts)
        rows = await self._pool.fetch(QUERIES["acts.apply"], now)
        happened = {row["act_id"] for row in rows}
        answers: dict[UUID, bool | Exception] = {act.act_id: act.act_id in happened for act in now}
        for act in later:
            answers[act.act_id] = await self._apply_alone(act)
        if any(answers[act.act_id] is True and act.queues for act in acts):
            self._wake_soon()
        return [answers[act.act_id] for act in acts]

    def _wake_soon(self) -> None:
        """NOTIFY takes a lock that every notifying commit waits for: so once for all that is queued in a moment, and
        apart from the acts. An outbox that misses it looks again by itself."""
        if self._waking is None or self._waking.done():
            self._waking = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        await asyncio.sleep(_WAKE_AFTER_SECONDS)
        with suppress(*UNAVAILABLE):
            await self._pool.execute(QUERIES["outbox.wake"])

    async def _apply_alone(self, act: Act) -> bool | Exception:
        try:
            return bool(await self._pool.fetch(QUERIES["acts.apply"], [act]))
        except Exception as fault:  # its own caller's to meet: the acts before it are committed
            return fault


def _that_go_together(acts: Sequence[Act]) -> tuple[list[Act], list[Act]]:
    """Split off the acts that touch what an earlier one touches: one statement writes a row once."""
    touched: set[object] = set()
    now: list[Act] = []
    later: list[Act] = []
    for act in acts:
        touches: set[object] = {person.msisdn for person in act.people}
        touches.update(once for once in (act.hop and (act.hop.session_id, act.hop.hop_key), act.mo) if once)
        if act.move:
            touches.add(act.move.contract_id)
        (later if touches & touched else now).append(act)
        touched |= touches
    return now, later
