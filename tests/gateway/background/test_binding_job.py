"""Records from before entries bound their rows: verified as they are, bound once each, and then no row can be altered."""

# ruff: noqa: E501, S608 - an edit is one line, of our own words

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from contracts.effects import AnswerDispute, Confirm, Propose, SayDelivered
from contracts.fields.msisdn import Msisdn
from contracts.proof import verify
from contracts.proof.log.keys import parse_key
from contracts.proof.personal_data import MARK, number_pattern, person_pattern
from contracts.proof.verify import BrokenRecord
from gateway.commands.audit import verify_rows
from gateway.commands.audit_counts import Counts
from gateway.commands.audit_log import LogVerifier
from storage.audit import AuditReader
from storage.bindings import BindingRows
from storage.embedded.servers import ServerUrls
from storage.log import LogRows
from storage.postgres import database
from storage.postgres.database import Connection
from storage.subjects import SubjectRows, Traces
from tests.gateway.audit_record import log_audit, verify_record
from tests.gateway.evidence_pack import fetch_pack, verify_offline
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, open_operator
from tests.gateway.signed_contract import act_behind_pin
from tests.upgrades.old_record import bind_all, old_record

CONTRACTS = 6
BOUND = "SELECT count(*) FROM audit_actions WHERE action = 'record.bound'"
LATER = NOON + timedelta(days=40)


@pytest_asyncio.fixture
async def old(servers: ServerUrls) -> AsyncIterator[Operator]:
    """The service of today on a record of then, of which nothing is bound yet."""
    async with old_record(servers) as url, open_operator(url, servers.redis_url) as operator:
        operator.services.now = lambda: LATER
        yield operator


async def verified(operator: Operator) -> Counts:
    """The log goes on on this server, and then all is verified."""
    await log_audit(operator)
    return await verify_record(operator)


async def test_an_old_record_is_whole_and_is_bound_once(old: Operator) -> None:
    before = await verify_record(old)
    assert (before.bindings.bound, before.bindings.unbound, before.contracts) == (0, CONTRACTS, CONTRACTS)
    await asyncio.gather(*(bind_all(old) for _ in range(3)))  # as several processes do
    assert await old.services.records.pool.fetchval(BOUND) == CONTRACTS
    assert await old.count("unbound_contracts") == 0
    await bind_all(old)
    after = await verified(old)
    assert (after.bindings.bound, after.bindings.unbound, after.unlogged) == (CONTRACTS, 0, 0)
    assert after.bindings.since == after.bindings.until == "2026-08-10T12:00:00.000000Z"
    assert after.entries == before.entries + CONTRACTS
    for row in await old.services.records.pool.fetch("SELECT reference FROM contracts WHERE status = 'DISPUTED'"):
        pack = await fetch_pack(old, row["reference"])
        assert not [line for line in verify_offline(pack) if "BROKEN" in line]
        assert b"record.bound" in pack


async def test_a_bound_contract_goes_on(old: Operator) -> None:
    """Each table that was bound is written to by people afterwards."""
    await bind_all(old)
    ids = {
        row["status"]: str(row["id"])
        for row in await old.services.records.pool.fetch("SELECT id, status FROM contracts")
    }
    await act_behind_pin(old, BUYER, AnswerDispute(ids["DISPUTED"], "Nobody came to me"))
    await act_behind_pin(old, SELLER, Propose(ids["DISPUTED"], "split", None, 7_000_000))
    await act_behind_pin(old, BUYER, Confirm(ids["DISPUTED"], 2))
    terms = await old.services.records.pool.fetchval(
        "SELECT terms FROM contracts WHERE id = $1", UUID(ids["CONFIRMED"])
    )
    await act_behind_pin(old, BUYER, Propose(ids["CONFIRMED"], "amend", {**terms, "quantity": "40"}))
    await act_behind_pin(old, SELLER, Confirm(ids["CONFIRMED"], 2))
    await act_behind_pin(old, SELLER, SayDelivered(ids["CONFIRMED"]))
    assert (await verified(old)).bindings.unbound == 0


async def test_what_was_altered_before_is_bound_as_it_was_altered(old: Operator) -> None:
    """That is what nobody can make good, and what the command says with a number and a date."""
    async with old.services.records.pool.acquire() as taken, taken.transaction():
        await taken.execute("SET LOCAL session_replication_role = replica")
        await taken.execute(f"UPDATE sms_logs SET text = 'Nothing' WHERE id = {ONE_TEXT}")
    assert (await verify_record(old)).bindings.unbound == CONTRACTS
    await bind_all(old)
    assert (await verified(old)).bindings.bound == CONTRACTS


