"""What the tables refuse from anybody: impossible rows, illegal transitions, a changed identity."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from contracts.contract import TRANSITIONS, Status
from storage.embedded.servers import ServerUrls
from storage.migrations.runner import up
from storage.postgres.database import Connection, connect
from tests.storage.make_acts import NOON
from tests.storage.money_table_rows import MONEY_GOOD, MONEY_IMPOSSIBLE, PAYBILL, TRANSFER
from tests.storage.table_rows import (
    ACTED,
    ACTS,
    AT,
    AUDIT,
    CLOSED,
    CONFIRMATIONS,
    CONTRACT,
    CONTRACTS,
    DECIDED,
    DECIDES,
    DELIVERIES,
    DISPUTE,
    DISPUTES,
    FILES,
    FORMS,
    GOOD,
    HOPS,
    IMPOSSIBLE,
    KEYS,
    LATER,
    LOG,
    LOG_CHECKPOINTS,
    MESSAGE,
    MT,
    PARTIES,
    PHONE,
    PHONES,
    PROPOSALS,
    SAID,
    SEALS,
    SENT,
    SETTLED,
    SIGNATURES,
    TILES,
    insert_row,
    make_contract,
)

violated: set[str] = set()

# Triggers that compare several rows are switched off here; tests/storage/test_rows_that_belong_together.py tests them.
TOGETHER = {
    "contracts": "contracts_hold_together", "deliveries": "deliveries_add_up",
    "contract_proposals": "contract_proposals_follow", "disputes": "disputes_begin", "payments": "payments_begin",
    "ledger_entries": "ledger_entries_balance",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def connection(servers: ServerUrls) -> AsyncIterator[Connection]:
    """One database for the module; what a test writes is rolled back."""
    name = f"schema_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(servers.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))
    await up(url)
    connection = await connect(url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    for table, trigger in TOGETHER.items():
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    for n in (1, 3):
        await insert_row(connection, "phones", {**PHONES, "id": UUID(int=n), "msisdn": f"+25471234567{n}"})
    await insert_row(connection, "contracts", {**CONTRACTS, "id": CONTRACT, "reference": "57240000"})
    await insert_row(connection, "contract_parties", {**PARTIES, "phone_id": PHONE})
    await insert_row(connection, "sms_logs", {**MT, "id": MESSAGE})
    await insert_row(connection, "signature_keys", {**KEYS, "key_id": "0123456789abcdef", "public_key": b"k" * 32})
    await insert_row(connection, "contract_forms", {**FORMS, "terms_version": 1, "form": b"form"})
    await insert_row(connection, "confirmations", {**CONFIRMATIONS, "id": SAID, "answer": "decline"})
    for _ in range(2):
        await insert_row(connection, "audit_logs", AUDIT)
    await insert_row(connection, "audit_seals", SEALS)
    await insert_row(connection, "log_state", {**LOG, "log": 1, "origin": "test.example/log"})
    await insert_row(connection, "log_checkpoints", {**LOG_CHECKPOINTS, "size": 2})
    await insert_row(connection, "disputes", {**CLOSED, "id": DISPUTE})
    await insert_row(connection, "transfers", {**PAYBILL, "id": TRANSFER, "own_id": "vp0", "receipt": "TXX0"})
    yield connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest_asyncio.fixture
async def db(connection: Connection) -> AsyncIterator[Connection]:
    change = connection.transaction()
    await change.start()
    yield connection
    await change.rollback()


@pytest.mark.parametrize(
    ("table", "row"), [(table, row) for table, rows in {**GOOD, **MONEY_GOOD}.items() for row in rows]
)
async def test_the_rows_that_impossible_ones_are_made_from_are_possible(
    db: Connection, table: str, row: dict[str, Any]
) -> None:
    await insert_row(db, table, row)


@pytest.mark.parametrize(
    ("table", "row"), [pytest.param(t, r, id=f"{t}: {why}") for t, r, why in (*IMPOSSIBLE, *MONEY_IMPOSSIBLE)]
)
async def test_an_impossible_row_is_refused(db: Connection, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await insert_row(db, table, row)
    assert refused.value.table_name == table
    violated.add(f"{table}.{refused.value.constraint_name}")


async def test_every_check_of_the_schema_has_refused_a_row_above(connection: Connection) -> None:
    """A new CHECK needs a row in the table above; runs after it, as the file says it."""
    if len(violated) < 20:
        pytest.skip("only part of the table was run")
    rows = await connection.fetch(
        "SELECT conrelid::regclass || '.' || conname AS name FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    never = {row["name"] for row in rows} - violated
    unreachable = {
        "audit_logs.audit_logs_seq_check",  # its trigger chooses
        "audit_seals.audit_seals_seq_check",  # and theirs
        "sms_logs.sms_logs_direction_check",  # another direction breaks the rules about status first
    }
    assert never == unreachable


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_state SET origin = 'other'", "UPDATE log_state SET beginning = 'x'", "UPDATE log_state SET log = 3",
        "UPDATE log_state SET size = size - 1", "UPDATE log_tiles SET hashes = substring(hashes FOR 32)",
        "UPDATE log_tiles SET hashes = decode(repeat('11', 96), 'hex')", "UPDATE log_tiles SET place = 2",
    ],
)  # fmt: skip
async def test_a_log_only_grows(db: Connection, change: str) -> None:
    await insert_row(db, "log_tiles", TILES)
    await db.execute(
        "UPDATE log_state SET size = 2; UPDATE log_tiles SET hashes = hashes || decode(repeat('11', 32), 'hex')"
    )
    with pytest.raises(asyncpg.CheckViolationError, match=r"only grows"):
        await db.execute(change)


async def moves(db: Connection, before: Status, after: Status) -> bool:
    await insert_row(db, "contracts", make_contract(before))
    when = f", {AT[after]} = $2" if after is not before and after is not Status.PENDING else ", created_at = $2"
    try:
        await db.execute(
            f"UPDATE contracts SET status = $1, version = version + 1{when} WHERE reference = '40718353'",  # noqa: S608 - our own words
            after.value, NOON,
        )  # fmt: skip
    except asyncpg.CheckViolationError as refused:
        assert f"cannot go from {before} to {after}" in str(refused) or "is over" in str(refused)
        return False
    return True


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
async def test_the_database_allows_the_transitions_of_the_code(db: Connection, before: Status, after: Status) -> None:
    assert await moves(db, before, after) == (
        after in TRANSITIONS[before] or (after is before and bool(TRANSITIONS[before]))
    )


@pytest.mark.parametrize("after", ["COMPLETED", "DISPUTED"])
async def test_a_contract_passes_through_active_only_if_it_says_so(db: Connection, after: str) -> None:
    await insert_row(db, "contracts", make_contract("CONFIRMED"))
    change = f"UPDATE contracts SET status = $1, version = version + 1, {AT[after]} = $2"  # noqa: S608 - our own words
    with pytest.raises(asyncpg.CheckViolationError, match=f"cannot go from CONFIRMED to {after}"):
        async with db.transaction():
            await db.execute(f"{change} WHERE reference = '40718353'", after, NOON)
    await db.execute(f"{change}, active_at = $2 WHERE reference = '40718353'", after, NOON)


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        pytest.param("""terms = '{"quantity": 1}', terms_version = 2""", True, id="new terms, a new number"),
        pytest.param("terms_version = 2", True, id="a new number alone"),
        pytest.param("""terms = '{"quantity": 1}'""", False, id="terms"),
        pytest.param("total_minor = 2", False, id="the total"),
        pytest.param("currency = 'UGX'", False, id="the currency"),
        pytest.param("terms_version = 0", False, id="an old number"),
    ],
)
async def test_terms_change_under_a_new_number_only(db: Connection, change: str, is_taken: bool) -> None:
    await insert_row(db, "contracts", make_contract("CONFIRMED"))
    sql = f"UPDATE contracts SET version = version + 1, {change} WHERE reference = '40718353'"  # noqa: S608 - our own words
    if is_taken:
        await db.execute(sql)
        return
    with pytest.raises(asyncpg.CheckViolationError, match="changes its terms under a new version only"):
        await db.execute(sql)


@pytest.mark.parametrize(
    ("quantity", "unit", "is_taken"),
    [
        pytest.param("0.5", "bags", True, id="as much as came"),
        pytest.param("0.499", "bags", False, id="less than came"),
        pytest.param("50", "kg", False, id="another unit"),
    ],
)
async def test_new_terms_cannot_undercut_what_was_received(
    db: Connection, quantity: str, unit: str, is_taken: bool
) -> None:
    await insert_row(db, "deliveries", {**DELIVERIES, "kind": "part", "quantity": Decimal("0.5")})
    sql = "UPDATE contracts SET version = version + 1, terms_version = terms_version + 1, terms = $2 WHERE id = $1"
    # The first of them, of no terms at all, to the unit that is agreed on.
    await db.execute("ALTER TABLE contracts DISABLE TRIGGER contracts_hold_what_came")
    await db.execute(sql, CONTRACT, {"quantity": "2", "unit": "bags"})
    await db.execute("ALTER TABLE contracts ENABLE TRIGGER contracts_hold_what_came")
    changed = db.execute(sql, CONTRACT, {"quantity": quantity, "unit": unit})
    if is_taken:
        await changed
        return
    with pytest.raises(asyncpg.CheckViolationError, match=r"less than the 0\.5 that came"):
        await changed


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "EXPIRED"])
async def test_an_ended_contract_does_not_change(db: Connection, status: str) -> None:
    await insert_row(db, "contracts", make_contract(status))
    with pytest.raises(asyncpg.CheckViolationError, match="is over"):
        await db.execute("UPDATE contracts SET version = version + 1, next_what = 'expire', next_at = now()"
                         " WHERE reference = '40718353'")  # fmt: skip


@pytest.mark.parametrize(("table", "row"), [("deliveries", DELIVERIES), ("dispute_files", FILES)])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_evidence_cannot_be_changed(db: Connection, table: str, row: dict[str, Any], change: str) -> None:
    await insert_row(db, table, row)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await db.execute(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("total_minor = 5", id="without the next version"),
        pytest.param("version = version + 2", id="with a version left out"),
        pytest.param("version = version - 1", id="with the version before"),
        pytest.param(f"version = version + 1, id = '{UUID(int=77)}'", id="its id"),
        pytest.param("version = version + 1, reference = '40718354'", id="its reference"),
        pytest.param("version = version + 1, created_at = now()", id="when it was made"),
    ],
)
async def test_a_contract_keeps_its_identity(db: Connection, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(f"UPDATE contracts SET {change}")  # noqa: S608 - our own words


@pytest.mark.parametrize(
    ("table", "first", "second"),
    [
        pytest.param("phones", PHONES, {**PHONES, "id": UUID(int=10)}, id="a number for two people"),
        pytest.param("contracts", CONTRACTS, {**CONTRACTS, "id": UUID(int=10)}, id="a reference for two contracts"),
        pytest.param("contract_parties", PARTIES, {**PARTIES, "role": "seller"}, id="a person on both sides"),
        pytest.param(
            "confirmations", CONFIRMATIONS, {**CONFIRMATIONS, "id": UUID(int=10), "answered_at": LATER},
            id="the same answer to the same terms",
        ),
        pytest.param("confirmations", ACTS, {**ACTS, "id": UUID(int=10)}, id="two acts by one move"),
        pytest.param("confirmations", DECIDES, {**DECIDES, "id": UUID(int=10)}, id="two decisions by one move"),
        pytest.param("deliveries", {**DELIVERIES, "kind": "full"}, {**DELIVERIES, "kind": "full", "id": UUID(int=10)},
                     id="all of it twice"),
        pytest.param("sms_logs", {**SENT, "provider": "at"}, {**SENT, "provider": "at", "id": UUID(int=10)},
                     id="one message of the provider for two of ours"),
        pytest.param("contract_proposals", PROPOSALS, {**PROPOSALS, "n": 3}, id="two proposals at a time"),
        pytest.param("contract_proposals", PROPOSALS, {**PROPOSALS, **SETTLED}, id="a number for two proposals"),
        pytest.param("disputes", DECIDED, {**DISPUTES, "id": UUID(int=10)}, id="two disputes at a time"),
        pytest.param("dispute_files", FILES, {**FILES, "id": UUID(int=10)}, id="the same file twice"),
        pytest.param("acted_hops", HOPS, ACTED, id="a hop that acted twice"),
    ],
)  # fmt: skip
async def test_unique_rows_are_refused_a_second_time(
    db: Connection, table: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    await insert_row(db, table, first)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert_row(db, table, second)


async def test_only_a_party_can_confirm(db: Connection) -> None:
    for table, row in (("contract_signatures", SIGNATURES), ("confirmations", CONFIRMATIONS)):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction():
                await insert_row(db, table, {**row, "phone_id": UUID(int=3)})
