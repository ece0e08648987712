"""The audit's chain: recomputed here by hand, it is what the database wrote; and nobody changes it afterwards."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from contracts.proof.canonical import canonical_json
from contracts.proof.entries import FORMAT
from contracts.proof.statements import utc_timestamp
from storage.acts.rows import Act, AuditRow, PersonRow
from storage.postgres.queries import QUERIES
from storage.records import Records
from tests.storage.make_acts import (
    NOON,
    TERMS,
    apply_new_contract,
    apply_together,
    make_act,
    make_answer_act,
    make_entry,
    msisdn,
    open_records,
)
from values.frozen import replace


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url) as records:
        yield records


async def verified(records: Records, chain_id: UUID) -> list[Any]:
    """The actions of the chain. Each entry is checked against the one before, and the last against the head."""
    entries = await records.pool.fetch("SELECT * FROM audit_logs WHERE chain_id = $1 ORDER BY seq", chain_id)
    before = hashlib.sha256(str(chain_id).encode()).digest()
    for seq, entry in enumerate(entries, start=1):
        assert entry["seq"] == seq
        assert entry["prev_hash"] == before
        assert entry["hash"] == hashlib.sha256(before + entry["text"].encode()).digest()
        before = entry["hash"]
    heads = "SELECT head, entries FROM (TABLE heads) AS h WHERE id = $1"
    sql = f"WITH heads AS (SELECT id, head, entries FROM contracts UNION SELECT id, head, entries FROM phones) {heads}"  # noqa: S608 - our own words
    head = await records.pool.fetchrow(sql, chain_id)
    assert head is None or tuple(head) == (before, len(entries))
    return await records.pool.fetch("SELECT * FROM audit_actions WHERE chain_id = $1 ORDER BY seq, place", chain_id)


async def test_a_contracts_chain_can_be_recomputed(records: Records) -> None:
    row = await apply_new_contract(records)
    assert await records.apply(make_answer_act(row, 2))
    entries = await verified(records, UUID(row["id"]))
    assert [entry["action"] for entry in entries] == ["contract.made", "contract.confirm"]
    assert entries[0]["details"] == {"terms": TERMS}


def person_act(person: UUID, *audit: AuditRow, n: int = 1) -> Act:
    """The act of a person in their own chain."""
    return make_act(people=(PersonRow(person, msisdn(n), "sw"),), audit=audit)


DETAILS: list[dict[str, Any]] = [
    {},
    {"b": 1, "aa": 2, "a": {"z": [1, "x", {"c": True, "bb": False}]}},  # keys in another order
    {"text": '"quoted" \\ back\n\t\x01 é አዎ 👍 \u2028'},  # letters that are escaped, and letters that are not
    {"é": 1, "zz": 2, "ä": 3},  # keys outside ASCII are as long as their bytes
    {"n": 350_000, "big": 10**15, "list": [], "none": {}},
]


async def test_a_chain_can_be_recomputed_whatever_is_in_the_details(records: Records) -> None:
    chain = uuid4()
    moments = [NOON, datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)]
    for at in moments:
        for details in DETAILS:
            assert await records.apply(replace(person_act(chain, make_entry(chain, **details)), at=at))
    entries = await verified(records, chain)
    assert [entry["details"] for entry in entries] == DETAILS * 2


async def test_what_sql_writes_alone_is_the_canonical_json_that_python_writes(records: Records) -> None:
    """A writer in SQL gives one action in columns."""
    person = uuid4()
    await records.apply(person_act(person))
    for details in DETAILS:
        act_id = uuid4()
        await records.pool.execute(
            "INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)"
            " VALUES ($1, $2, $1, 'sms', 'noted', $3, $4)",
            person, NOON, details, act_id,
        )  # fmt: skip
        written = await records.pool.fetchval("SELECT text FROM audit_logs WHERE act_id = $1", act_id)
        action = {"action": "noted", "actor": str(person), "channel": "sms", "details": details}
        assert written.encode() == canonical_json(
            {"format": FORMAT, "chain": str(person), "act": str(act_id), "at": utc_timestamp(NOON), "actions": [action]}
        )
    assert len(await verified(records, person)) == len(DETAILS)


async def test_entries_of_one_act_keep_their_order(records: Records) -> None:
    chain = uuid4()
    names = [f"step {n}" for n in range(12)]
    assert await records.apply(person_act(chain, *(make_entry(chain, name) for name in names)))
    actions = await verified(records, chain)
    assert [action["action"] for action in actions] == names
    assert {action["seq"] for action in actions} == {1}, "an act is one entry"


async def test_chains_of_one_batch_do_not_mix(records: Records) -> None:
    chains = [uuid4() for _ in range(10)]
    acts = [person_act(chain, make_entry(chain), make_entry(chain), n=n) for n, chain in enumerate(chains)]
    assert await apply_together(records, *acts) == [True] * 10
    assert [len(await verified(records, chain)) for chain in chains] == [2] * 10


async def test_a_chain_that_many_write_at_once_stays_whole(database_url: str) -> None:
    """What concerns no contract is in its person's chain; whoever writes there holds the person."""
    async with open_records(database_url) as one, open_records(database_url) as two:
        person = uuid4()
        await one.apply(make_act(people=(PersonRow(person, msisdn(1)),)))
        acts_done = [person_act(person, make_entry(person, "language.chosen", language="sw")) for _ in range(40)]
        answers = await apply_together(one, *acts_done[:20]) + await apply_together(two, *acts_done[20:])
        assert answers == [True] * 40
        caller = await one.caller(msisdn(1))
        assert caller and len(await verified(one, caller.id)) == 40


