"""What sources said of the SIM behind a number, and when its PIN was recovered."""

from datetime import datetime, timedelta
from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, asdict
from values.ids import new_id


class AnswerRow(Frozen):
    """An answer as it is kept. `status`: swapped (then `swapped_at`), not_swapped (then `looked_back`, if the source
    says it) or not_known (then `why`); asked where there is none yet."""

    status: str
    swapped_at: datetime | None = None
    looked_back: timedelta | None = None
    why: str | None = None


class CheckRow(Frozen):
    """A question to a source, with its answer."""

    source: str
    asked_at: datetime
    answer: AnswerRow


class NumberCheckRows:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_phone(self, phone_id: UUID, since: datetime) -> list[CheckRow]:
        """Return what was asked about a person's number after `since`, newest first: of each source the newest answer
        that says something, and the newest of the others."""
        rows = await self._pool.fetch(*QUERIES["number_checks.of_phone"](phone_id=phone_id, since=since))
        return [CheckRow(source, asked_at, AnswerRow(*answer)) for source, asked_at, *answer in rows]

    async def recovered_at(self, phone_id: UUID) -> datetime | None:
        """Return when a recovery code was last given out for, or used by, this person."""
        found: datetime | None = await self._pool.fetchval(*QUERIES["number_checks.recovered_at"](phone_id=phone_id))
        return found

    async def add_answer(self, phone_id: UUID, source: str, answer: AnswerRow, now: datetime) -> None:
        """Keep what a source said at once."""
        query, told = QUERIES["number_checks.add_answer"], asdict(answer)
        await self._pool.execute(*query(check_id=new_id(), phone_id=phone_id, source=source, now=now, **told))

    async def add_question(self, phone_id: UUID, source: str, request_id: str, asked_at: datetime) -> None:
        """Keep a question that the source answers by a call with this request id, which may have come already."""
        query = QUERIES["number_checks.add_question"]
        await self._pool.execute(
            *query(check_id=new_id(), phone_id=phone_id, source=source, request_id=request_id, asked_at=asked_at)
        )  # fmt: skip

    async def answer_question(self, source: str, request_id: str, answer: AnswerRow, now: datetime) -> bool:
        """Keep the answer to a question. False: it was answered before; the first answer counts."""
        query, told = QUERIES["number_checks.answer_question"], asdict(answer)
        return bool(
            await self._pool.fetchval(*query(check_id=new_id(), source=source, request_id=request_id, now=now, **told))
        )  # fmt: skip
