"""Makes acts for tests of the database: person n has the msisdn `msisdn(n)`, a contract is between two of them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.fields.pin import locks_after_tries
from contracts.fields.reference import new_reference
from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp
from storage.acts.rows import (
    Act,
    ApiOnce,
    AuditRow,
    ConfirmationRow,
    ContractChangeRow,
    ContractRow,
    EntryRow,
    FormRow,
    HopOnce,
    MessageRow,
    MoOnce,
    PartyRow,
    PersonRow,
    ProofRow,
    SignatureRow,
)
from storage.evidence import EvidenceRows
from storage.postgres.database import Connection, Pool, open_pool
from storage.records import Records
from storage.signing import Signer
from values.frozen import replace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNER = Signer.from_text("signing+in+tests+of+the+storage+alone+++++0=")
TABLES_WITH_ROWS = ("schema_migrations", "signature_keys")  # before any act
TERMS = {"product": "mahindi", "quantity": "50", "unit": "bags", "total_minor": 350_000, "place": 'Bung\'oma "A" é'}


@asynccontextmanager
async def open_records(url: str, *, largest: int = 4) -> AsyncIterator[Records]:
    pool = await open_pool(url, smallest=1, largest=largest, timeout_seconds=10)
    try:
        await EvidenceRows(pool).save_key(SIGNER.key_id, SIGNER.public_key, NOON)
        yield Records(pool, locks_after_tries(), SIGNER)
    finally:
        await pool.close()


@asynccontextmanager
async def open_two_records(url: str) -> AsyncIterator[tuple[Records, Records]]:
    """Open two, as two processes of the service would."""
    async with open_records(url) as one, open_records(url) as two:
        yield one, two


def msisdn(n: int) -> str:
    return f"+2547{n:08}"


def make_hop(session: str = "s", key: int = 1) -> HopOnce:
    return HopOnce("at", session, f"{key:032x}", f"reply {key}", False, "c2VhbGVk")


def make_act(**parts: Any) -> Act:
    """Make an act. Its cause is a new hop, unless `parts` has another."""
    act_id, audit = uuid4(), parts.pop("audit", ())
    if not {"hop", "mo", "api"} & parts.keys():
        parts["hop"] = make_hop(act_id.hex)
    return with_actions(Act(**{"act_id": act_id, "at": NOON, "channel": "ussd", **parts}), *audit)


def with_actions(act: Act, *audit: AuditRow) -> Act:
    """Return `act` with an entry for each chain in `audit`, of its actions alone: storage looks no deeper."""
    chains: dict[UUID, list[AuditRow]] = {}
    for row in audit:
        assert row.chain_id, "in a test each action names its chain"
        chains.setdefault(row.chain_id, []).append(row)
    return replace(act, entries=tuple(_entry(act, chain, rows) for chain, rows in chains.items()))


def _entry(act: Act, chain: UUID, rows: list[AuditRow]) -> EntryRow:
    actions = [
        {
            "action": row.action, "actor": row.actor_id and str(row.actor_id), "channel": act.channel,
            "details": dict(row.details),
        }
        for row in rows
    ]  # fmt: skip
    text = {
        "format": "voicepact-entry/2", "chain": str(chain), "act": str(act.act_id), "at": utc_timestamp(act.at),
        "actions": actions,
    }  # fmt: skip
    return EntryRow(chain, rows[0].actor_id, canonical_json(text).decode())


def make_entry(chain_id: UUID | None, action: str = "noted", **details: Any) -> AuditRow:
    return AuditRow(action, chain_id, None, None, details)


def make_sms(n: int, contract_id: UUID | None = None, **more: Any) -> MessageRow:
    return MessageRow(uuid4(), "out", f"hello {n}", "offered", 1, msisdn=msisdn(n), contract_id=contract_id, **more)


def make_form(contract_id: UUID) -> FormRow:
    """Make a form of any text: storage only sees its bytes and hashes."""
    text = f"contract {contract_id}"
    return FormRow(contract_id, 1, text, hashlib.sha256(text.encode()).hexdigest(), "00" * 32)


def make_proof(form: str) -> ProofRow:
    return ProofRow(form, "00" * 32, "00" * 16, SIGNER.sign(form.encode()).hex(), SIGNER.key_id)


def make_contract_act(seller: int, buyer: int, **parts: Any) -> Act:
    """Make the act by which the seller makes, and so signs, a contract with the buyer; both may be new."""
    contract = ContractRow(uuid4(), new_reference(), "agricultural_supply", TERMS, 350_000, "KES")
    form = make_form(contract.id)
    shown = ConfirmationRow(
        contract.id, None, msisdn(seller), "confirm", "at", "63902", "s", "sw", "1", ("Je, ni sawa?",),
        proof=make_proof(form.sha256),
    )  # fmt: skip
    return make_act(
        people=tuple(PersonRow(uuid4(), msisdn(n)) for n in (seller, buyer)),
        contract=contract,
        parties=(
            PartyRow("seller", "Amina", "signed", None, msisdn(seller)),
            PartyRow("buyer", None, "pending", None, msisdn(buyer)),
        ),
        confirmation=None if parts.get("channel") == "api" else shown,
        form=form,
        audit=(AuditRow("contract.made", contract.id, None, None, {"terms": TERMS}),),
        messages=(make_sms(buyer, contract.id),),
        **parts,
    )


def make_answer_act(row: dict[str, Any], n: int, *, yes: bool = True, status: str = "CONFIRMED", **parts: Any) -> Act:
    """Make the act of party n's answer, decided on `row` (from `Records.contract`)."""
    contract_id = UUID(row["id"])
    phone_id = next(UUID(party["phone_id"]) for party in row["parties"] if party["msisdn"] == msisdn(n))
    word = "confirm" if yes else "decline"
    return make_act(
        change=ContractChangeRow(contract_id, row["version"], status),
        signatures=(SignatureRow(contract_id, phone_id, "signed" if yes else "rejected"),),
        confirmation=ConfirmationRow(
            contract_id, phone_id, msisdn(n), word, "at", "63902", "s", "en", "1", ("Do you confirm?",),
            proof=make_proof(row["forms"]["1"]),
        ),
        audit=(AuditRow(f"contract.{word}", contract_id, phone_id, None, {"role": "buyer"}),),
        messages=(MessageRow(uuid4(), "out", "told", "confirmed", 1, phone_id=phone_id, contract_id=contract_id),),
        **parts,
    )  # fmt: skip


