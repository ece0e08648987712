"""Applies acts: those of one moment in one statement (sql/queries/acts.sql), each as a whole or not at all."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from storage.acts.rows import Act
from storage.call_batcher import CallBatcher
from storage.outbox_waking import wake_one
from storage.postgres.database import ROW_FAULTS, UNAVAILABLE, Pool
from storage.postgres.queries import QUERIES
from values.frozen import replace

_WAKE_AFTER_SECONDS = 0.02

# Two acts of the same moment drew the same reference, or made the same person under two ids. The later one is decided
# again.
_DECIDE_AGAIN = (
    "contracts_reference_key", "contract_parties_phone_id_fkey", "offers_addressee_id_fkey",
    "audit_logs_actor_id_fkey", "blocks_phone_id_fkey", "blocks_blocked_phone_id_fkey", "offers_contract_id_fkey",
    "transfers_one_prompt", "transfers_retries_key",
)  # fmt: skip
_APPLY = QUERIES["acts.apply"]
_ASKED_TOO_SOON = "contract_requests_once_an_hour"


class PartyAskedTooSoon(Exception):  # noqa: N818 - it reads as what happened
    """An operator asked this party less than an hour ago; nothing was written."""


class Acts:
    """Applies acts, those of one moment together. `wake_own_outbox` wakes the outbox of this process; False: another is
    to be told, because none runs here, or a worker does nothing else. `when_written` is called after each commit."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.wake_own_outbox: Callable[[], bool] = lambda: False
        self.when_written: Callable[[], None] = lambda: None
        self._waking: asyncio.Task[None] | None = None
        self._batcher = CallBatcher[Act, bool](
            self._apply, largest_batch=32, batches_at_once=4, retry_singly_on=ROW_FAULTS
        )

    async def apply(self, act: Act) -> bool:
        """Return True if the act was written. False: nothing was written, because the act was written before, or the
        facts it was decided on have changed: another act changes its contract, its new reference is taken, a person it
        makes exists by now, or another offer took its number among those of its maker or its addressee.

        Raise PartyAskedTooSoon, or asyncpg.IntegrityConstraintViolationError for a row that the tables refuse; nothing
        is written then. Raise one of database.UNAVAILABLE if it is not known whether the act was written; to apply it
        again is safe.
        """
        try:
            return await self._batcher(act)
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as taken:
            if taken.constraint_name not in _DECIDE_AGAIN:
                raise
            return False
        except asyncpg.CheckViolationError as refused:
            if refused.constraint_name != _ASKED_TOO_SOON:
                raise
            raise PartyAskedTooSoon from None

    async def finish_waking_outbox(self) -> None:
        """Wait until the outbox was told about all queued messages. Call it before the pool is closed."""
        if self._waking is not None:
            await self._waking

    async def _apply(self, acts: Sequence[Act]) -> list[bool | Exception]:
        now, later = _split_by_conflict(acts)
        rows = await self._pool.fetch(*statement_of(now))
        applied = {row["act_id"] for row in rows}
        answers: dict[UUID, bool | Exception] = {act.act_id: act.act_id in applied for act in now}
        for act in later:
            answers[act.act_id] = await self._apply_alone(act)
        self.when_written()
        if any(answers[act.act_id] is True and act.queues for act in acts):
            self._wake_soon()
        return [answers[act.act_id] for act in acts]

    def _wake_soon(self) -> None:
        """Wake an outbox once for all messages queued within a moment. The one of this process needs no word to the
        database: NOTIFY is a commit, takes a lock for which every other notifying commit waits, and would wake
        all processes. An outbox that misses it finds the messages by itself."""
        if self._waking is None or self._waking.done():
            self._waking = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        await asyncio.sleep(_WAKE_AFTER_SECONDS)
        if self.wake_own_outbox():
            return
        with suppress(*UNAVAILABLE):
            await wake_one(self._pool)

    async def _apply_alone(self, act: Act) -> bool | Exception:
        try:
            return bool(await self._pool.fetch(*statement_of([act])))
        except Exception as fault:  # raised to its own caller only: the acts before it are committed
            return fault


def statement_of(acts: Sequence[Act]) -> tuple[Any, ...]:
    """Return the statement for acts none of which writes a row of another. The texts of entries go beside the JSON,
    which would quote them once more."""
    entries = [(act.act_id, entry) for act in acts for entry in act.entries]
    return _APPLY.with_parts(frozenset[str]().union(*map(_parts_of, acts)))(
        acts=[replace(act, entries=()) for act in acts], entry_acts=[act_id for act_id, _ in entries],
        chains=[entry.chain_id for _, entry in entries], actors=[entry.actor_id for _, entry in entries],
        entries=[entry.text for _, entry in entries],
    )  # fmt: skip


def _parts_of(act: Act) -> frozenset[str]:
    """Return the parts of the statement that the act needs. They are coarse, so that acts of one moment need one of
    some thirty statements: each has a plan of its own on each connection."""
    has = {
        "hop": act.hop, "mo": act.mo, "api": act.api, "rail": act.rail, "people": act.people, "contract": act.contract,
        "change": act.change, "confirmation": act.confirmation, "money": act.money, "messages": act.messages,
        "other": act.proposal or act.delivery or act.dispute or act.request or act.block
        or (act.contract is None and (act.form or act.parties)),
    }  # fmt: skip
    return frozenset(part for part, value in has.items() if value)


def _split_by_conflict(acts: Sequence[Act]) -> tuple[list[Act], list[Act]]:
    """Return the acts for one statement, and those for later ones: a statement can write each row only once."""
    touched: set[object] = set()
    now: list[Act] = []
    later: list[Act] = []
    for act in acts:
        touches: set[object] = {person.msisdn for person in act.people}
        touches.update(once for once in (act.hop and (act.hop.session_id, act.hop.hop_key), act.mo, act.rail) if once)
        if act.change:
            touches.add(act.change.contract_id)
        (later if touches & touched else now).append(act)
        touched |= touches
    return now, later
