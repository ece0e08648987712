"""What nobody can do to operators, keys and looks: not the owner of the tables, and the service's role still less."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from storage.postgres.database import Connection
from tests.storage.operator_rows import CHEGE, LOOKS, OPERATOR_KEYS, OPERATORS, REVOKED
from tests.storage.table_rows import CONTRACT, insert_row

YOUNG, OLD = (datetime.now(UTC) - timedelta(days=days) for days in (364, 366))


@pytest.mark.parametrize(
    "change",
    [
        "role = 'admin', scopes = '{admin}'", "scopes = '{read,write,money,people}'", "name = 'Otieno'",
        "id = gen_random_uuid()", "created_by = 'somebody else'", "created_at = now()",
    ],
)  # fmt: skip
async def test_an_operator_keeps_what_they_may_do(tables: Connection, change: str) -> None:
    await insert_row(tables, "operators", OPERATORS)
    with pytest.raises(asyncpg.CheckViolationError, match="keeps what they may do"):
        await tables.execute(f"UPDATE operators SET {change} WHERE id = $1", OPERATORS["id"])  # noqa: S608 - our own words


async def test_nobody_comes_back(tables: Connection) -> None:
    await insert_row(tables, "operators", REVOKED)
    with pytest.raises(asyncpg.CheckViolationError, match="is revoked once"):
        await tables.execute("UPDATE operators SET revoked_at = NULL, revoked_by = NULL WHERE id = $1", REVOKED["id"])


@pytest.mark.parametrize(
    "change",
    ["expires_at = expires_at + interval '1 day'", "created_at = now()", f"operator_id = '{UUID(int=9)}'",
     "sha256 = sha256('x'), id = encode(substring(sha256('x') FROM 1 FOR 8), 'hex')"],
)  # fmt: skip
async def test_a_key_lives_no_longer_and_stays_whose_it_is(tables: Connection, change: str) -> None:
    await insert_row(tables, "operators", OPERATORS)
    await insert_row(tables, "operator_keys", OPERATOR_KEYS)
    with pytest.raises(asyncpg.CheckViolationError, match="keeps whose it is"):
        await tables.execute(f"UPDATE operator_keys SET {change} WHERE operator_id = $1", CHEGE)  # noqa: S608 - our own words


@pytest.mark.parametrize("table", ["operators", "operator_keys"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_old_entries_still_find_their_key(tables: Connection, table: str, change: str) -> None:
    await insert_row(tables, "operator_keys", OPERATOR_KEYS)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await tables.execute(change.format(table))


@pytest.mark.parametrize(
    "change",
    ["UPDATE looks SET name = name", "TRUNCATE looks CASCADE", "DELETE FROM looks", "DELETE FROM look_subjects",
     "UPDATE look_subjects SET about = about", "TRUNCATE look_subjects"],
)  # fmt: skip
async def test_a_look_cannot_be_made_undone(tables: Connection, change: str) -> None:
    await insert_row(tables, "looks", {**LOOKS, "at": YOUNG})
    await insert_row(tables, "look_subjects", {"about": CONTRACT, "look_id": LOOKS["id"]})
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await tables.execute(change)


async def test_a_look_of_more_than_a_year_may_go_with_whom_it_was_about(tables: Connection) -> None:
    await insert_row(tables, "looks", {**LOOKS, "at": OLD})
    await insert_row(tables, "look_subjects", {"about": CONTRACT, "look_id": LOOKS["id"]})
    await tables.execute("DELETE FROM looks")
    assert await tables.fetchval("SELECT count(*) FROM look_subjects") == 0


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO operators (id, name, role, scopes, created_at, created_by)"
        " VALUES (gen_random_uuid(), 'me', 'admin', '{admin}', now(), 'me')",
        "INSERT INTO operator_keys (sha256, id, operator_id, created_at, expires_at)"
        " VALUES (sha256('x'), 'x', gen_random_uuid(), now(), now())",
        "UPDATE operators SET revoked_at = NULL, revoked_by = NULL", "UPDATE operator_keys SET replaced_at = NULL",
        "DELETE FROM operators", "DELETE FROM look_subjects", "UPDATE looks SET name = name",
        "INSERT INTO erasure_requests (phone_id, person, operator, at) VALUES (gen_random_uuid(), 'x', 'x', now())",
    ],
)  # fmt: skip
async def test_the_role_of_the_service_makes_no_operator(role: Connection, attempt: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await role.execute(attempt)
