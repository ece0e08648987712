"""The service's own database role: it can do everything the service does, and can change no history."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from storage.grants import GRANTS, ROLE, grant
from storage.migrations.runner import MigrationError, up
from storage.postgres.database import Connection
from tests.gateway.audit_record import log_audit
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body

REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)


@pytest_asyncio.fixture
async def agreed(operator: Operator) -> dict[str, Any]:
    """A contract that both have confirmed, sealed and under a checkpoint: all of it written by the role."""
    made = (await operator.post(contract_body())).json
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, f"yes {made['reference']}")
    await log_audit(operator)
    contract: dict[str, Any] = (await operator.get(f"/v1/contracts/{made['id']}")).json
    assert contract["status"] == "CONFIRMED"
    return contract


HISTORY = [
    "audit_logs", "audit_seals", "audit_checkpoints", "confirmations", "contract_forms", "signature_keys", "form_codes",
    "log_checkpoints", "log_keys", "log_tiles", "log_state", "log_cosignatures", "log_timestamps",
]  # fmt: skip
EVIDENCE = [*HISTORY, "confirmation_texts", "contract_parties", "deliveries", "dispute_files"]

ATTEMPTS = [
    *(pytest.param(f"UPDATE {table} SET {column} = {column}", id=f"change {table}") for table, column in [  # noqa: S608 - our own words
        ("audit_logs", "action"), ("audit_seals", "hash"), ("audit_checkpoints", "signature"),
        ("confirmations", "answer"), ("contract_forms", "form"), ("signature_keys", "public_key"),
        ("confirmation_texts", "texts"), ("contract_parties", "phone_id"), ("log_checkpoints", "note"),
        ("log_keys", "key"), ("log_tiles", "place"), ("log_state", "origin"), ("form_codes", "code"),
        ("log_cosignatures", "line"), ("log_timestamps", "response"),
    ]),
    *(pytest.param(f"DELETE FROM {table}", id=f"delete from {table}") for table in [*EVIDENCE, "contracts", "phones"]),  # noqa: S608 - our own words
    *(pytest.param(f"TRUNCATE {table} CASCADE", id=f"empty {table}") for table in [*EVIDENCE, "contracts", "phones"]),
    *(pytest.param(f"DROP TABLE {table} CASCADE", id=f"drop {table}") for table in [*EVIDENCE, "contracts"]),
    *(pytest.param(f"ALTER TABLE {table} DISABLE TRIGGER ALL", id=f"switch off the triggers of {table}")
      for table in [*HISTORY, "contracts"]),
    pytest.param("SET session_replication_role = replica", id="switch off all triggers"),
    pytest.param("DROP TRIGGER audit_logs_append_only ON audit_logs", id="drop a trigger"),
    pytest.param("ALTER FUNCTION refuse_change() RENAME TO refuse_nothing", id="rename a trigger's function"),
    pytest.param("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN RETURN NULL; END'", id="replace a trigger's function"),
    pytest.param("CREATE TABLE mine (a integer)", id="make a table"),
    pytest.param("ALTER TABLE contracts DROP CONSTRAINT contracts_status_check", id="drop a rule"),
    pytest.param("ALTER TABLE audit_logs OWNER TO CURRENT_USER", id="take a table over"),
    pytest.param("GRANT UPDATE ON audit_logs TO CURRENT_USER; UPDATE audit_logs SET action = 'x'", id="take a right"),
    pytest.param("UPDATE contracts SET status = 'COMPLETED', completed_at = now(), version = version + 1",
                 id="skip a state"),
    pytest.param("UPDATE contracts SET status = 'PENDING', confirmed_at = NULL, version = version + 1", id="go back"),
    pytest.param("UPDATE contracts SET terms = terms || '{\"quantity\": \"5\"}', version = version + 1",
                 id="other terms under the same number"),
    pytest.param("UPDATE contracts SET total_minor = 1, version = version + 1", id="another total"),
    pytest.param("UPDATE contracts SET version = 1", id="take a version back"),
    pytest.param("UPDATE contracts SET reference = '40718353', version = version + 1", id="another reference"),
    pytest.param("UPDATE contracts SET created_at = now(), version = version + 1", id="another beginning"),
    pytest.param("UPDATE log_tiles SET hashes = sha256('x')", id="another leaf"),
    pytest.param("UPDATE log_state SET size = 1", id="a shorter log"),
    pytest.param("UPDATE schema_migrations SET checksum = ''", id="say that the schema is another"),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_the_role_cannot_change_history(agreed: dict[str, Any], role: Connection, attempt: str) -> None:
    before = await role.fetch("SELECT * FROM audit_logs ORDER BY n")
    assert before and agreed
    with pytest.raises(REFUSED):
        await role.execute(attempt)
    assert await role.fetch("SELECT * FROM audit_logs ORDER BY n") == before


async def test_a_confirmation_without_a_signature_is_refused(agreed: dict[str, Any], role: Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="confirmations_signed"):
        await role.execute(
            "INSERT INTO confirmations (id, contract_id, phone_id, answer, channel, provider, network_code,"
            " conversation, language, menu_version, answered_at)"
            " VALUES ($1, $2, $3, 'decline', 'sms', 'at', '', 's', 'en', '1', $4)",
            UUID(int=1), UUID(agreed["id"]), UUID(agreed["parties"][0]["id"]), NOON,
        )  # fmt: skip


async def test_the_role_cannot_choose_the_place_of_an_audit_entry(agreed: dict[str, Any], role: Connection) -> None:
    chain = UUID(agreed["id"])
    top = await role.fetchval("SELECT max(seq) FROM audit_logs WHERE chain_id = $1", chain)
    await role.execute(
        "INSERT INTO audit_logs (chain_id, seq, at, channel, action, details, act_id, prev_hash, hash)"
        " VALUES ($1, 1, now(), 'api', 'forged', '{}', $1, 'x', 'y')",
        chain,
    )
    assert await role.fetchval("SELECT max(seq) FROM audit_logs WHERE chain_id = $1", chain) == top + 1


async def test_every_table_has_grants(role: Connection) -> None:
    """A table without a line in sql/grants.sql would be one the service cannot use as its own role."""
    names = await role.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [name for (name,) in names if name not in GRANTS] == []


async def test_nothing_is_granted_without_the_role(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    try:
        if not await owner.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", ROLE):
            assert await grant(database_url) is False
    finally:
        await owner.close()


async def test_the_role_cannot_grant(granted: str) -> None:
    assert await grant(granted) is False


_CONTRACT = """
WITH made AS (
    INSERT INTO contracts (id, reference, type, terms, total_minor, currency, source, created_at)
    VALUES ($1, '40718353', 'other', '{"product": "maize", "quantity": "1"}', 100, 'KES', 'ussd', $2) RETURNING id
)
INSERT INTO contract_parties (contract_id, phone_id, role, since) SELECT id, $1, 'buyer', $2 FROM made"""


async def test_a_newer_schema_is_named_to_the_role_of_the_service_too(granted: str, owner_url: str) -> None:
    """Who restarts older code during an upgrade must not read that a right is missing."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (9000, 'later', 'x')")
    with pytest.raises(MigrationError, match="the database is at 9000, newer than this code"):
        await up(granted)
    await owner.execute("DELETE FROM schema_migrations WHERE version = 9000")
    await owner.close()


async def test_older_code_goes_on_under_its_role_before_rights_are_granted_anew(empty_database_url: str) -> None:
    """0032 lists contracts by triggers, with the rights of whoever writes; rights are granted after the last step."""
    await up(empty_database_url, to=31)
    owner = await asyncpg.connect(empty_database_url)
    await owner.execute(f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    await owner.execute("INSERT INTO phones (id, msisdn, created_at) VALUES ($1, '+254711000001', $2)", UUID(int=1),
                        NOON)  # fmt: skip
    await owner.execute(f"GRANT SELECT, INSERT, UPDATE ON phones, contracts, contract_parties TO {ROLE}")
    await up(empty_database_url)
    await owner.execute(f"SET ROLE {ROLE}")
    await owner.execute(_CONTRACT, UUID(int=1), NOON)
    assert await owner.fetchval("SELECT count(*) FROM open_contracts") == 1
    await owner.execute("UPDATE contracts SET status = 'EXPIRED', expired_at = now(), version = version + 1")
    assert await owner.fetchval("SELECT count(*) FROM open_contracts") == 0
    await owner.close()
