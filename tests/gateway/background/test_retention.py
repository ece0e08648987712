"""What is past its period goes; what is not, and what a contract or a hold needs, stays. Consent to being recorded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from gateway.background.retention import RetentionJob
from storage.migrations.runner import down, up
from storage.postgres.database import Connection, connect
from storage.retention import Periods, RetentionRows
from storage.subjects import SubjectRows
from tests.storage.make_acts import NOON
from tests.storage.table_rows import (
    ACTED,
    CHECK,
    CONSENTS,
    CONTRACTS,
    ERASED,
    MO,
    PARTIES,
    PHONES,
    PROMISES,
    REPORTS,
    SENT,
    TRIES,
    insert_row,
)

PERIODS = Periods(
    messages=timedelta(days=730), sessions=timedelta(days=90), callbacks=timedelta(days=60), looks=timedelta(days=1095)
)
OLD, OLDER = NOON - timedelta(days=91), NOON - timedelta(days=731)
DONE = {**SENT, "status": "failed", "settled_at": NOON}
OVER, OPEN, ANYBODY = UUID(int=101), UUID(int=102), UUID(int=1)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect(database_url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=lambda _: "{}", decoder=str)
    await insert_row(connection, "phones", {**PHONES, "id": ANYBODY})
    for contract_id, reference in ((OVER, "57240001"), (OPEN, "57240002")):
        await insert_row(connection, "contracts", {**CONTRACTS, "id": contract_id, "reference": reference})
    await connection.execute(
        "UPDATE contracts SET status = 'EXPIRED', expired_at = $1, version = 2 WHERE id = $2", NOON, OVER
    )
    yield connection
    await connection.close()


async def retained(db: Connection) -> dict[str, int]:
    return await RetentionJob(RetentionRows(db, PERIODS, batch_size=2), lambda: NOON).delete_old(pause_seconds=0)


async def message(db: Connection, n: int, **row: Any) -> UUID:
    sent = {**DONE, "id": UUID(int=n), "provider": "at", "provider_message_id": f"m{n}", "created_at": OLDER, **row}
    await insert_row(db, "sms_logs", sent)
    return UUID(int=n)


async def left(db: Connection, table: str, column: str = "id") -> set[Any]:
    return {row[0] for row in await db.fetch(f"SELECT {column} FROM {table}")}  # noqa: S608 - our own words


async def test_messages_go_with_their_tries_and_reports(db: Connection) -> None:
    for n in range(5):
        await insert_row(db, "sms_tries", {**TRIES, "message_id": await message(db, n + 1)})
        await insert_row(db, "sms_reports", {**REPORTS, "provider_message_id": f"m{n + 1}", "received_at": OLDER})
    await message(db, 6, contract_id=OVER)
    await insert_row(db, "sms_logs", {**MO, "id": UUID(int=7), "created_at": OLDER})
    young = await message(db, 8, created_at=OLD)
    await insert_row(db, "feed_positions", {"position": 1, "events": 1, "is_fate": True, "xid": 1, "n": 1})
    await db.execute("UPDATE message_fates SET n = 1, at = $1 WHERE message_id = $2", OLDER, UUID(int=7))
    assert await retained(db) == {"sms_logs": 7, "sms_reports": 5, "message_fates": 1}
    assert await left(db, "feed_positions", "n") == set()
    assert await left(db, "sms_logs") == {young}
    assert await left(db, "sms_tries", "message_id") == set()


async def test_messages_that_are_needed_stay(db: Connection) -> None:
    await message(db, 1, contract_id=OPEN)
    await message(db, 2, **{k: v for k, v in SENT.items() if k in ("status", "submitted_at")}, settled_at=None)
    await message(db, 3, status="queued", due_at=NOON, settled_at=None)
    assert await retained(db) == {}
    assert len(await left(db, "sms_logs")) == 3


async def test_one_that_was_sent_again_is_emptied_first(db: Connection) -> None:
    first = await message(db, 1, english="You have agreed")
    again = await message(db, 2, resend_of=first, created_at=OLD)
    assert await retained(db) == {"sms_logs": 1}
    kept = await db.fetchrow("SELECT text, english, phone_id FROM sms_logs WHERE id = $1", first)
    assert kept and tuple(kept) == ("", None, None)
    assert await retained(db) == {}, "once is enough"
    await db.execute("UPDATE sms_logs SET created_at = $2 WHERE id = $1", again, OLDER)
    await retained(db)
    assert await left(db, "sms_logs") <= {first}
    await retained(db)
    assert await left(db, "sms_logs") == set()


async def test_sessions_and_what_makes_things_happen_once_go(db: Connection) -> None:
    for at in (OLD, NOON):
        key = str(at.date())
        await insert_row(db, "acted_hops", {**ACTED, "session_id": key, "at": at})
        await insert_row(db, "promises", {**PROMISES, "session_id": key, "due_at": None, "kept_at": at})
        await insert_row(db, "resumed_sessions", {"provider": "at", "session_id": key, "sealed": b"s", "at": at})
        await insert_row(db, "mo_receipts", {"provider": "at", "message_id": key, "act_id": OVER, "at": at})
        await insert_row(db, "api_requests", {"key": key, "fingerprint": b"f", "act_id": OVER, "at": at})
        check_id = UUID(int=at.toordinal())
        await insert_row(db, "number_checks", {**CHECK, "id": check_id, "phone_id": ANYBODY, "asked_at": at})
        await insert_row(
            db, "ussd_sessions",
            {"provider": "at", "session_id": key, "phone_id": ANYBODY, "network_code": "", "status": "s",
             "ended_at": at},
        )  # fmt: skip
    await insert_row(db, "promises", {**PROMISES, "session_id": "due", "made_at": OLD})
    await insert_row(
        db, "api_requests", {"key": "open", "fingerprint": b"f", "act_id": OPEN, "contract_id": OPEN, "at": OLD}
    )
    await insert_row(
        db, "mo_receipts",
        {"provider": "twilio", "message_id": "undated", "act_id": OVER, "at": OLD, "is_undated": True},
    )  # fmt: skip
    tables = ("acted_hops", "promises", "resumed_sessions", "mo_receipts", "api_requests", "ussd_sessions",
              "number_checks")  # fmt: skip
    assert await retained(db) == dict.fromkeys(tables, 1)
    assert await left(db, "promises", "session_id") == {str(NOON.date()), "due"}
    assert await left(db, "api_requests", "key") == {str(NOON.date()), "open"}
    assert await left(db, "mo_receipts", "message_id") == {str(NOON.date()), "undated"}, (
        "nothing else tells a late copy"
    )


async def test_callbacks_of_rails_go_once_they_are_dealt_with(db: Connection) -> None:
    sixty = NOON - timedelta(days=61)
    for n, (at, due_at) in enumerate([(sixty, None), (sixty, NOON), (NOON, None)]):
        callback = {
            "id": UUID(int=n), "rail": "mpesa", "kind": "stk", "digest": bytes([n]), "body": b"x", "at": at,
            "due_at": due_at, "outcome": None if due_at else "paid",
        }  # fmt: skip
        await insert_row(db, "rail_callbacks", callback)
    assert await RetentionRows(db, PERIODS).waiting(NOON) == 1
    assert await retained(db) == {"rail_callbacks": 1}
    assert await left(db, "rail_callbacks") == {UUID(int=1), UUID(int=2)}


@pytest.mark.parametrize("held", [{"phone_id": ANYBODY, "contract_id": None}, {"phone_id": None, "contract_id": OVER}])
async def test_what_is_held_stays_until_it_is_released(db: Connection, held: dict[str, UUID | None]) -> None:
    rows = SubjectRows(db)
    await insert_row(db, "contract_parties", {**PARTIES, "contract_id": OVER, "phone_id": ANYBODY})
    await message(db, 1, contract_id=OVER)
    await rows.hold("a court asks", NOON, **held)
    assert await retained(db) == {}
    assert await rows.release(NOON, **held) == 1
    assert await retained(db) == {"sms_logs": 1}


async def test_what_was_asked_about_a_sim_stays_while_its_owner_is_held(db: Connection) -> None:
    rows = SubjectRows(db)
    await insert_row(db, "number_checks", {**CHECK, "phone_id": ANYBODY, "asked_at": OLD})
    await rows.hold("a court asks", NOON, phone_id=ANYBODY, contract_id=None)
    assert await retained(db) == {}
    await rows.release(NOON, phone_id=ANYBODY, contract_id=None)
    assert await retained(db) == {"number_checks": 1}


async def test_several_processes_share_the_work(db: Connection, database_url: str) -> None:
    for n in range(40):
        await message(db, n + 1)
    others = [await connect(database_url) for _ in range(4)]
    try:
        gone = await asyncio.gather(*map(retained, others))
    finally:
        for other in others:
            await other.close()
    assert sum(counts.get("sms_logs", 0) for counts in gone) == 40
    assert await left(db, "sms_logs") == set()


async def test_no_consent_to_be_recorded_is_changed(db: Connection) -> None:
    await insert_row(db, "recording_consents", {**CONSENTS, "phone_id": ANYBODY})
    for change in ("UPDATE recording_consents SET given = true", "TRUNCATE recording_consents"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await db.execute(change)


async def test_the_migration_can_be_taken_back_with_erased_people_in_it(db: Connection, database_url: str) -> None:
    """Nobody comes back by it: their place is taken by numbers that no network gives out."""
    await insert_row(db, "phones", {**ERASED, "id": UUID(int=2)})
    await message(db, 2, resend_of=await message(db, 1), created_at=OLD)
    assert await retained(db) == {"sms_logs": 1}
    await down(database_url, 8)
    assert await left(db, "sms_logs") == {UUID(int=2)}
    numbers = await left(db, "phones", "msisdn")
    assert len(numbers) == 2 and all(number.startswith(("+254", "+999")) for number in numbers)
    await up(database_url)


async def test_who_is_being_erased_gets_no_new_contract(db: Connection, database_url: str) -> None:
    other = await connect(database_url)
    try:
        async with db.transaction():
            assert await SubjectRows(db).find(str(PHONES["msisdn"]), to_change=True) == ANYBODY
            party = {**PARTIES, "contract_id": OPEN, "phone_id": ANYBODY}
            waits = asyncio.create_task(insert_row(other, "contract_parties", party))
            await asyncio.sleep(0.1)
            assert not waits.done()
            await db.execute("UPDATE phones SET msisdn = 'erased-0a1b2c3d', erased_at = now() WHERE id = $1", ANYBODY)
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="was erased"):
            await waits
    finally:
        await other.close()
