"""`voicepact audit verify`: whatever is altered by hand, in the rows or in the log, is named."""

import base64
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from rich.progress import Progress

from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.tree import leaf_hash
from contracts.proof.verify import BrokenRecord
from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from gateway.background.short_codes import COST_IN_TESTS
from gateway.commands.audit import verify_all
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, signed_since_june, take_all, verify_record
from tests.gateway.background.log_entries import write_entries
from tests.gateway.commands.agreed_contracts import agreed
from tests.gateway.old_seals import seal_as_before
from tests.gateway.operator_client import NOON, Operator, contract_body
from tests.gateway.signed_contract import SIGNED_ANSWERS, make_signed_contract


@pytest_asyncio.fixture
async def operator(operator: Operator) -> AsyncIterator[Operator]:
    async with signed_since_june(operator):
        yield operator


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
