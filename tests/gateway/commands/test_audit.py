"""`voicepact audit verify`: a whole record is whole, with the keys that count; and what the command says."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rich.progress import Progress

from contracts.actions import carry_out
from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.proof.handover import HANDED_OVER, handover_details
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.verify import BrokenRecord
from contracts.proposal import ProposalType
from contracts.rules import party_acts
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.commands import audit as audit_command
from gateway.commands.audit import verify_all
from gateway.commands.audit_counts import Counts
from gateway.commands.startup import StartError
from storage.acts.rows import HopOnce
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, signed_since_june, verify_record
from tests.gateway.commands.agreed_contracts import agreed
from tests.gateway.old_seals import seal_as_before
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body, open_operator
from values.frozen import replace


@pytest_asyncio.fixture
async def operator(operator: Operator) -> AsyncIterator[Operator]:
    async with signed_since_june(operator):
        yield operator


async def test_a_whole_record_is_whole(operator: Operator) -> None:
    reference = await agreed(operator)
    assert await verify_record(operator) == Counts(
        entries=9, chains=3, checkpoints=1, signatures=6, contracts=3
    )  # fmt: skip
    assert await verify_record(operator, reference) == Counts(
        entries=3, chains=1, checkpoints=1, signatures=2, contracts=1
    )  # fmt: skip


async def test_an_empty_record_is_whole(operator: Operator) -> None:
    assert await verify_record(operator) == Counts()


async def test_a_new_entry_is_not_in_the_log_yet(operator: Operator) -> None:
    await agreed(operator)
    made = (await operator.post(contract_body())).json
    assert (await verify_record(operator)).unlogged == 1
    assert (await verify_record(operator, made["reference"])).unlogged == 1


async def test_a_checkpoint_is_signed_at_most_once_a_minute_and_only_if_the_log_grew(operator: Operator) -> None:
    signed = []
    for seconds, makes in ((0, True), (59, True), (60, False), (119, True), (120, True), (180, False), (600, False)):
        operator.services.now = lambda at=NOON + timedelta(seconds=seconds): at
        if makes:
            await operator.post(contract_body())
        signed.append(await log_audit(operator))
    assert signed == [True, False, True, False, True, False, False]
    assert (await verify_record(operator)).checkpoints == 3
    sizes = await operator.services.records.pool.fetch("SELECT size FROM log_checkpoints ORDER BY size")
    assert [row["size"] for row in sizes] == [2, 3, 5]  # the beginning is a leaf


async def test_an_older_record_with_seals_is_whole_and_enters_the_log_in_its_order(operator: Operator) -> None:
    await agreed(operator, count=2, is_logged=False)
    await seal_as_before(operator)
    await operator.services.records.pool.execute(
        "SET session_replication_role = replica; UPDATE audit_logs SET xid = 0; SET session_replication_role = origin"
    )
    before = await verify_record(operator)
    assert (before.seals, before.checkpoints, before.unlogged) == (6, 1, 6)
    await agreed(operator, count=1)
    after = await verify_record(operator)
    assert (after.entries, after.seals, after.checkpoints, after.unlogged) == (9, 6, 2, 0)
    rows = operator.services.evidence.log
    entries = await rows.entries_in_order(0, 0, 100)
    assert [entry["n"] for entry in entries] == sorted(entry["n"] for entry in entries)
    assert [await rows.index_of(1, entry["n"], entry["leaf"]) for entry in entries] == list(range(1, 10))


async def test_signatures_of_an_older_key_still_verify(operator: Operator) -> None:
    await agreed(operator, count=1)
    new = Signer.from_text(base64.b64encode(b"the key that comes after the old").decode())
    operator.services.records.signer = operator.services.signer = new
    await operator.services.evidence.save_key(new.key_id, new.public_key, NOON)
    await agreed(operator, count=1)
    counts = await verify_record(operator)
    assert (counts.signatures, counts.contracts) == (4, 2)
    assert await operator.count("signature_keys") == 2


async def test_a_key_counts_only_if_it_is_pinned_or_handed_over_to(operator: Operator) -> None:
    """Whoever can write into the record can add a key to it, and sign with that."""
    await agreed(operator, count=1)
    own, stranger = (
        operator.services.signer,
        Signer.from_text(base64.b64encode(b"a key of somebody " * 2)[:43].decode()),
    )
    pinned = {own.key_id: own.public_key}
    assert (await verify_record(operator, pinned=pinned)).is_pinned
    assert not (await verify_record(operator)).is_pinned
    operator.services.records.signer = operator.services.signer = stranger
    await operator.services.evidence.save_key(stranger.key_id, stranger.public_key, NOON)
    await agreed(operator, count=1)
    named = f"signature_keys key_id {stranger.key_id}: is neither pinned nor was it handed over to; "
    with pytest.raises(BrokenRecord, match=named):
        await verify_record(operator, pinned=pinned)
    third = Signer.from_text(base64.b64encode(bytes(range(32))).decode())
    for old, new in ((third, stranger), (stranger, third)):  # that strangers vouch for one another helps none of them
        await operator.services.evidence.hand_over(HANDED_OVER, handover_details(old, new, NOON), NOON)
    forged = {**handover_details(own, stranger, NOON), "old_signature": stranger.sign(b"we follow").hex()}
    await operator.services.evidence.hand_over(HANDED_OVER, forged, NOON)
    with pytest.raises(BrokenRecord, match=named):
        await verify_record(operator, pinned=pinned)


@pytest.mark.parametrize("pins", ["old", "new"])
async def test_a_key_that_was_handed_over_to_is_believed_from_both_sides(operator: Operator, pins: str) -> None:
    await agreed(operator, count=1)
    old = operator.services.signer
    new = Signer.from_text(base64.b64encode(b"the key that comes after the old").decode())
    await operator.services.evidence.save_key(new.key_id, new.public_key, NOON)
    for _ in range(2):  # a service that is started again says it once
        await operator.services.evidence.hand_over(HANDED_OVER, handover_details(old, new, NOON), NOON)
    operator.services.records.signer = operator.services.signer = new
    await agreed(operator, count=1)
    pinned = {"old": old, "new": new}[pins]
    counts = await verify_record(operator, pinned={pinned.key_id: pinned.public_key})
    assert (counts.signatures, counts.entries) == (4, 7)


@pytest.mark.parametrize(("kind", "yes", "forms"), [("amend", True, 2), ("amend", False, 2), ("cancel", True, 1)])
async def test_answers_to_a_proposal_are_signed(operator: Operator, kind: str, yes: bool, forms: int) -> None:
    """New terms have a form of their own from the moment they are proposed; an end is about the terms in force."""
    await agreed(operator, count=1)
    records, contract = operator.services.records, await only_contract(operator)
    terms = replace(contract.terms, place="Eldoret") if kind == "amend" else None
    asked = party_acts.propose(contract, somebody(BUYER), ProposalType(kind), terms, NOON)
    assert isinstance(asked, Plan)
    assert await carry_out(records, asked, channel="ussd", now=NOON, hop=HopOnce("at", "s1", "01", "", False, ""))
    contract = await only_contract(operator)
    said = party_acts.answer(contract, somebody(SELLER), NOON, WaitingPeriods(), yes=yes, n=2)
    assert isinstance(said, Plan)
    assert await carry_out(records, said, channel="ussd", now=NOON, hop=HopOnce("at", "s2", "02", "", False, ""))
    await log_audit(operator)
    assert (await verify_record(operator)).signatures == 4
    assert await operator.count("contract_forms") == forms
    over = await only_contract(operator)
    assert (over.terms_version, over.status.value) == {
        ("amend", True): (2, "CONFIRMED"), ("amend", False): (1, "CONFIRMED"), ("cancel", True): (1, "CANCELLED")
    }[kind, yes]  # fmt: skip


def somebody(msisdn: str) -> Actor:
    return Actor(Msisdn(msisdn), "en", "ussd", "at", "63902", "s", "menus", ("Shall it be Eldoret?",))


async def only_contract(operator: Operator) -> Contract:
    contract_id = await operator.services.records.pool.fetchval("SELECT id FROM contracts")
    row = await operator.services.records.contract(contract_id)
    assert row
    return Contract.from_row(row)


async def test_two_processes_at_once_enter_each_entry_once(operator: Operator, redis_url: str, tmp_path: Path) -> None:
    """As when both believe that they hold the lease."""
    url = operator.services.settings.database_url
    assert url
    async with open_operator(url, redis_url) as other:
        for minute in range(1, 6):
            for _ in range(4):
                await operator.post(contract_body())
            operator.services.now = other.services.now = lambda at=NOON + timedelta(minutes=minute): at
            await asyncio.gather(log_audit(operator, tmp_path / "head"), log_audit(other, tmp_path / "head"))
    counts = await verify_record(operator)
    assert (counts.unlogged, counts.entries, counts.checkpoints) == (0, 20, 5)
    state = await operator.services.evidence.log.state()
    assert state and state.size == 21


def test_a_policy_file_names_the_keys_that_count(tmp_path: Path) -> None:
    key = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)
    file = tmp_path / "policy"
    file.write_text(f"log {key.line}\nquorum none\n")
    assert [line.key for line in audit_command.policy_in(file).logs] == [key]
    file.write_text("log nobody\n")
    with pytest.raises(StartError, match=r"--policy: .*policy: line 1: a key is written"):
        audit_command.policy_in(file)
    with pytest.raises(StartError, match="cannot be read: No such file"):
        audit_command.policy_in(tmp_path / "nothing")


def test_the_command_says_what_it_found(
    operator: Operator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def broken(*_: Any) -> Counts:
        raise BrokenRecord("audit_logs", "chain x seq 3", "what it says does not give its hash")

    async def whole(*_: Any) -> Counts:
        return Counts(entries=4, chains=1, seals=3, signatures=2, unlogged=1)

    monkeypatch.setenv("DATABASE_URL", str(operator.services.settings.database_url))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setattr(audit_command, "verify_all", whole)
    audit_command.verify(data_dir=tmp_path)
    said, on_the_side = capsys.readouterr()
    assert not on_the_side
    assert said.startswith("whole   4 audit entries in 1 chain, 3 seals, 0 checkpoints, 2 signatures")
    assert "1 entry is not in the log yet" in said
    monkeypatch.setattr(audit_command, "verify_all", broken)
    with pytest.raises(SystemExit) as left:
        audit_command.verify(data_dir=tmp_path)
    assert left.value.code == 1
    assert "BROKEN  audit_logs chain x seq 3: what it says does not give its hash" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "why"), [("12345678", "12345678 is no contract number: a digit is mistyped"), ("4071", "the 8 digits")]
)
def test_a_wrong_reference_is_refused(typed: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=why):
        audit_command.verify(contract=typed, data_dir=tmp_path)


async def test_a_database_without_the_tables_is_refused(empty_database_url: str) -> None:
    with pytest.raises(StartError, match="voicepact db up"):
        await verify_all(empty_database_url, None, Progress(disable=True))


@pytest.mark.parametrize("reference", ["12345678", "40718353"])
async def test_an_unknown_contract_is_refused(operator: Operator, reference: str) -> None:
    with pytest.raises(StartError, match="--contract"):
        await verify_record(operator, reference)