async def test_a_person_of_a_bound_contract_is_erased(old: Operator) -> None:
    await bind_all(old)
    pool = old.services.records.pool
    async with pool.acquire() as taken, taken.transaction():
        phone_id = await taken.fetchval("SELECT id FROM phones WHERE msisdn = $1", BUYER)
        traces = Traces(number_pattern(Msisdn(BUYER)), person_pattern(Msisdn(BUYER), ["Amina"]), MARK)
        await SubjectRows(cast("Connection", taken)).erase(phone_id, traces, LATER)
    assert "Wet bags" not in str(await pool.fetch("SELECT words FROM disputes"))
    assert (await verified(old)).bindings.bound == CONTRACTS


async def test_who_acts_on_a_contract_that_is_being_bound_is_decided_again(old: Operator) -> None:
    pool = old.services.records.pool
    contract_id = await pool.fetchval("SELECT id FROM contracts WHERE status = 'CONFIRMED'")
    delivered = SayDelivered(str(contract_id))
    with pytest.raises(_Killed):
        async with BindingRows(pool).next(UUID(int=contract_id.int - 1)) as binding:
            assert binding and binding.contract_id == contract_id
            with pytest.raises(AssertionError):  # nothing was written: the contract is about to change
                await act_behind_pin(old, SELLER, delivered)
            raise _Killed
    await act_behind_pin(old, SELLER, delivered)
    await bind_all(old)
    assert await actions_of(old, contract_id) == ["delivery.said", "contract.active", "record.bound"]
    assert (await verified(old)).bindings.bound == CONTRACTS


async def test_a_contract_that_somebody_works_on_is_bound_later(old: Operator) -> None:
    """Its row, or a message of it that is being sent."""
    pool = old.services.records.pool
    for held in (
        "SELECT FROM contracts WHERE status = 'CONFIRMED' FOR UPDATE",
        "SELECT FROM sms_logs WHERE id = (SELECT s.id FROM sms_logs s JOIN contracts c ON c.id = s.contract_id"
        " WHERE c.status = 'CONFIRMED' LIMIT 1) FOR UPDATE",
    ):
        async with pool.acquire() as other, other.transaction():
            await other.execute(held)
            await bind_all(old)
            assert await pool.fetchval(BOUND) == CONTRACTS - 1
    assert (await verified(old)).bindings.unbound == 1
    await bind_all(old)
    assert (await verified(old)).bindings.unbound == 0


async def test_a_process_that_is_killed_while_it_binds_leaves_the_contract_as_it_was(old: Operator) -> None:
    """After each step of the transaction."""
    pool, rows = old.services.records.pool, BindingRows(old.services.records.pool)
    for count in range(4):
        with pytest.raises(database.UNAVAILABLE):
            async with rows.next(UUID(int=0)) as binding:
                assert binding
                steps: list[Callable[[], Awaitable[object]]]
                steps = [binding.read, partial(binding.write, "{}", uuid4(), LATER), binding.done, binding.done]
                steps.insert(count, partial(pool.execute, "SELECT pg_terminate_backend($1, 5000)", binding.pid))
                for step in steps:
                    await step()
        assert await pool.fetchval(BOUND) == 0
    await bind_all(old)
    assert (await verified(old)).bindings.bound == CONTRACTS


async def actions_of(operator: Operator, contract_id: UUID) -> list[str]:
    """The last three."""
    query = "SELECT action FROM audit_actions WHERE chain_id = $1 ORDER BY seq DESC, place DESC LIMIT 3"
    return [row["action"] for row in await operator.services.records.pool.fetch(query, contract_id)][::-1]


class _Killed(Exception):  # noqa: N818
    """Stands for the end of a process."""


@pytest_asyncio.fixture(scope="module")
async def bound(servers: ServerUrls) -> AsyncIterator[Connection]:
    """A record of then that is bound; what a test alters is rolled back."""
    async with old_record(servers) as url:
        async with open_operator(url, servers.redis_url) as operator:
            operator.services.now = lambda: LATER
            await bind_all(operator)
            await log_audit(operator)
        connection = await database.connect(url)
        await database.set_json_codec(connection)
        yield connection
        await connection.close()


