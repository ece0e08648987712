"""`voicepact audit verify`: a whole record is whole, and whatever its owner alters by hand is named."""

import asyncio
import base64
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rich.progress import Progress

from contracts.actions import carry_out
from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.proof.handover import HANDED_OVER, handover_details
from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.tree import leaf_hash
from contracts.proof.verify import BrokenRecord
from contracts.proposal import ProposalType
from contracts.rules import party_acts
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from gateway.background.short_codes import COST_IN_TESTS
from gateway.commands import audit as audit_command
from gateway.commands.audit import verify_all
from gateway.commands.audit_counts import Counts
from gateway.commands.startup import StartError
from storage.acts.rows import HopOnce
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, signed_since_june, take_all, verify_record
from tests.gateway.background.log_entries import write_entries
from tests.gateway.old_seals import seal_as_before
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body, open_operator
from tests.gateway.signed_contract import SIGNED_ANSWERS, make_signed_contract
from values.frozen import replace


@pytest_asyncio.fixture
async def operator(operator: Operator) -> AsyncIterator[Operator]:
    async with signed_since_june(operator):
        yield operator


async def agreed(operator: Operator, count: int = 3, *, is_logged: bool = True) -> str:
    """Some contracts that both have confirmed; the reference of the last."""
    for _ in range(count):
        reference = str((await operator.post(contract_body())).json["reference"])
        for msisdn in (BUYER, SELLER):
            await operator.sends_sms(msisdn, f"yes {reference}")
    if is_logged:
        await log_audit(operator)
    return reference


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


ONE = "(SELECT id FROM contracts ORDER BY created_at, id LIMIT 1)"
TAMPERED = [
    ("UPDATE audit_logs SET text = replace(text, '}}', ' }}') WHERE seq = 2 AND chain_id = {one}", "audit_logs chain"),
    ("UPDATE audit_logs SET at = at + interval '1 second' WHERE seq = 1 AND chain_id = {one}", "audit_logs chain"),
    ("UPDATE audit_logs SET actor_id = NULL WHERE seq = 2 AND chain_id = {one}", "its columns are not"),
    ("UPDATE audit_logs SET act_id = chain_id WHERE seq = 2 AND chain_id = {one}", "its columns are not"),
    ("DELETE FROM audit_logs WHERE seq = 2 AND chain_id = {one}", "entry 2 is missing"),
    ("DELETE FROM audit_logs WHERE seq = 3 AND chain_id = {one}", r"log 1 leaf (3|6|9): its audit entry is altered"),
    ("DELETE FROM audit_logs WHERE chain_id = {one}", r"log 1 leaf (1|4|7): its audit entry is altered, or gone"),
    ("UPDATE audit_logs SET xid = xid + 1 WHERE false; INSERT INTO audit_logs (chain_id, seq, at, channel, action,"
     " details, act_id, prev_hash, hash, xid) SELECT gen_random_uuid(), 1, now(), 'api', 'a', '{}', gen_random_uuid(),"
     " sha256('x'), sha256('y'), 0", "audit_logs chain .* seq 1: does not follow"),
    ("UPDATE log_tiles SET hashes = hashes || sha256('x')", "has not 10 hashes"),
    ("UPDATE log_tiles SET hashes = substring(hashes FOR 288)", "has not 10 hashes"),
    ("UPDATE log_tiles SET hashes = sha256('x') || substring(hashes FROM 33)", "its beginning is not its first leaf"),
    ("UPDATE log_tiles SET hashes = substring(hashes FOR 288) || sha256('x')", "log_checkpoints .* size 10: what was"),
    ("UPDATE log_tiles SET hashes = substring(hashes FOR 288) || sha256('x'); DELETE FROM log_checkpoints;"
     " DELETE FROM log_keys", "log 1 leaf 9: its audit entry is altered, or gone"),
    ("DELETE FROM log_tiles", "0 leaves are there of 10"),
    ("DELETE FROM log_checkpoints", "was signed, and its checkpoints are gone"),
    ("DELETE FROM log_keys", "no known key signed it"),
    ("ALTER TABLE log_keys DROP CONSTRAINT log_keys_key_check; UPDATE log_keys SET key = 'x'", "log_keys key 'x'"),
    ("UPDATE log_checkpoints SET size = 9", "size 9: what was signed is not what the leaves give"),
    ("UPDATE log_checkpoints SET size = 11", "size 11: the log is shorter"),
    ("UPDATE log_checkpoints SET note = replace(convert_from(note, 'UTF8'), E'\\n10\\n', E'\\n9\\n')::bytea",
     "signature of test.example/log.* is wrong"),
    ("UPDATE log_state SET beginning = 'x'", "its beginning is not its first leaf"),
    ("UPDATE log_state SET size = 11", "has not 11 hashes"),
    ("UPDATE confirmations SET answer = 'decline' WHERE contract_id = {one}", "confirmations id"),
    ("UPDATE confirmations SET answered_at = answered_at - interval '1 day'", "is not what the audit says was signed"),
    ("UPDATE confirmations SET signature = decode(repeat('00', 64), 'hex')", "its signature is not over what it says"),
    ("UPDATE confirmations SET phone_id = (SELECT max(phone_id::text)::uuid FROM contract_parties) WHERE phone_id ="
     " (SELECT min(phone_id::text)::uuid FROM contract_parties) AND contract_id = {one} AND false;"
     " UPDATE confirmations SET conversation = 'another'", "is not what the audit says was signed"),
    ("UPDATE confirmation_texts SET texts = '[\"Do you want a free phone?\"]'", "not the texts that were shown"),
    ("ALTER TABLE confirmations DROP CONSTRAINT confirmations_signed;"
     " UPDATE confirmations SET signature = NULL, key_id = NULL WHERE contract_id = {one}", "has no signature"),
    ("UPDATE confirmations SET key_id = 'ffffffffffffffff'", "signature_keys key_id f{16}: is neither pinned"),
    ("UPDATE contracts SET terms = terms || '{\"total_minor\": 1}', total_minor = 1 WHERE id = {one}", "its terms are"),
    ("ALTER TABLE contracts DROP CONSTRAINT contracts_total;"
     " UPDATE contracts SET total_minor = 1 WHERE id = {one}", "its total is not that of its terms"),
    ("UPDATE contracts SET type = 'other' WHERE id = {one}", "is not the contract that its form describes"),
    ("UPDATE contract_parties SET role = CASE role WHEN 'buyer' THEN 'seller' ELSE 'buyer' END", "in this role"),
    ("UPDATE contract_parties SET name = 'Somebody else' WHERE role = 'buyer'", "is not the person in its form"),
    ("UPDATE phones SET msisdn = '+254711000009' WHERE msisdn = '+254711000001'", "is not the person in its form"),
    ("DELETE FROM confirmation_texts; DELETE FROM confirmations WHERE contract_id = {one}", "no yes of theirs"),
    ("DELETE FROM contract_forms WHERE contract_id = {one}", "is about the form of another contract"),
    ("UPDATE contract_forms SET form = replace(convert_from(form, 'UTF8'), '175', '275')::bytea"
     " WHERE contract_id = {one}", "is about the form of another contract"),
]  # fmt: skip


