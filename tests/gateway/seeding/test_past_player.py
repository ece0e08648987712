"""A history that is written at once leaves the rows that its acts leave one after the other, in every story."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.escrow.rules import EscrowRules
from contracts.fields.msisdn import Msisdn
from contracts.rules.sms_limits import SmsLimits
from contracts.rules.waiting import WaitingPeriods
from gateway.outbox.compose import MessageComposer
from gateway.seeding.cooperative import trade_in, village
from gateway.seeding.past_player import PastPlayer, PastRules
from gateway.seeding.stories import PAST_STORIES, past_deal
from storage.acts.apply import statement_of
from storage.acts.history import History, NotWritten, write_histories
from storage.acts.rows import Act
from storage.copying import copy_rows
from storage.evidence import EvidenceRows
from storage.postgres import database
from storage.postgres.database import Connection
from storage.signing import Signer
from values.frozen import replace
from values.ids import new_id

ENDED_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
ZONE = ZoneInfo("Africa/Nairobi")
RULES = PastRules(
    Signer.from_text("YSBrZXkgdGhhdCBzaWducyBvbmx5IGluIGEgdGVzdCE="), MessageComposer("en", "*483#", zone=ZONE),
    WaitingPeriods(zone=ZONE), SmsLimits(), EscrowRules(), "0123456789abcdef",
)  # fmt: skip

# What is written at once also has what became of each message; and the order of entries in the database is its own.
_OF_SENDING = frozenset(
    ["status", "due_at", "tries", "cost", "submitted_at", "settled_at", "why", "provider", "provider_message_id"]
)
_LEFT_OUT = {"audit_logs": frozenset(["n", "xid"]), "sms_logs": _OF_SENDING}
_TABLES = (
    "contracts", "contract_parties", "contract_signatures", "contract_forms", "contract_proposals", "deliveries",
    "disputes", "confirmations", "confirmation_texts", "audit_logs", "sms_logs", "mo_receipts", "api_requests",
    "payments", "transfers", "ledger_entries", "ledger_accounts", "rail_receipts", "open_contracts",
    "waiting_proposals",
)  # fmt: skip


@pytest.fixture
async def connection(database_url: str) -> Any:
    opened = await database.connect(database_url)
    await database.set_json_codec(opened)
    yield opened
    await opened.close()


async def played(connection: Connection) -> list[History]:
    """Return a history of each story, all of people of one village, whom the database knows."""
    where, random = village(0), Random(7)  # noqa: S311 - no secrets
    ids: dict[Msisdn, UUID] = {person.msisdn: new_id() for person in where.people}
    since = ENDED_BEFORE - timedelta(days=300)
    await copy_rows(connection, "phones", [
        {"id": phone_id, "msisdn": msisdn, "created_at": since} for msisdn, phone_id in ids.items()
    ])  # fmt: skip
    await EvidenceRows(connection).save_key(RULES.signer.key_id, RULES.signer.public_key, since)
    player = PastPlayer(RULES, ids, random)
    trades = [trade_in(where, random, most=140_000) for _ in PAST_STORIES]
    return [
        await player.play(past_deal(story, trade, ENDED_BEFORE, ZONE, random))
        for story, trade in zip(PAST_STORIES, trades, strict=True)
    ]


async def rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table, but for what differs by its nature."""
    found = {}
    for table in _TABLES:
        every = await connection.fetch(f"SELECT to_jsonb(t) AS row FROM {table} t ORDER BY to_jsonb(t)::text")  # noqa: S608
        out = _LEFT_OUT.get(table, frozenset())
        kept = [{name: value for name, value in each["row"].items() if name not in out} for each in every]
        found[table] = sorted(kept, key=str)
    return found


async def apply(connection: Connection, act: Act) -> None:
    assert await connection.fetch(*statement_of([act])), act.act_id


async def test_the_rows_are_those_of_the_acts(connection: Connection) -> None:
    histories = await played(connection)
    before = connection.transaction()
    await before.start()
    await write_histories(connection, histories)
    at_once = await rows(connection)
    await before.rollback()
    assert not (await rows(connection))["contracts"]

    for history in histories:
        for act in history.acts:
            await apply(connection, act)
    one_by_one = await rows(connection)
    for table in _TABLES:
        assert at_once[table] == one_by_one[table], table
    empty = {table for table in _TABLES if not one_by_one[table]}
    assert empty == {"open_contracts", "waiting_proposals"}, "all are over, and every other table was compared"


async def test_an_act_that_a_rule_refuses_leaves_nothing(connection: Connection) -> None:
    """The delivery of one history says that it follows another version of the contract than there is."""
    histories = await played(connection)
    first = histories[0]
    change = first.acts[2].change
    assert change
    wrong = replace(first.acts[2], change=replace(change, version=change.version + 1))
    broken = replace(first, acts=(*first.acts[:2], wrong, *first.acts[3:]))
    with pytest.raises(NotWritten):
        await write_histories(connection, [broken, *histories[1:]])
    assert not any((await rows(connection)).values())
