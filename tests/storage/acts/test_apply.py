"""Acts against a real PostgreSQL: one statement, once, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from storage.acts.rows import ContractRow, MoOnce, PartyRow, PersonRow
from storage.record_rows import Hop
from storage.records import Records
from tests.storage.make_acts import (
    CAUSES,
    NOON,
    TABLES_WITH_ROWS,
    apply_new_contract,
    apply_together,
    count_rows,
    make_act,
    make_answer_act,
    make_contract_act,
    make_entry,
    make_hop,
    make_sms,
    msisdn,
    open_records,
    open_two_records,
    repeat_act,
)
from values.frozen import replace

KILL_WAITING = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url) as records:
        yield records


async def statements(records: Records, table: str) -> int:
    """How many statements wrote the table's rows: each was a transaction of its own."""
    count: int = await records.pool.fetchval(f"SELECT count(DISTINCT xmin::text) FROM {table}")  # noqa: S608 - our own words
    return count


async def test_an_act_writes_everything_in_one_statement(records: Records) -> None:
    done = make_contract_act(1, 2)
    assert await records.apply(done) is True
    found = await count_rows(records.pool)
    wrote = {table: count for table, count in found.items() if count and table not in TABLES_WITH_ROWS}
    assert wrote == {
        "phones": 2, "contracts": 1, "contract_parties": 2, "contract_signatures": 2, "open_contracts": 2,
        "confirmations": 1, "contract_forms": 1, "confirmation_texts": 1, "audit_logs": 1, "sms_logs": 1,
        "acted_hops": 1,
        "message_fates": 1,  # this test's message is bound by no entry, so no entry tells that it is queued
    }  # fmt: skip
    rows = " UNION ".join(f"SELECT xmin::text FROM {table}" for table in wrote)  # noqa: S608 - our own words
    assert len(await records.pool.fetch(rows)) == 1, "all rows are of one transaction"


async def test_a_contract_is_read_as_it_was_written(records: Records) -> None:
    done = make_contract_act(1, 2)
    assert done.contract and await records.apply(done)
    row = await records.contract(done.contract.id)
    assert row
    assert (row["reference"], row["status"], row["version"]) == (done.contract.reference, "PENDING", 1)
    assert row["terms"] == done.contract.terms
    assert [(p["role"], p["msisdn"], p["name"], p["signature"]) for p in row["parties"]] == [
        ("buyer", msisdn(2), None, "pending"),
        ("seller", msisdn(1), "Amina", "signed"),
    ]
    message = await records.pool.fetchrow("SELECT * FROM sms_logs")
    assert message
    assert (message["status"], message["due_at"], message["direction"]) == ("queued", NOON, "out")


async def test_acts_of_one_moment_are_one_statement(records: Records) -> None:
    assert await apply_together(records, *(make_contract_act(n, n + 100) for n in range(20))) == [True] * 20
    assert await statements(records, "acted_hops") == await statements(records, "sms_logs") == 1
    assert (await count_rows(records.pool))["contracts"] == 20


async def test_more_acts_than_a_batch_holds_are_a_few_statements(records: Records) -> None:
    assert await apply_together(records, *(make_contract_act(n, n + 500) for n in range(100))) == [True] * 100
    assert await statements(records, "acted_hops") == 4


@pytest.mark.parametrize("cause", CAUSES)
async def test_a_cause_acts_once_one_after_the_other(records: Records, cause: str) -> None:
    done = make_contract_act(1, 2, **CAUSES[cause])
    assert await records.apply(done) is True
    before = await count_rows(records.pool)
    assert await records.apply(repeat_act(done)) is False
    assert await count_rows(records.pool) == before


@pytest.mark.parametrize("cause", CAUSES)
async def test_a_cause_acts_once_in_one_batch(records: Records, cause: str) -> None:
    done = make_contract_act(1, 2, **CAUSES[cause])
    answers = await apply_together(records, done, repeat_act(done), repeat_act(done), make_contract_act(3, 4))
    assert (sorted(map(bool, answers[:3])), answers[3]) == ([False, False, True], True)
    assert (await count_rows(records.pool))["contracts"] == 2


