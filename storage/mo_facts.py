"""Looks up who sent an MO and which contracts it may be about. MOs of the same moment are looked up in one query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from storage.record_rows import MoFactsRow
from values.frozen import Frozen, Hidden


class MoLookup(Frozen):
    """What the lookup needs of an MO. `reference`: the contract it names. `wants_newest`: also look up the sender's
    newest contracts, not only those that wait for an answer. `to`: the number of ours that it was sent to."""

    msisdn: Hidden[str]
    text: Hidden[str]
    reference: str | None
    at: datetime
    wants_newest: bool
    to: str


class MoFactsReader:
    """`answer_kinds`: kinds of our messages that only answer an MO; `pause_kind`: the one that says that there are no
    more for now. `question_kinds`: kinds that a YES may answer; `asked_kinds`: those that asked about a YES;
    `silent_kinds`: those that ask nothing. `most_answers`: when how many of our newest answers were sent is wanted."""

    def __init__(
        self, pool: Pool, answer_kinds: Sequence[str], question_kinds: Sequence[str], asked_kinds: Sequence[str] = (),
        pause_kind: str = "", most_answers: int = 24, silent_kinds: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._pool = pool
        self._given = {
            "answer_kinds": answer_kinds, "question_kinds": question_kinds, "asked_kinds": asked_kinds,
            "pause_kind": pause_kind, "most_answers": most_answers, "silent_kinds": silent_kinds,
        }  # fmt: skip
        # One batch at a time: starting a query costs as much as eight more MOs in it, so MOs that come meanwhile wait.
        self._batcher = CallBatcher[MoLookup, MoFactsRow](self._read, batches_at_once=1, retry_singly_on=ROW_FAULTS)

    async def read(self, mo: MoLookup) -> MoFactsRow:
        """Return the sender and the contracts that this MO may be about."""
        return await self._batcher(mo)

    async def _read(self, mos: Sequence[MoLookup]) -> list[MoFactsRow]:
        found: list[list[Any]] = [[] for _ in mos]
        for row in await self._pool.fetch(*QUERIES["sms.mo_facts"](lookups=mos, **self._given)):
            found[row["place"] - 1].append(row)
        return [_facts(rows) for rows in found]


def _facts(rows: Sequence[Any]) -> MoFactsRow:
    first, about = rows[0], [row for row in rows if row["contract"]]
    return MoFactsRow(
        first["id"], first["language"], first["opted_out"], first["opted_sent_at"],
        tuple(first["answered_at"] or ()), first["paused_at"], first["last_answer"],
        [(row["contract"], tuple(row["texts"] or ())) for row in about],
        {row["contract"]["id"]: tuple(row["parts"]) for row in about if row["parts"]},
        first["is_repeat"], _ids_where(about, "is_unread"), _ids_where(about, "is_pressed"),
        first["language_presumed"], _ids_where(about, "is_withdrawn"), first["is_presumed_out"], first["is_copy"],
        {row["contract"]["id"]: tuple(row["text_ids"] or ()) for row in about},
        {row["contract"]["id"]: tuple(row["english"] or ()) for row in about},
        first["waiting_unseen"], first["open_unseen"], first["last_said"],
    )  # fmt: skip


def _ids_where(rows: Sequence[Any], claim: str) -> frozenset[str]:
    return frozenset(row["contract"]["id"] for row in rows if row[claim])