async def verify_after(connection: Connection, edit: str, monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Verify without keys what somebody who may do everything has edited."""
    monkeypatch.setattr(verify, "is_signed", lambda *_: True)
    change = connection.transaction()
    await change.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        assert (await connection.execute(edit)).split()[-1] == "1", "one row is altered"
        reader, rows = AuditReader(connection), LogRows(connection)
        log = LogVerifier(rows, [parse_key(key) for key in await rows.keys()], None, lambda: None)
        return await verify_rows(reader, log, await reader.keys(), await reader.signed_since(), lambda: None)
    finally:
        await change.rollback()


ONE_TEXT = "(SELECT id FROM sms_logs WHERE direction = 'out' AND kind = 'offered' ORDER BY created_at, id LIMIT 1)"
EDITS = [
    pytest.param(edit, table, named, id=edit[:90])
    for edit, table, named in (
        ("UPDATE contracts SET status = 'ACTIVE' WHERE status = 'DISPUTED'", "contracts", "status"),
        ("UPDATE contracts SET created_at = created_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "created_at"),
        ("UPDATE contracts SET confirmed_at = confirmed_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "confirmed_at"),
        ("UPDATE contracts SET terms = terms || '{\"delivery_place\": \"Eldoret\"}' WHERE status = 'DISPUTED'", "contracts", "terms"),
        ("UPDATE contract_parties SET name = 'Otieno' WHERE role = 'mediator'", "contract_parties", "person"),
        ("DELETE FROM contract_parties WHERE role = 'mediator'", "contract_parties", "is gone"),
        ("UPDATE contract_signatures SET settled_at = now() WHERE status = 'expired' AND phone_id ="
         " (SELECT id FROM phones WHERE msisdn = '+254711000001')", "contract_signatures", "settled_at"),
        ("UPDATE contract_proposals SET split_minor = 1 WHERE kind = 'split'", "contract_proposals", "split_minor"),
        ("UPDATE deliveries SET at = at - interval '1 day' WHERE kind = 'part'", "deliveries", "at"),
        ("DELETE FROM deliveries WHERE kind = 'reported'", "deliveries", "is gone"),
        ("UPDATE disputes SET words = 'Dry bags' WHERE words = 'Still wet'", "disputes", "words"),
        ("UPDATE disputes SET reasons = 'Amina is wrong' WHERE reasons IS NOT NULL", "disputes", "reasons"),
        ("UPDATE disputes SET replies = jsonb_set(replies, '{0,words}', '\"I am sorry\"') WHERE words = 'Wet bags'", "disputes", "replies"),
        ("UPDATE disputes SET salt = NULL WHERE words = 'Still wet'", "disputes", "words"),
        ("UPDATE disputes SET opened_at = now() WHERE ended = 'settled'", "disputes", "opened_at"),
        ("UPDATE dispute_files SET content = 'another'", "dispute_files", "sha256"),
        ("UPDATE contract_requests SET asked_at = asked_at - interval '1 day'", "contract_requests", "asked_at"),
        ("UPDATE confirmations SET answered_at = now() WHERE answer = 'withdraw'", "confirmations", "row"),
        ("DELETE FROM confirmations WHERE answer = 'withdraw'", "confirmations", "is gone"),
        ("UPDATE confirmation_texts SET texts = '[\"Free phones\"]' WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("DELETE FROM confirmation_texts WHERE words = 'Still wet'", "confirmation_texts", "is gone"),
        (f"UPDATE sms_logs SET text = 'Nothing' WHERE id = {ONE_TEXT}", "sms_logs", "sha256"),
        (f"UPDATE sms_logs SET salt = NULL WHERE id = {ONE_TEXT}", "sms_logs", "sha256"),
        (f"DELETE FROM sms_logs WHERE id = {ONE_TEXT}", "sms_logs", "is gone"),
        ("DELETE FROM audit_logs WHERE (chain_id, seq) = (SELECT id, entries FROM contracts WHERE status = 'EXPIRED')", "log_tiles", "gone"),
    )
]  # fmt: skip


@pytest.mark.parametrize(("edit", "table", "named"), EDITS)
async def test_a_row_of_a_bound_contract_that_is_altered_is_named_without_any_key(
    bound: Connection, edit: str, table: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BrokenRecord, match=re.escape(named)) as broken:
        await verify_after(bound, edit, monkeypatch)
    assert str(broken.value).startswith(table)


async def test_a_bound_record_is_whole_without_any_key(bound: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = await verify_after(bound, "UPDATE schema_migrations SET name = name WHERE version = 1", monkeypatch)
    assert (counts.bindings.bound, counts.bindings.unbound) == (CONTRACTS, 0)


async def test_the_entry_that_binds_holds_nothing_that_a_person_could_be_known_by(bound: Connection) -> None:
    texts = [row["text"] for row in await bound.fetch("SELECT text FROM audit_logs WHERE text LIKE '%record.bound%'")]
    assert len(texts) == CONTRACTS
    for known in ("0711000", "711 000", "Amina", "Chege", "Wet bags", "It rained", "Nakuru"):
        assert not any(known.lower() in text.lower() for text in texts), known
