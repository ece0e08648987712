"""What messages from phones may be about: those that came in one turn of the loop are looked up in one query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from storage.record_rows import MoFactsRow
from values.frozen import Frozen, Hidden


class MoLookup(Frozen):
    """A message as it is looked up. `wants_newest`: with its sender's newest contracts, or only those that wait."""

    msisdn: Hidden[str]
    text: Hidden[str]
    reference: str | None
    at: datetime
    wants_newest: bool


class MoFactsReader:
    """`answers`: the kinds of message that only answer one; `questions`: those that a yes may be for."""

    def __init__(self, pool: Pool, answers: Sequence[str], questions: Sequence[str]) -> None:
        self._pool = pool
        self._kinds = (answers, questions)
        # One trip at a time: to begin one costs as much as eight messages in it, so whatever comes meanwhile gathers.
        self._batcher = CallBatcher[MoLookup, MoFactsRow](self._read, batches_at_once=1, retry_singly_on=ROW_FAULTS)

    async def read(self, mo: MoLookup) -> MoFactsRow:
        """Its sender, and the contracts that it may be about."""
        return await self._batcher(mo)

    async def _read(self, mos: Sequence[MoLookup]) -> list[MoFactsRow]:
        found: list[list[Any]] = [[] for _ in mos]
        for row in await self._pool.fetch(QUERIES["sms.mo_facts"], mos, *self._kinds):
            found[row["place"] - 1].append(row)
        return [_answerable(rows) for rows in found]


def _answerable(rows: Sequence[Any]) -> MoFactsRow:
    first, about = rows[0], [row for row in rows if row["contract"]]
    return MoFactsRow(
        first["id"], first["language"], first["opted_out"], first["opted_sent_at"], first["helped"],
        first["answers_in_hour"], first["answers_in_day"], first["last_answer"],
        [(row["contract"], tuple(row["texts"] or ())) for row in about],
        {row["contract"]["id"]: tuple(row["parts"]) for row in about if row["parts"]},
        bool(first["is_repeat"]), _those(about, "is_unread"), _those(about, "is_pressed"),
    )  # fmt: skip


def _those(rows: Sequence[Any], name: str) -> frozenset[str]:
    return frozenset(row["contract"]["id"] for row in rows if row[name])