async def test_an_entry_names_who_acted_by_id_and_not_by_msisdn(records: Records) -> None:
    row = await apply_new_contract(records)
    done = make_answer_act(row, 2)
    assert await records.apply(done)
    entry = (await verified(records, UUID(row["id"])))[-1]
    caller = await records.caller(msisdn(2))
    assert caller and entry["actor_id"] == caller.id
    assert (entry["channel"], entry["act_id"], entry["at"]) == ("ussd", done.act_id, NOON)
    assert msisdn(2)[1:] not in str(dict(entry))


async def test_an_act_that_names_a_person_by_an_id_that_is_not_theirs_is_decided_again(records: Records) -> None:
    """Another request made the same person meanwhile, under another id."""
    known, other = uuid4(), uuid4()
    assert await records.apply(person_act(known, make_entry(known)))
    own = AuditRow("noted", other, other, None)
    assert await records.apply(person_act(other, own)) is False
    assert await records.pool.fetchval("SELECT count(*) FROM audit_logs") == 1


async def test_a_writer_cannot_choose_the_place_of_its_entry(records: Records) -> None:
    chain = uuid4()
    await records.apply(make_act(audit=(make_entry(chain),)))
    await records.pool.execute(
        "INSERT INTO audit_logs (chain_id, seq, at, channel, action, details, act_id, prev_hash, hash)"
        " VALUES ($1, 99, now(), 'api', 'forged', '{}', $1, 'x', 'y')",
        chain,
    )
    assert [entry["seq"] for entry in await verified(records, chain)] == [1, 2]
    last = await records.pool.fetchval("SELECT hash FROM audit_logs WHERE chain_id = $1 AND seq = 2", chain)
    right = hashlib.sha256(last + b"{}").digest()
    for seq, before, hash_ in [(4, last, right), (3, right, right), (3, last, last), (2, last, right)]:
        with pytest.raises(asyncpg.CheckViolationError, match="does not follow"):
            await records.pool.execute(
                "INSERT INTO audit_logs (chain_id, seq, at, act_id, prev_hash, hash, text)"
                " VALUES ($1, $2, now(), $1, $3, $4, '{}')",
                chain, seq, before, hash_,
            )  # fmt: skip


async def test_new_entries_are_read_along_an_index(records: Records) -> None:
    """Also by a statement that was planned on the first day: statistics of a grown table plan it anew."""
    types, sql = "bigint, bigint, bigint, bigint", QUERIES["log.new_entries"].sql
    async with records.pool.acquire() as connection, connection.transaction():
        await connection.execute("ANALYZE audit_logs")
        await connection.execute(f"PREPARE new_entries ({types}) AS {sql}")
        await connection.fetch("EXECUTE new_entries (7, 9, 0, 500)")
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "INSERT INTO audit_logs (chain_id, seq, at, act_id, prev_hash, hash, text)"
            " SELECT gen_random_uuid(), 1, now(), gen_random_uuid(), 'x', sha256(n::text::bytea), '{}'"
            " FROM generate_series(1, 2000) AS n"
        )
        await connection.execute("ANALYZE audit_logs")
        rows = await connection.fetch("EXPLAIN EXECUTE new_entries (7, 9, 0, 500)")
    plan = "\n".join(row[0] for row in rows)
    assert "audit_logs_in_order" in plan and "Sort" not in plan, plan


REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError, asyncpg.GeneratedAlwaysError)
WORDS = "append-only|cannot truncate a table referenced|non-DEFAULT value"
CHANGES = [
    "UPDATE {table} SET channel = 'voice'",
    "UPDATE {table} SET channel = channel WHERE false",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE false",
    "TRUNCATE {table}",
    "TRUNCATE contracts, phones CASCADE",
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING; UPDATE {table} SET channel = 'voice'",
]


async def test_audit_entries_and_confirmations_cannot_be_changed(records: Records) -> None:
    row = await apply_new_contract(records)
    for table in ("audit_logs", "confirmations"):
        before = await records.pool.fetch(f"SELECT * FROM {table}")  # noqa: S608 - our own words
        assert before
        for change in CHANGES:
            with pytest.raises(REFUSED, match=WORDS):
                await records.pool.execute(change.format(table=table))
            assert await records.pool.fetch(f"SELECT * FROM {table}") == before, change  # noqa: S608 - our own words
    await verified(records, UUID(row["id"]))
