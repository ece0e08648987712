"""A database for tests of single rows: triggers that compare several rows are off, and a few rows are there."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from storage.embedded.servers import ServerUrls
from storage.migrations.runner import up
from storage.postgres.database import Connection, connect
from tests.databases import execute, renamed
from tests.storage.money_rows import PAID, TRANSFER
from tests.storage.operator_rows import CHEGE, OPERATORS
from tests.storage.table_rows import (
    AUDIT,
    CLOSED,
    CONFIRMATIONS,
    CONTRACT,
    CONTRACTS,
    DISPUTE,
    FORMS,
    KEYS,
    LOG,
    LOG_CHECKPOINTS,
    MESSAGE,
    MT,
    PARTIES,
    PHONE,
    PHONES,
    SAID,
    SEALS,
    insert_row,
)

# Tested in tests/storage/test_rows_that_belong_together.py and tests/storage/test_money_triggers.py.
TOGETHER = {
    "contracts": "contracts_hold_together", "deliveries": "deliveries_add_up",
    "contract_proposals": "contract_proposals_follow", "disputes": "disputes_begin", "payments": "payments_begin",
    "ledger_entries": "ledger_entries_balance",
}  # fmt: skip


@asynccontextmanager
async def open_table_database(servers: ServerUrls) -> AsyncIterator[Connection]:
    name = f"schema_{uuid4().hex[:8]}"
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE template0")
    url = renamed(servers.database_url, name)
    await up(url)
    connection = await connect(url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    for table, trigger in TOGETHER.items():
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    await _insert_rows(connection)
    yield connection
    await connection.close()
    await execute(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _insert_rows(connection: Connection) -> None:
    """Insert what other rows name."""
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
    await insert_row(connection, "transfers", {**PAID, "id": TRANSFER, "own_id": "o1", "receipt": "R1"})
    await insert_row(connection, "operators", {**OPERATORS, "id": CHEGE, "name": "Chege"})