async def alter(operator: Operator, tampering: str) -> None:
    owner = await asyncpg.connect(str(operator.services.settings.database_url))
    await owner.execute(f"SET session_replication_role = replica; {tampering.replace('{one}', ONE)}")
    await owner.close()


@pytest.mark.parametrize(("tampering", "named"), TAMPERED)
async def test_a_row_that_the_owner_of_the_tables_altered_is_named(
    operator: Operator, tampering: str, named: str
) -> None:
    """With every trigger switched off, and the rule that forbids it, as only a superuser can."""
    await agreed(operator)
    await alter(operator, tampering)
    with pytest.raises(BrokenRecord, match=named):
        await verify_record(operator)


OF_SEALS = [
    ("DELETE FROM audit_logs WHERE seq = 3 AND chain_id = {one}", "is gone; seal"),
    ("DELETE FROM audit_logs WHERE chain_id = {one}", "is gone; seal"),
    ("DELETE FROM audit_logs WHERE seq = 3 AND chain_id = {one};"
     " DELETE FROM audit_seals WHERE chain_seq = 3 AND chain_id = {one}", "audit_(seals seq|checkpoints number)"),
    ("DELETE FROM audit_seals WHERE seq > 6", "audit_checkpoints number 1"),
    ("UPDATE audit_seals SET entry_hash = hash WHERE seq = 3", "is not the entry that seal 3 sealed"),
    ("UPDATE audit_checkpoints SET at = at + interval '1 hour'", "audit_checkpoints number 1: what it says"),
    ("UPDATE audit_checkpoints SET signature = decode(repeat('00', 64), 'hex')", "its signature is not over"),
]  # fmt: skip


