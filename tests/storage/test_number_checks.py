"""What sources said of a SIM is kept by person: the newest word of each, and one answer to one question."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest_asyncio

from storage.number_checks import AnswerRow, CheckRow, NumberCheckRows
from storage.postgres.database import Pool, close_pool, connect, open_pool
from tests.storage.make_acts import NOON
from tests.storage.table_rows import PHONES, insert_row

AMINA, OTIENO = UUID(int=1), UUID(int=2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLEAR, SWAPPED = AnswerRow("not_swapped", looked_back=89 * DAY), AnswerRow("swapped", swapped_at=NOON - HOUR)
UNKNOWN, ASKED = AnswerRow("not_known", why="HTTP 429"), AnswerRow("asked")


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, smallest=1, largest=2, timeout_seconds=5)
    connection = await connect(database_url)
    for n, person in enumerate((AMINA, OTIENO)):
        await insert_row(connection, "phones", {**PHONES, "id": person, "msisdn": f"+25471234567{n}"})
    await connection.close()
    yield pool
    await close_pool(pool, within_seconds=1)


async def test_the_newest_word_of_each_source(pool: Pool) -> None:
    rows = NumberCheckRows(pool)
    for hours, source, answer in [
        (9, "daraja", SWAPPED), (8, "daraja", CLEAR), (7, "daraja", UNKNOWN), (6, "daraja", UNKNOWN),
        (5, "camara", SWAPPED), (90, "africastalking", CLEAR),
    ]:  # fmt: skip
        await rows.add_answer(AMINA, source, answer, NOON - hours * HOUR)
    await rows.add_answer(OTIENO, "daraja", SWAPPED, NOON)
    await rows.add_question(AMINA, "africastalking", "ATSwpid_1", NOON - HOUR)
    assert await rows.of_phone(AMINA, NOON - 72 * HOUR) == [
        CheckRow("africastalking", NOON - HOUR, ASKED),
        CheckRow("camara", NOON - 5 * HOUR, SWAPPED),
        CheckRow("daraja", NOON - 6 * HOUR, UNKNOWN),
        CheckRow("daraja", NOON - 8 * HOUR, CLEAR),
    ]


async def test_a_question_has_one_answer(pool: Pool) -> None:
    rows = NumberCheckRows(pool)
    await rows.add_question(AMINA, "africastalking", "ATSwpid_1", NOON - HOUR)
    assert await rows.answer_question("africastalking", "ATSwpid_1", SWAPPED, NOON)
    assert not await rows.answer_question("africastalking", "ATSwpid_1", CLEAR, NOON)
    assert await rows.of_phone(AMINA, NOON - DAY) == [CheckRow("africastalking", NOON - HOUR, SWAPPED)]


async def test_an_answer_may_come_before_the_question_is_kept(pool: Pool) -> None:
    rows = NumberCheckRows(pool)
    assert await rows.answer_question("africastalking", "ATSwpid_1", SWAPPED, NOON)
    assert await rows.of_phone(AMINA, NOON - DAY) == []
    await rows.add_question(AMINA, "africastalking", "ATSwpid_1", NOON - HOUR)
    assert await rows.of_phone(AMINA, NOON - DAY) == [CheckRow("africastalking", NOON - HOUR, SWAPPED)]


async def test_a_request_id_stays_the_first_persons(pool: Pool) -> None:
    rows = NumberCheckRows(pool)
    await rows.add_question(AMINA, "africastalking", "ATSwpid_1", NOON - HOUR)
    await rows.add_question(OTIENO, "africastalking", "ATSwpid_1", NOON)
    assert await rows.of_phone(OTIENO, NOON - DAY) == []
    assert await rows.of_phone(AMINA, NOON - DAY) == [CheckRow("africastalking", NOON - HOUR, ASKED)]
