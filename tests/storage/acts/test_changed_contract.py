"""Acts on a contract that somebody else moves, has moved, or holds."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio

from storage.acts.rows import ContractChangeRow, PersonRow
from storage.records import Records
from tests.storage.make_acts import (
    apply_new_contract,
    apply_together,
    count_rows,
    make_act,
    make_answer_act,
    make_contract_act,
    make_hop,
    msisdn,
    open_records,
    open_two_records,
)
from values.frozen import replace


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url) as records:
        yield records


async def test_a_contract_that_moved_on_is_left_alone_and_nothing_is_written(records: Records) -> None:
    row = await apply_new_contract(records)
    assert await records.apply(make_answer_act(row, 2))
    before = await count_rows(records.pool)
    late = make_answer_act(row, 1, yes=False, status="CANCELLED", people=(PersonRow(uuid4(), msisdn(77)),))
    assert await records.apply(late) is False
    assert await count_rows(records.pool) == before
    now = await records.contract(UUID(row["id"]))
    assert now and (now["status"], now["version"]) == ("CONFIRMED", 2)


async def test_a_contract_that_does_not_exist_is_never_decided_on(records: Records) -> None:
    before = await count_rows(records.pool)
    assert await records.apply(make_act(change=ContractChangeRow(uuid4(), 1, "CONFIRMED"))) is False
    assert await count_rows(records.pool) == before


async def test_a_contract_in_somebody_elses_hands_is_not_waited_for(records: Records) -> None:
    row, other = await apply_new_contract(records), await apply_new_contract(records, 3, 4)
    async with records.pool.acquire() as holder, holder.transaction():
        await holder.fetch("SELECT FROM contracts WHERE id = $1 FOR UPDATE", UUID(row["id"]))
        async with asyncio.timeout(30):
            assert await apply_together(records, make_answer_act(row, 2), make_answer_act(other, 4)) == [False, True]
    assert await records.apply(make_answer_act(row, 2)) is True


async def test_of_two_answers_in_one_batch_the_first_counts(records: Records) -> None:
    row = await apply_new_contract(records)
    answers = await apply_together(
        records, make_answer_act(row, 2), make_answer_act(row, 1, yes=False, status="CANCELLED")
    )
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
            if await records.apply(make_answer_act(row, n, status=status, hop=make_hop(f"p{n}", tries))):
                return tries
            await asyncio.sleep(0.002)
        raise AssertionError("never its turn")

    async with open_two_records(database_url) as (one, two):
        for _ in range(10):
            asked = make_contract_act(1, 2)
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