@pytest.mark.parametrize(("tampering", "named"), OF_SEALS)
async def test_an_altered_row_under_an_old_seal_is_named(operator: Operator, tampering: str, named: str) -> None:
    await agreed(operator, is_logged=False)
    await seal_as_before(operator)
    await alter(operator, tampering)
    with pytest.raises(BrokenRecord, match=named):
        await verify_record(operator)


async def test_an_act_that_is_dated_back_is_named(operator: Operator) -> None:
    """Written with the service's own rights and key, chained and logged as it should be; only it was not then."""
    await agreed(operator, count=1)
    operator.services.now = lambda: NOON - timedelta(days=90)
    await operator.post(contract_body())
    operator.services.now = lambda: NOON + timedelta(days=1)
    await log_audit(operator)
    with pytest.raises(BrokenRecord, match=r"audit_logs chain .* seq 1: is dated 2026-.*, but entered the log after"):
        await verify_record(operator)


async def test_an_entry_put_in_before_the_end_of_the_log_is_named(operator: Operator) -> None:
    """The writer may choose the transaction, which is no part of what is hashed."""
    await agreed(operator, count=1)
    reference = str((await operator.post(contract_body())).json["reference"])
    await alter(operator, "UPDATE audit_logs SET xid = 0 WHERE n = (SELECT max(n) FROM audit_logs)")
    for only in (None, reference):
        with pytest.raises(BrokenRecord, match="is not in the log, which is past it"):
            await verify_record(operator, only)


async def test_a_shorter_log_than_was_signed_is_named(operator: Operator, tmp_path: Path) -> None:
    await agreed(operator, count=1)
    state = await operator.services.evidence.log.state()
    assert state
    assert (await verify_record(operator, head=Checkpoint(ORIGIN, 1, leaf_hash(state.beginning)))).checkpoints == 1
    for head in (Checkpoint(ORIGIN, 9, bytes(32)), Checkpoint(ORIGIN, 5, bytes(32))):
        with pytest.raises(BrokenRecord, match=r"was signed|that were signed"):
            await verify_record(operator, head=head)
    assert (await verify_record(operator, head=Checkpoint("other.example/log", 9, bytes(32)))).checkpoints == 1


async def test_one_contract_is_proved_against_what_was_signed(operator: Operator) -> None:
    """An entry is altered with its chain's end and its leaf, in a tile of which the level above has the old root."""
    reference = await agreed(operator, count=1, is_logged=False)
    await write_entries(operator, 300)
    await log_audit(operator)
    assert (await verify_record(operator, reference)).checkpoints == 1
    await alter(
        operator,
        "UPDATE audit_logs SET text = replace(text, 'sms', 'api') WHERE n = 3;"
        " UPDATE audit_logs SET hash = sha256(prev_hash || convert_to(text, 'UTF8')) WHERE n = 3;"
        " UPDATE contracts SET head = (SELECT hash FROM audit_logs WHERE n = 3);"
        " UPDATE log_tiles SET hashes = overlay(hashes PLACING (SELECT sha256('\\x00'::bytea || prev_hash ||"
        " convert_to(text, 'UTF8')) FROM audit_logs WHERE n = 3) FROM 97) WHERE level = 0 AND place = 0",
    )
    with pytest.raises(BrokenRecord, match=r"log_tiles .*leaf 1 is not what the checkpoint of 304 leaves was signed"):
        await verify_record(operator, reference)


async def test_one_contract_whose_last_entry_is_gone_is_named(operator: Operator) -> None:
    reference = await agreed(operator, count=1)
    await alter(operator, "UPDATE contracts SET entries = 4")
    with pytest.raises(BrokenRecord, match=r"audit_logs chain .*: has 3 entries, and contracts .* says 4"):
        await verify_record(operator, reference)


async def test_a_short_code_that_was_altered_is_named(operator: Operator) -> None:
    reference = await agreed(operator, count=1)
    pool = operator.services.records.pool
    contract_id = await pool.fetchval("SELECT id FROM contracts")
    assert await operator.services.codes.of(contract_id, 1)
    url = str(operator.services.settings.database_url)
    await verify_all(url, reference, Progress(disable=True), code_cost=COST_IN_TESTS)
    await alter(operator, "UPDATE form_codes SET code = 'BCDFGHJKLMNP'")
    assert (await verify_record(operator)).contracts == 1  # without --codes
    with pytest.raises(BrokenRecord, match=r"form_codes terms_version 1 of .*: is not the short code of the form"):
        await verify_all(url, None, Progress(disable=True), code_cost=COST_IN_TESTS)


