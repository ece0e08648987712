"""What the tables refuse from anybody: impossible rows, and rows of which there is one."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from storage.postgres.database import Connection
from tests.storage.feed_rows import FEED_GOOD, FEED_IMPOSSIBLE, FEED_TWICE
from tests.storage.money_rows import MONEY_GOOD, MONEY_IMPOSSIBLE, MONEY_TWICE
from tests.storage.operator_rows import OPERATORS_GOOD, OPERATORS_IMPOSSIBLE, OPERATORS_TWICE
from tests.storage.table_rows import (
    ACTED,
    ACTS,
    CONFIRMATIONS,
    CONTRACTS,
    DECIDED,
    DECIDES,
    DELIVERIES,
    DISPUTES,
    FILES,
    GOOD,
    HOPS,
    IMPOSSIBLE,
    LATER,
    PARTIES,
    PHONES,
    PROPOSALS,
    SENT,
    SETTLED,
    SIGNATURES,
    TILES,
    insert_row,
)

violated: set[str] = set()
ALL_GOOD = GOOD | MONEY_GOOD | OPERATORS_GOOD | FEED_GOOD
ALL_IMPOSSIBLE = IMPOSSIBLE + MONEY_IMPOSSIBLE + OPERATORS_IMPOSSIBLE + FEED_IMPOSSIBLE
TWICE = MONEY_TWICE + OPERATORS_TWICE + FEED_TWICE


@pytest.mark.parametrize(
    ("table", "row"),
    [(table, row) for table, rows in ALL_GOOD.items() for row in rows],
)
async def test_the_rows_that_impossible_ones_are_made_from_are_possible(
    tables: Connection, table: str, row: dict[str, Any]
) -> None:
    await insert_row(tables, table, row)


@pytest.mark.parametrize(
    ("table", "row"),
    [pytest.param(t, r, id=f"{t}: {why}") for t, r, why in ALL_IMPOSSIBLE],
)
async def test_an_impossible_row_is_refused(tables: Connection, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await insert_row(tables, table, row)
    assert refused.value.table_name == table
    violated.add(f"{table}.{refused.value.constraint_name}")


async def test_every_check_of_the_schema_has_refused_a_row_above(table_database: Connection) -> None:
    """A new CHECK needs a row in the table above; runs after it, as the file says it."""
    if len(violated) < 20:
        pytest.skip("only part of the table was run")
    rows = await table_database.fetch(
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
async def test_a_log_only_grows(tables: Connection, change: str) -> None:
    await insert_row(tables, "log_tiles", TILES)
    await tables.execute(
        "UPDATE log_state SET size = 2; UPDATE log_tiles SET hashes = hashes || decode(repeat('11', 32), 'hex')"
    )
    with pytest.raises(asyncpg.CheckViolationError, match=r"only grows"):
        await tables.execute(change)


@pytest.mark.parametrize(("table", "row"), [("deliveries", DELIVERIES), ("dispute_files", FILES)])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_evidence_cannot_be_changed(tables: Connection, table: str, row: dict[str, Any], change: str) -> None:
    await insert_row(tables, table, row)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await tables.execute(change.format(table))


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
        *(pytest.param(table, first, second, id=why) for table, first, second, why in TWICE),
    ],
)  # fmt: skip
async def test_unique_rows_are_refused_a_second_time(
    tables: Connection, table: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    await insert_row(tables, table, first)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert_row(tables, table, second)


async def test_only_a_party_can_confirm(tables: Connection) -> None:
    for table, row in (("contract_signatures", SIGNATURES), ("confirmations", CONFIRMATIONS)):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with tables.transaction():
                await insert_row(tables, table, {**row, "phone_id": UUID(int=3)})