@pytest.mark.parametrize("cause", CAUSES)
async def test_a_cause_acts_once_whoever_of_two_processes_is_first(database_url: str, cause: str) -> None:
    async with open_two_records(database_url) as (one, two):
        await asyncio.gather(one.caller("x"), two.caller("x"))  # connected
        for round_ in range(10):
            key = {"hop": "hop_key", "mo": "message_id", "api": "key"}[cause]
            once = replace(CAUSES[cause][cause], **{key: f"{round_:032x}"})
            done = make_contract_act(1, 2, **{**CAUSES[cause], cause: once})
            assert sorted(await asyncio.gather(one.apply(done), two.apply(repeat_act(done)))) == [False, True]
        assert (await count_rows(one.pool))["contracts"] == 10


async def test_different_keys_are_different_causes(records: Records) -> None:
    keys = [make_hop("s1", 1), make_hop("s1", 2), make_hop("s2", 1), replace(make_hop("s1", 1), provider="other")]
    assert (
        await apply_together(records, *(make_act(hop=key, audit=(make_entry(uuid4()),)) for key in keys)) == [True] * 4
    )
    messages = [MoOnce("at", "1"), MoOnce("at", "2"), MoOnce("other", "1")]
    assert await apply_together(records, *(make_act(mo=mo, channel="sms") for mo in messages)) == [True] * 3


async def test_the_reply_of_a_hop_is_saved_with_its_act(records: Records) -> None:
    key = Hop("at", "once", bytes.fromhex(f"{1:032x}"))
    assert await records.saved_reply(key) is None
    assert await records.apply(make_contract_act(1, 2, hop=make_hop("once", 1)))
    assert await records.saved_reply(key) == ("reply 1", False, b"sealed")


async def test_a_hop_that_tried_a_pin_may_still_act(records: Records) -> None:
    await records.apply(make_act(people=(PersonRow(uuid4(), msisdn(1), pin_hash="h"),)))
    key = Hop("at", "once", bytes.fromhex(f"{1:032x}"))
    await records.try_pin(msisdn(1), key, NOON, None, [])
    assert await records.saved_reply(key) is None
    done = make_contract_act(1, 2, hop=make_hop("once", 1))
    assert [await records.apply(done), await records.apply(repeat_act(done))] == [True, False]


async def test_new_people_are_made_and_known_ones_found(records: Records) -> None:
    await records.apply(make_contract_act(1, 2))
    await apply_together(records, make_contract_act(2, 3), make_contract_act(3, 1), make_contract_act(3, 1))
    assert (await count_rows(records.pool))["phones"] == 3
    assert [len(await records.contracts_of_caller(msisdn(n))) for n in (1, 2, 3)] == [3, 2, 3]
    caller = await records.caller(msisdn(1))
    assert caller and caller.waiting == 2


async def test_acts_that_make_the_same_new_person_make_one(database_url: str) -> None:
    async with open_two_records(database_url) as (one, two):
        answers = await asyncio.gather(
            *(apply(make_contract_act(n, 99)) for n in range(20) for apply in (one.apply, two.apply))
        )
        assert answers == [True] * 40
        assert (await count_rows(one.pool))["phones"] == 21


async def test_a_language_is_kept_until_another_is_chosen(records: Records) -> None:
    async def speaks(language: str | None) -> str | None:
        await records.apply(make_act(people=(PersonRow(uuid4(), msisdn(1), language),)))
        caller = await records.caller(msisdn(1))
        return caller.language if caller else "nobody"

    assert [await speaks(choice) for choice in (None, "sw", None, "en")] == [None, "sw", "sw", "en"]


async def test_an_act_whose_reference_is_taken_is_not_written_and_can_be_decided_again(records: Records) -> None:
    first, second, beside = make_contract_act(1, 2), make_contract_act(3, 4), make_contract_act(5, 6)
    assert first.contract and second.contract and await records.apply(first)
    before = await count_rows(records.pool)
    taken = replace(second, contract=replace(second.contract, reference=first.contract.reference))
    assert await records.apply(taken) is False
    assert await count_rows(records.pool) == before
    assert await apply_together(records, taken, beside) == [False, True]
    assert await records.apply(second) is True