async def test_a_log_that_somebody_signed_with_a_key_of_their_own_is_named(operator: Operator) -> None:
    """Who has the database but no key removes a contract and makes the log anew. Only who was told the key's name by
    another way can see it: that is what a policy file is for."""
    await agreed(operator, count=2)
    await alter(
        operator,
        "DELETE FROM audit_logs WHERE chain_id <> {one}; DELETE FROM confirmation_texts WHERE confirmation_id IN"
        " (SELECT id FROM confirmations WHERE contract_id <> {one}); DELETE FROM confirmations WHERE"
        " contract_id <> {one}; DELETE FROM contract_forms WHERE contract_id <> {one}; DELETE FROM"
        " contract_signatures WHERE contract_id <> {one}; DELETE FROM contract_parties WHERE contract_id <> {one};"
        " DELETE FROM contracts WHERE id <> {one}; DELETE FROM log_checkpoints; DELETE FROM log_tiles; DELETE FROM"
        " log_keys; DELETE FROM log_state",
    )
    theirs = Signer.from_text(base64.b64encode(b"the key of who took the database").decode())
    head = HeadFile(Path(tempfile.mkdtemp()) / "log-head")
    job = LogJob(operator.services.evidence.log, theirs, ORIGIN, head, operator.services.now)
    await take_all(job, operator.services.evidence.log)
    assert await job.checkpoint(NOON)
    assert (await verify_record(operator)).contracts == 1  # whole, as far as the database alone can tell
    with pytest.raises(BrokenRecord, match="no known key signed it"):
        await verify_record(operator, keys=[verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)])
    url = str(operator.services.settings.database_url)
    reference = await operator.services.records.pool.fetchval("SELECT reference FROM contracts")
    for only in (None, reference):
        with pytest.raises(BrokenRecord, match=r"log_checkpoints .* signed by none of the keys that the settings name"):
            await verify_all(url, only, Progress(disable=True), signers=[LOG_SIGNER.public_key])
        assert (await verify_all(url, only, Progress(disable=True), signers=[theirs.public_key])).log_is_pinned


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


OF_ACTS = [
    ("UPDATE deliveries SET quantity = 13 WHERE kind = 'part'", "deliveries id .*: is not what was said and signed"),
    ("UPDATE deliveries SET kind = 'full', quantity = NULL WHERE kind = 'part'", "is not what was said and signed"),
    ("DELETE FROM deliveries WHERE kind = 'part'", "deliveries id .*: is not what was said and signed"),
    ("INSERT INTO deliveries SELECT gen_random_uuid(), contract_id, phone_id, 'part', 1, evidence, at FROM deliveries"
     " WHERE kind = 'part'", "confirmations id .*: is gone; contract"),
    ("UPDATE disputes SET split_minor = 1", "disputes id .*: is not decided as was said and signed"),
    ("UPDATE disputes SET decision = 'complete', split_minor = NULL", "is not decided as was said and signed"),
    *((f"DELETE FROM confirmation_texts; DELETE FROM confirmations WHERE answer = '{answer}'", "is gone; contract")  # noqa: S608 - our own words
      for answer in ("delivered", "received_part", "complain", "appeal", "decide", "decline")),
    ("UPDATE confirmations SET details = '{\"quantity\": \"13\"}' WHERE answer = 'received_part'", "says was signed"),
    ("UPDATE confirmations SET contract_version = 2 WHERE answer = 'delivered'", "says was signed"),
    ("UPDATE confirmation_texts SET words = 'All dry.' WHERE words LIKE 'The rest%'", "not the texts that were shown"),
]  # fmt: skip


@pytest.mark.parametrize(("tampering", "named"), OF_ACTS)
async def test_an_altered_row_of_a_signed_act_is_named(operator: Operator, tampering: str, named: str) -> None:
    await make_signed_contract(operator)
    await log_audit(operator)
    assert (await verify_record(operator)).signatures == len(SIGNED_ANSWERS)
    owner = await asyncpg.connect(str(operator.services.settings.database_url))
    await owner.execute(f"SET session_replication_role = replica; {tampering}")
    await owner.close()
    with pytest.raises(BrokenRecord, match=named):
        await verify_record(operator)


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
