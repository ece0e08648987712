"""Acts on a contract that somebody else moves, has moved, or holds."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio

from storage.acts.rows import MoveRow, PersonRow
from storage.records import Records
from tests.storage.acting import (
    act,
    answering,
    counts,
    hop,
    made,
    making,
    msisdn,
    records_on,
    together,
    two_on,
)
from values.frozen import replace


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with records_on(database_url) as records:
        yield records


async def test_a_contract_that_moved_on_is_left_alone_and_nothing_is_written(records: Records) -> None:
    row = await made(records)
    assert await records.apply(answering(row, 2))
    before = await counts(records.pool)
    late = answering(row, 1, yes=False, status="CANCELLED", people=(PersonRow(uuid4(), msisdn(77)),))
    assert await records.apply(late) is False
    assert await counts(records.pool) == before
    now = await records.contract(UUID(row["id"]))
    assert now and (now["status"], now["version"]) == ("CONFIRMED", 2)


async def test_a_contract_that_does_not_exist_is_never_decided_on(records: Records) -> None:
    before = await counts(records.pool)
    assert await records.apply(act(move=MoveRow(uuid4(), 1, "CONFIRMED"))) is False
    assert await counts(records.pool) == before


async def test_a_contract_in_somebody_elses_hands_is_not_waited_for(records: Records) -> None:
    row, other = await made(records), await made(records, 3, 4)
    async with records.pool.acquire() as holder, holder.transaction():
        await holder.fetch("SELECT FROM contracts WHERE id = $1 FOR UPDATE", UUID(row["id"]))
        async with asyncio.timeout(2):
            assert await together(records, answering(row, 2), answering(other, 4)) == [False, True]
    assert await records.apply(answering(row, 2)) is True


async def test_of_two_answers_in_one_batch_the_first_counts(records: Records) -> None:
    row = await made(records)
    answers = await together(records, answering(row, 2), answering(row, 1, yes=False, status="CANCELLED"))
    assert answers == [True, False]
    now = await records.contract(UUID(row["id"]))
    assert now and now["status"] == "CONFIRMED"


async def test_two_parties_confirm_at_the_same_instant_and_both_count(database_url: str) -> None:
    """Through two processes; who comes second looks again and decides again."""

    async def confirm(records: Records, contract_id: UUID, n: int) -> int:
        for tries in range(1, 100):
            row = await records.contract(contract_id)
            assert row
            last = sum(party["signature"] == "pending" for party in row["parties"]) == 1
            status = "CONFIRMED" if last else "PENDING"
            if await records.apply(answering(row, n, status=status, hop=hop(f"p{n}", tries))):
                return tries
            await asyncio.sleep(0.002)
        raise AssertionError("never its turn")

    async with two_on(database_url) as (one, two):
        for _ in range(10):
            asked = making(1, 2)
            parties = tuple(replace(party, signature="pending") for party in asked.parties)
            assert asked.contract and await one.apply(replace(asked, parties=parties, confirmation=None))
            contract_id = asked.contract.id
            await one.pool.execute("DELETE FROM acted_hops")
            await asyncio.gather(confirm(one, contract_id, 1), confirm(two, contract_id, 2))
            row = await one.contract(contract_id)
            assert row and (row["status"], row["version"]) == ("CONFIRMED", 3)
            assert [party["signature"] for party in row["parties"]] == ["signed", "signed"]
            said = await one.pool.fetch("SELECT FROM confirmations WHERE contract_id = $1", contract_id)
            assert len(said) == 2