async def test_a_refused_row_fails_only_its_own_act_and_all_of_it(records: Records) -> None:
    before = await count_rows(records.pool)
    twice_in_it = make_contract_act(5, 6)
    bad = [
        replace(twice_in_it, parties=twice_in_it.parties[:1] * 2),
        make_act(people=(PersonRow(uuid4(), "0712345678"),)),
        make_act(messages=(replace(make_sms(1), msisdn=None),)),
        make_act(messages=(replace(make_sms(1), segments=100_000),)),
        make_act(
            audit=(make_entry(uuid4()),), people=(PersonRow(uuid4(), msisdn(9)),), messages=(make_sms(9, uuid4()),)
        ),
    ]
    good = [make_contract_act(n, n + 1) for n in range(10, 50, 10)]
    answers = await apply_together(records, *(one for pair in zip(bad[:4], good, strict=True) for one in pair), bad[4])
    assert answers[1:8:2] == [True] * 4
    kinds = [type(answer).__name__ for answer in (*answers[0:8:2], answers[8])]
    assert kinds == [
        "UniqueViolationError", "CheckViolationError", "CheckViolationError", "NumericValueOutOfRangeError",
        "ForeignKeyViolationError",
    ]  # fmt: skip
    now = await count_rows(records.pool)
    assert {table: now[table] - before[table] for table in ("contracts", "acted_hops", "audit_logs", "phones")} == {
        "contracts": 4, "acted_hops": 4, "audit_logs": 4, "phones": 8,
    }  # fmt: skip


async def test_a_refused_act_writes_nothing_and_can_be_corrected(records: Records) -> None:
    before = await count_rows(records.pool)
    key = make_hop("once")
    contract = ContractRow(uuid4(), "40718353", "other", {"a": 1}, 0, "KES")
    with pytest.raises(asyncpg.CheckViolationError):
        await records.apply(make_act(hop=key, contract=contract, people=(PersonRow(uuid4(), msisdn(1)),)))
    assert await count_rows(records.pool) == before
    assert await records.apply(make_act(hop=key, contract=replace(contract, total_minor=1))) is True


async def test_a_cancelled_caller_does_not_undo_its_act(records: Records) -> None:
    await records.caller("x")
    first, second = make_contract_act(1, 2), make_contract_act(3, 4)
    calls = [asyncio.ensure_future(records.apply(one)) for one in (first, second)]
    await asyncio.sleep(0)
    calls[0].cancel()
    assert await calls[1] is True
    assert await records.apply(repeat_act(first)) is False, "it happened, and its repeat is told so"


async def test_a_broken_connection_fails_the_batch_and_the_next_works(records: Records, database_url: str) -> None:
    row = await apply_new_contract(records)
    async with open_records(database_url) as other, other.pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE acted_hops IN ACCESS EXCLUSIVE MODE")
        calls = asyncio.ensure_future(apply_together(records, make_answer_act(row, 2), make_contract_act(3, 4)))
        async with asyncio.timeout(60):
            while not calls.done():  # on a busy machine the two may travel one after the other
                await holder.fetch(KILL_WAITING)
                await asyncio.sleep(0.01)
        answers = await calls
    assert len(answers) == 2 and all(isinstance(answer, Exception) for answer in answers)
    assert await records.apply(make_answer_act(row, 2)) is True


async def test_a_witness_signs_nothing(records: Records) -> None:
    done = make_contract_act(1, 2)
    witness = PartyRow("witness", "Chege", None, None, msisdn(3))
    more = replace(done, people=(*done.people, PersonRow(uuid4(), msisdn(3))), parties=(*done.parties, witness))
    assert await records.apply(more)
    assert (await count_rows(records.pool))["contract_signatures"] == 2
    assert (await count_rows(records.pool))["contract_parties"] == 3


async def test_the_newest_forty_of_a_caller_newest_first(records: Records) -> None:
    acts_made = [replace(make_contract_act(1, 2), at=NOON + timedelta(minutes=n)) for n in range(45)]
    await apply_together(records, *acts_made)
    found = await records.contracts_of_caller(msisdn(2))
    newest = [str(one.contract.id) for one in reversed(acts_made) if one.contract][:40]
    assert [str(row.id) for row in found] == newest
