"""`voicepact audit verify` without any key, after somebody has appended an entry to a contract's chain: it may say what
came later, and never again what an entry before it has bound. Else whatever people read and wrote could be rewritten
under checkpoints that witnesses have."""

# ruff: noqa: S608 - of our own words

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Record

from contracts.proof.binding import binding_text
from contracts.proof.canonical import canonical_json
from contracts.proof.entries import message_hash
from contracts.proof.verify import BrokenRecord
from storage.postgres.database import Connection
from storage.postgres.queries import QUERIES
from tests.gateway.commands.every_kind import altered, verify_without_keys
from tests.gateway.operator_client import NOON

Json = dict[str, Any]
ACT = UUID(int=0xAA)
SALT = bytes(16)
_LAST_AT = "(SELECT at FROM audit_logs WHERE chain_id = $1 ORDER BY seq DESC LIMIT 1)"


async def one(db: Connection, query: str, *values: Any) -> Record:
    row = await db.fetchrow(query, *values)
    assert row
    return row


async def append(
    db: Connection, contract_id: UUID, entry: Json, action: str = "terms.shown", details: Json | None = None,
    act: UUID = ACT,
) -> None:  # fmt: skip
    """Append an entry to the chain of a contract, at the time of the last one, and move its head."""
    head, count = await one(db, "SELECT head, entries FROM contracts WHERE id = $1", contract_id)
    last, at = await one(
        db, "SELECT text, at FROM audit_logs WHERE chain_id = $1 ORDER BY seq DESC LIMIT 1", contract_id
    )
    told = {"action": action, "actor": None, "channel": "service", "details": details or {}}
    first = {
        "format": "voicepact-entry/2", "chain": str(contract_id), "act": str(act), "at": json.loads(last)["at"],
        "actions": [told],
    }  # fmt: skip
    text = canonical_json({**first, **entry}).decode()
    hashed = hashlib.sha256(head + text.encode()).digest()
    await db.execute(
        "INSERT INTO audit_logs (chain_id, seq, at, act_id, prev_hash, hash, text) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        contract_id, count + 1, at, act, head, hashed, text,
    )  # fmt: skip
    await db.execute("UPDATE contracts SET head = $2, entries = $3 WHERE id = $1", contract_id, hashed, count + 1)


async def last_entry(db: Connection, contract_id: UUID, has: str) -> Json:
    rows = await db.fetch("SELECT text FROM audit_logs WHERE chain_id = $1 ORDER BY seq", contract_id)
    return dict([found for row in rows if has in (found := json.loads(row["text"]))][-1][has])


async def a_text(db: Connection) -> None:
    """What a person was sent says something else now."""
    sms = await one(db, "SELECT * FROM sms_logs WHERE kind = 'offered' ORDER BY created_at, id LIMIT 1")
    sha256 = message_hash("You owe us", sms["salt"].hex())
    await db.execute(
        f"UPDATE sms_logs SET text = 'You owe us', act_id = $3, created_at = {_LAST_AT} WHERE id = $2",
        sms["contract_id"], sms["id"], ACT,
    )  # fmt: skip
    bound = {"id": str(sms["id"]), "kind": sms["kind"], "to": str(sms["phone_id"]), "sha256": sha256}
    await append(db, sms["contract_id"], {"texts": [bound]})


async def all_rows(db: Connection) -> None:
    """An entry binds all rows, as if the contract were from before entries did, and a complaint says something else."""
    contract_id = await db.fetchval("SELECT contract_id FROM disputes WHERE words = 'Still wet'")
    await db.execute("UPDATE disputes SET words = 'All dry' WHERE words = 'Still wet'")
    await db.execute("UPDATE disputes SET salt = $2 WHERE contract_id = $1", contract_id, SALT)
    query = QUERIES["audit.contracts"](after=UUID(int=contract_id.int - 1), contract_id=contract_id, most=1)
    row = await one(db, *query)
    entries = map(json.loads, row["entries"])
    statements = {entry["act"]: entry["statement"] for entry in entries if "statement" in entry}
    text = json.loads(binding_text(contract_id, ACT, NOON, row["found"], statements))
    await append(db, contract_id, {"bound": text["bound"]}, "record.bound")


async def a_file(db: Connection) -> None:
    file = await one(db, "SELECT f.*, d.contract_id FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id")
    told = {"file": str(file["id"]), "dispute": str(file["dispute_id"]), "media_type": file["media_type"]}
    sha256 = hashlib.sha256(b"dry bags")
    await append(db, file["contract_id"], {}, "dispute.file", {**told, "sha256": sha256.hexdigest()})
    await db.execute(
        f"UPDATE dispute_files SET content = 'dry bags', sha256 = $2, added_at = {_LAST_AT}",
        file["contract_id"], sha256.digest(),
    )  # fmt: skip


async def a_split(db: Connection) -> None:
    """What both agreed to divide is another amount."""
    contract_id = await db.fetchval("SELECT contract_id FROM contract_proposals WHERE kind = 'split'")
    proposal = await last_entry(db, contract_id, "proposal")
    assert proposal["kind"] == "split"
    await db.execute(
        f"UPDATE contract_proposals SET split_minor = 1, settled_at = {_LAST_AT} WHERE contract_id = $1 AND n = $2",
        contract_id, proposal["n"],
    )  # fmt: skip
    await append(db, contract_id, {"proposal": {**proposal, "split_minor": 1}})


async def a_dispute_that_was_closed(db: Connection) -> None:
    row = await one(db, "SELECT id, contract_id FROM disputes WHERE ended = 'settled'")
    dispute = {**await last_entry(db, row["contract_id"], "dispute"), "id": str(row["id"])}
    await append(db, row["contract_id"], {"dispute": {**dispute, "status": "open", "ended": None}})


async def a_contract_that_was_over(db: Connection) -> None:
    contract_id = await db.fetchval("SELECT id FROM contracts WHERE status = 'EXPIRED'")
    after = await last_entry(db, contract_id, "after")
    await db.execute("UPDATE contracts SET version = version + 1, settled_quantity = 1 WHERE id = $1", contract_id)
    await append(db, contract_id, {"after": {**after, "version": after["version"] + 1, "settled": "1"}})


async def an_act(db: Connection) -> None:
    row = await one(db, "SELECT id, contract_id FROM confirmations WHERE answer = 'withdraw'")
    await append(db, row["contract_id"], {}, act=row["id"])


async def a_person(db: Connection) -> None:
    """Somebody else stands in the place of a person who was never erased."""
    row = await one(db, "SELECT contract_id, phone_id FROM contract_parties WHERE role = 'mediator'")
    await db.execute("UPDATE contract_parties SET name = 'Otieno' WHERE role = 'mediator'")
    await append(db, row["contract_id"], {}, "record.erased", {"person": str(row["phone_id"]), "texts": []})


@pytest.mark.parametrize(
    ("attack", "table"),
    [
        (a_text, "sms_logs"),
        (all_rows, "audit_logs"),
        (a_file, "dispute_files"),
        (a_split, "contract_proposals"),
        (a_dispute_that_was_closed, "disputes"),
        (a_contract_that_was_over, "contracts"),
        (an_act, "audit_logs"),
        (a_person, "contract_parties"),
    ],
)
async def test_no_later_entry_rewrites_what_one_has_bound(
    record: Connection, attack: Callable[[Connection], Awaitable[None]], table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with altered(record) as reader:
        await attack(record)
        with pytest.raises(BrokenRecord, match=r"writes anew what one before it|person was erased") as broken:
            await verify_without_keys(reader, monkeypatch)
    assert str(broken.value).startswith(table)
