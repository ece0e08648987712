"""Sessions, hops that acted and promises as the code before the rooms wrote them, taken up by the code of today.

`before_rooms.json` holds every row and every session of a service that ran on that code, with calls under way; then the
requests that came next, each with the reply of that code, and what the record was after them.
"""

import base64
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest_asyncio

from gateway.ussd import conversation as conversations
from gateway.ussd.effect import acted_place
from storage.encryption import Encryptor
from storage.record_rows import Hop
from tests.clock import ServiceClock
from tests.service import Service, open_service

SNAPSHOT: dict[str, Any] = orjson.loads((Path(__file__).parent / "before_rooms.json").read_bytes())
THEN = datetime.fromisoformat(SNAPSHOT["now"]) + timedelta(seconds=30)
_REFERENCE = re.compile(r"\b[0-9]{4} ?[0-9]{4}\b")
_REPLIES_WITH_A_NEW_REFERENCE = {"making a contract, PIN"}

CONTRACTS = "SELECT terms->>'product', status, version FROM contracts ORDER BY 1, 2, 3"
TEXTS = """SELECT kind, f.msisdn, regexp_replace(regexp_replace(text, '[0-9]{8}|[0-9]{4} [0-9]{4}', '#', 'g'),
        ' Code [A-Z]{4} [A-Z]{4} [A-Z]{4}$', '')  -- which it did not have then
    FROM sms_logs s JOIN phones f ON f.id = s.phone_id WHERE direction = 'out' ORDER BY 1, 2, 3"""
PIN_TRIES = "SELECT msisdn, pin_tries FROM phones ORDER BY 1"
OPEN_PROMISES = "SELECT count(*) FROM promises WHERE kept_at IS NULL"


@pytest_asyncio.fixture
async def upgraded(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """The service of today on the rows and sessions of then, at the time of then."""
    await restore_rows(database_url)
    async with open_service(database_url, redis_url, now=ServiceClock(THEN)) as service:
        assert service.settings.secret_key.get_secret_value() == SNAPSHOT["secret_key"]
        for key, value in SNAPSHOT["store"].items():
            await service.redis.set(key, base64.b64decode(value))
        yield service


async def restore_rows(url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute("SET session_replication_role = replica")  # the rows are right: no trigger need look at them
        for table, rows in SNAPSHOT["tables"].items():
            columns = ", ".join(rows[0])
            await db.execute(
                f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE "  # noqa: S608 - our own tables and columns
                f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
                orjson.dumps(rows).decode(),
            )
        for table in ("contracts", "phones"):  # as migration 0028 does
            await db.execute(
                f"UPDATE {table} t SET head = a.hash, entries = a.seq FROM"  # noqa: S608 - our own tables
                " (SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM audit_logs ORDER BY chain_id, seq DESC) AS a"
                " WHERE t.id = a.chain_id"
            )
        await db.execute("SELECT setval(pg_get_serial_sequence('audit_logs', 'n'), max(n)) FROM audit_logs")
    finally:
        await db.close()


async def test_replies_are_the_same_to_the_byte_and_effects_happen_once(upgraded: Service) -> None:
    """Every request comes twice, as a provider may send it."""
    wrong = []
    for hop in SNAPSHOT["hops"]:
        if hop["lost"]:
            await upgraded.redis.delete(f"ussd:{{africastalking:{hop['form']['sessionId']}}}")
        first, second = [await upgraded.edge.hook("ussd", hop["form"]) for _ in range(2)]
        if masked(hop, first.body.decode()) != masked(hop, hop["reply"]) or first != second:
            wrong.append((hop["name"], hop["reply"], first.body.decode(), second.body.decode()))
    assert not wrong
    assert await upgraded.db.fetchval("SELECT count(*) FROM phones WHERE pin_hash LIKE 'person:%'") == 3, "bound anew"
    await upgraded.db.execute("UPDATE promises SET due_at = '2026-01-01' WHERE kept_at IS NULL")
    while await upgraded.db.fetchval(OPEN_PROMISES):
        pass
    after = SNAPSHOT["after"]
    assert [list(row) for row in await upgraded.db.fetch(CONTRACTS)] == after["contracts"]
    assert [list(row) for row in await upgraded.db.fetch(TEXTS)] == after["texts"]
    assert [list(row) for row in await upgraded.db.fetch(PIN_TRIES)] == after["pin_tries"]
    assert await upgraded.db.fetchval("SELECT count(*) FROM acted_hops") == after["hops"]


def test_every_session_of_then_is_read() -> None:
    """One that could not be read would be rebuilt from the history, and often show the same: that is not meant here."""
    encryptor = Encryptor(SNAPSHOT["secret_key"])
    stored = {
        key: base64.b64decode(value).partition(b":")[2]
        for key, value in SNAPSHOT["store"].items()
        if key.startswith("ussd:")
    }
    for row in SNAPSHOT["tables"]["acted_hops"]:
        if row["session"]:
            hop = Hop(row["provider"], row["session_id"], bytes.fromhex(row["hop_key"][2:]))
            stored[acted_place(hop)] = bytes.fromhex(row["session"][2:])
    assert len(stored) > 60
    for place, sealed in stored.items():
        plain = encryptor.decrypt(sealed, place)
        assert plain and conversations.from_bytes(plain), place


def masked(hop: dict[str, Any], reply: str) -> str:
    """The reply, without the reference of a contract that is made by it: references are random."""
    return _REFERENCE.sub("#", reply) if hop["name"] in _REPLIES_WITH_A_NEW_REFERENCE else reply


def test_the_snapshot_holds_what_it_should() -> None:
    assert len(SNAPSHOT["tables"]["promises"]) == 2
    assert len(SNAPSHOT["tables"]["acted_hops"]) >= 20
    assert len(SNAPSHOT["hops"]) >= 30
