"""What the tables refuse, whoever asks: impossible rows, illegal moves, a changed identity."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from contracts.lifecycle import MOVES, Status
from storage.database import Connection, connect
from storage.embedded import Servers
from storage.migrations import up
from tests.storage.acting import NOON

LATER = NOON + timedelta(hours=1)
PHONE, CONTRACT = UUID(int=1), UUID(int=2)
MESSAGE = UUID(int=77)

PHONES = {"id": UUID(int=9), "msisdn": "+254712345679", "created_at": NOON}
CONTRACTS = {
    "id": UUID(int=9), "reference": "40718353", "status": "PENDING", "type": "other", "terms": {}, "total_minor": 1,
    "currency": "KES", "source": "ussd", "created_at": NOON,
}  # fmt: skip
PARTIES = {"contract_id": CONTRACT, "phone_id": UUID(int=3), "role": "buyer", "since": NOON}
SIGNATURES = {"contract_id": CONTRACT, "phone_id": PHONE, "status": "pending"}
CONFIRMATIONS = {
    "id": UUID(int=9), "contract_id": CONTRACT, "phone_id": PHONE, "answer": "confirm", "channel": "ussd",
    "provider": "at", "network_code": "", "conversation": "s", "language": "en", "menu_version": "1", "shown": [],
    "answered_at": NOON,
}  # fmt: skip
AUDIT = {"chain_id": CONTRACT, "at": NOON, "channel": "ussd", "action": "a", "details": {}, "act_id": UUID(int=9)}
MT = {
    "id": UUID(int=9), "direction": "out", "phone_id": PHONE, "text": "x", "kind": "help", "act_id": UUID(int=9),
    "status": "queued", "segments": 1, "due_at": NOON, "created_at": NOON,
}  # fmt: skip
MO = {**MT, "direction": "in", "status": "received", "due_at": None}
SENT = {**MT, "status": "submitted", "due_at": None, "provider_message_id": "1", "submitted_at": NOON}
TRIES = {"message_id": MESSAGE, "n": 1, "provider": "at", "outcome": "accepted", "at": NOON}
REPORTS = {"provider": "at", "provider_message_id": "1", "status": "Success", "state": "delivered", "received_at": NOON}
HOPS = {"provider": "at", "session_id": "s", "hop_key": b"k", "at": NOON}
ACTED = {**HOPS, "act_id": UUID(int=9), "reply": "x", "ends": False, "session": b"s"}
PROMISES = {
    "provider": "at", "session_id": "s", "hop_key": b"k", "sealed": b"s", "made_at": NOON, "due_at": NOON
}  # fmt: skip

GOOD = {
    "phones": [PHONES, {**PHONES, "pin_hash": "h", "pin_proved_at": NOON, "language": "sw"},
               {**PHONES, "recovery_key": b"k", "recovery_until": NOON}],
    "contracts": [
        CONTRACTS,
        {**CONTRACTS, "status": "CONFIRMED", "confirmed_at": NOON},
        {**CONTRACTS, "status": "CANCELLED", "cancelled_at": NOON},
        {**CONTRACTS, "status": "EXPIRED", "expired_at": NOON},
        {**CONTRACTS, "status": "COMPLETED", "confirmed_at": NOON, "completed_at": NOON},
    ],
    "contract_parties": [PARTIES, {**PARTIES, "name": "Amina"}],
    "contract_signatures": [SIGNATURES, {**SIGNATURES, "status": "signed", "settled_at": NOON}],
    "confirmations": [CONFIRMATIONS],
    "audit_logs": [AUDIT],
    "sms_logs": [MT, MO, SENT, {**MO, "phone_id": None, "raw_sender": "MTN"}],
    "sms_tries": [TRIES],
    "sms_reports": [REPORTS],
    "acted_hops": [HOPS, ACTED],
    "promises": [PROMISES, {**PROMISES, "due_at": None, "kept_at": NOON}],
}  # fmt: skip

AGREED = ("CONFIRMED", "ACTIVE", "DISPUTED")
OF_AN_ACT = ("act_id", "reply", "ends", "session")

IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("phones", {**PHONES, "msisdn": "0712345678"}, "a number that is not E.164"),
    ("phones", {**PHONES, "msisdn": "+254 712345678"}, "a number with a space"),
    ("phones", {**PHONES, "language": "English"}, "a language that is no code"),
    ("phones", {**PHONES, "pin_tries": -1}, "fewer than no tries"),
    ("phones", {**PHONES, "pin_proved_at": NOON}, "a proof of no PIN"),
    ("phones", {**PHONES, "recovery_key": b"k"}, "a recovery code without an end"),
    ("contracts", {**CONTRACTS, "reference": "4071835"}, "a reference of 7 digits"),
    ("contracts", {**CONTRACTS, "reference": "04071835"}, "a reference that begins with 0"),
    ("contracts", {**CONTRACTS, "version": 0}, "a version before the first"),
    ("contracts", {**CONTRACTS, "status": "SIGNED"}, "a status nobody knows"),
    ("contracts", {**CONTRACTS, "type": "loan"}, "a type nobody knows"),
    ("contracts", {**CONTRACTS, "terms": []}, "terms that are a list"),
    ("contracts", {**CONTRACTS, "total_minor": 0}, "a total of nothing"),
    ("contracts", {**CONTRACTS, "total_minor": -1}, "a total below nothing"),
    ("contracts", {**CONTRACTS, "currency": "Ksh"}, "a currency that is no code"),
    ("contracts", {**CONTRACTS, "source": "desk"}, "a source nobody knows"),
    ("contracts", {**CONTRACTS, "confirmed_at": NOON}, "pending, and confirmed"),
    *(("contracts", {**CONTRACTS, "status": s}, f"{s}, and never confirmed") for s in AGREED),
    ("contracts", {**CONTRACTS, "status": "COMPLETED", "confirmed_at": NOON}, "completed, and nobody knows when"),
    ("contracts", {**CONTRACTS, "completed_at": NOON}, "pending, and completed"),
    ("contracts", {**CONTRACTS, "status": "CANCELLED"}, "cancelled, and nobody knows when"),
    ("contracts", {**CONTRACTS, "cancelled_at": NOON}, "pending, and cancelled"),
    ("contracts", {**CONTRACTS, "status": "EXPIRED"}, "expired, and nobody knows when"),
    ("contracts", {**CONTRACTS, "expired_at": NOON}, "pending, and expired"),
    ("contract_parties", {**PARTIES, "role": "lender"}, "a role nobody knows"),
    ("contract_parties", {**PARTIES, "name": ""}, "a name without a letter"),
    ("contract_parties", {**PARTIES, "name": "x" * 61}, "a name without end"),
    ("contract_signatures", {**SIGNATURES, "status": "maybe", "settled_at": NOON}, "a signature nobody knows"),
    ("contract_signatures", {**SIGNATURES, "status": "signed"}, "signed, and nobody knows when"),
    ("contract_signatures", {**SIGNATURES, "settled_at": NOON}, "settled, and still pending"),
    ("confirmations", {**CONFIRMATIONS, "terms_version": 0}, "terms before the first"),
    ("confirmations", {**CONFIRMATIONS, "answer": "perhaps"}, "an answer that is none"),
    ("confirmations", {**CONFIRMATIONS, "channel": "api"}, "a consent given by nobody's phone"),
    ("confirmations", {**CONFIRMATIONS, "shown": {}}, "evidence that is no list"),
    ("audit_logs", {**AUDIT, "channel": "mail"}, "a channel nobody knows"),
    ("sms_logs", {**MT, "direction": "up"}, "neither in nor out"),
    ("sms_logs", {**MO, "status": "queued", "due_at": NOON}, "a message from a phone, queued"),
    ("sms_logs", {**MT, "status": "received", "due_at": None}, "a message to a phone, received"),
    ("sms_logs", {**MT, "phone_id": None, "raw_sender": "MTN"}, "to nobody"),
    ("sms_logs", {**MO, "phone_id": None}, "from nobody"),
    ("sms_logs", {**MO, "raw_sender": "MTN"}, "from a phone and from a name"),
    ("sms_logs", {**MT, "segments": 0}, "in no segments"),
    ("sms_logs", {**MT, "tries": -1}, "fewer than no tries"),
    ("sms_logs", {**MT, "due_at": None}, "queued for never"),
    ("sms_logs", {**SENT, "due_at": NOON}, "sent, and due"),
    ("sms_logs", {**MT, "status": "sending", "due_at": None}, "being sent by nobody"),
    ("sms_logs", {**MT, "leased_until": NOON}, "leased, and not being sent"),
    ("sms_logs", {**SENT, "provider_message_id": None}, "sent, and unknown to the provider"),
    ("sms_logs", {**SENT, "submitted_at": None}, "sent, and nobody knows when"),
    ("sms_logs", {**SENT, "status": "delivered"}, "delivered, and nobody knows when"),
    ("sms_logs", {**SENT, "settled_at": NOON}, "settled, and on its way"),
    ("sms_logs", {**MT, "class": "urgent"}, "a class nobody knows"),
    ("sms_logs", {**MT, "priority": 2}, "a priority no claim looks for"),
    ("sms_logs", {**MT, "encoding": "utf-8"}, "an encoding no phone reads"),
    ("sms_tries", {**TRIES, "n": 0}, "a try before the first"),
    ("sms_tries", {**TRIES, "outcome": "fine"}, "an outcome nobody knows"),
    ("sms_reports", {**REPORTS, "state": "lost"}, "a state nobody knows"),
    *(("acted_hops", {**ACTED, part: None}, f"acted, without {part}") for part in OF_AN_ACT),
    ("promises", {**PROMISES, "tries": -1}, "fewer than no tries"),
    ("promises", {**PROMISES, "due_at": None}, "neither due nor kept"),
    ("promises", {**PROMISES, "kept_at": NOON}, "kept, and due"),
]  # fmt: skip

violated: set[str] = set()


@pytest_asyncio.fixture(scope="module")
async def connection(servers: Servers) -> AsyncIterator[Connection]:
    """One database for the module; what a test writes is rolled back."""
    name = f"schema_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(servers.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))
    await up(url)
    connection = await connect(url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    for n in (1, 3):
        await insert(connection, "phones", {**PHONES, "id": UUID(int=n), "msisdn": f"+25471234567{n}"})
    await insert(connection, "contracts", {**CONTRACTS, "id": CONTRACT, "reference": "57240000"})
    await insert(connection, "contract_parties", {**PARTIES, "phone_id": PHONE})
    await insert(connection, "sms_logs", {**MT, "id": MESSAGE})
    yield connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())  # noqa: S608


@pytest_asyncio.fixture
async def db(connection: Connection) -> AsyncIterator[Connection]:
    change = connection.transaction()
    await change.start()
    yield connection
    await change.rollback()


@pytest.mark.parametrize(("table", "row"), [(table, row) for table, rows in GOOD.items() for row in rows])
async def test_the_rows_below_are_possible_but_for_what_is_said_of_them(
    db: Connection, table: str, row: dict[str, Any]
) -> None:
    await insert(db, table, row)


@pytest.mark.parametrize(("table", "row"), [pytest.param(t, r, id=f"{t}: {why}") for t, r, why in IMPOSSIBLE])
async def test_an_impossible_row_is_refused(db: Connection, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await insert(db, table, row)
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
        "sms_logs.sms_logs_direction_check",  # another direction breaks the rules about status first
    }
    assert never == unreachable


AT = {"CONFIRMED": "confirmed_at", "ACTIVE": "active_at", "COMPLETED": "completed_at", "CANCELLED": "cancelled_at",
      "EXPIRED": "expired_at", "DISPUTED": "disputed_at"}  # fmt: skip


def contract_in(status: Status) -> dict[str, Any]:
    """A possible row in this status."""
    row = {**CONTRACTS, "status": status.value}
    if status in (Status.CONFIRMED, Status.ACTIVE, Status.COMPLETED, Status.DISPUTED):
        row["confirmed_at"] = NOON
    if status is not Status.PENDING:
        row[AT[status]] = NOON
    return row


async def moves(db: Connection, before: Status, after: Status) -> bool:
    await insert(db, "contracts", contract_in(before))
    when = f", {AT[after]} = $2" if after is not before and after is not Status.PENDING else ", created_at = $2"
    try:
        await db.execute(
            f"UPDATE contracts SET status = $1, version = version + 1{when} WHERE reference = '40718353'",  # noqa: S608
            after.value, NOON,
        )  # fmt: skip
    except asyncpg.CheckViolationError as refused:
        assert f"cannot go from {before} to {after}" in str(refused)
        return False
    return True


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
async def test_the_database_moves_a_contract_as_the_code_does(db: Connection, before: Status, after: Status) -> None:
    assert await moves(db, before, after) == (after in MOVES[before] or after is before)


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
async def test_a_contract_keeps_what_it_is(db: Connection, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(f"UPDATE contracts SET {change}")  # noqa: S608


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
        pytest.param("sms_logs", {**SENT, "provider": "at"}, {**SENT, "provider": "at", "id": UUID(int=10)},
                     id="one message of the provider for two of ours"),
        pytest.param("acted_hops", HOPS, ACTED, id="a hop that acted twice"),
    ],
)  # fmt: skip
async def test_what_there_is_once_is_there_once(
    db: Connection, table: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    await insert(db, table, first)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(db, table, second)


async def test_a_word_binds_only_those_who_are_party(db: Connection) -> None:
    for table, row in (("contract_signatures", SIGNATURES), ("confirmations", CONFIRMATIONS)):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction():
                await insert(db, table, {**row, "phone_id": UUID(int=3)})