def repeat_act(done: Act) -> Act:
    """Make an act with the same cause but new ids, as a repeat of the request would decide it."""
    contract = done.contract and replace(done.contract, id=uuid4(), reference=new_reference())
    chain = contract.id if contract else None
    form = make_form(chain) if chain else None
    said = done.confirmation
    said = replace(said, proof=make_proof(form.sha256)) if said and form else said
    again = replace(
        done,
        act_id=uuid4(),
        contract=contract,
        form=form,
        confirmation=replace(said, contract_id=chain) if said and chain else said,
        messages=tuple(replace(message, id=uuid4(), contract_id=chain) for message in done.messages),
    )
    return with_actions(again, *(make_entry(chain or entry.chain_id, "repeated") for entry in done.entries))


CAUSES: dict[str, dict[str, Any]] = {
    "hop": {"hop": make_hop("once")},
    "mo": {"mo": MoOnce("at", "ATXid_1"), "channel": "sms"},
    "api": {"api": ApiOnce("key-1", "ab" * 16), "channel": "api"},
}


async def count_rows(pool: "Pool | Connection") -> dict[str, int]:
    """Return how many rows each table has."""
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name: await pool.fetchval(f"SELECT count(*) FROM {name}") for (name,) in tables}  # noqa: S608 - our own words


async def apply_new_contract(records: Records, seller: int = 1, buyer: int = 2) -> dict[str, Any]:
    """Apply an act that makes a contract, and return the contract, which waits for its buyer."""
    act_made = make_contract_act(seller, buyer)
    assert act_made.contract and await records.apply(act_made)
    row = await records.contract(act_made.contract.id)
    assert row
    return row


async def apply_together(records: Records, *acts: Act) -> list[bool | BaseException]:
    """Apply the acts in one iteration of the event loop."""
    return await asyncio.gather(*map(records.apply, acts), return_exceptions=True)
