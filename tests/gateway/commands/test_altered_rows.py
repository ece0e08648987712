"""`voicepact audit verify` without any key: each single row that the owner of the tables alters, deletes or invents is
named, by the hashes in the audit alone. The chains' own heads are in the record; whoever rewrites a whole chain with its
head is found by a checkpoint that somebody else keeps."""

# ruff: noqa: E501, S608 - an edit is one line, of our own words

import re

import pytest

from contracts.proof.verify import BrokenRecord
from storage.postgres.database import Connection
from tests.gateway.commands.every_kind import altered, verify_without_keys

SETTLED = "EXISTS (SELECT FROM disputes d WHERE d.contract_id = contracts.id AND d.ended = 'settled')"
ONE_TEXT = "(SELECT id FROM sms_logs WHERE direction = 'out' AND kind = 'offered' ORDER BY created_at, id LIMIT 1)"
ONE_MO = "(SELECT id FROM sms_logs WHERE direction = 'in' ORDER BY created_at, id LIMIT 1)"
REPLY = "jsonb_set(replies, '{0,words}', '\"I am sorry\"')"
EDITS = [
    pytest.param(edit, table, named, id=edit[:90])
    for edit, table, named in (
        ("UPDATE contracts SET status = 'ACTIVE' WHERE status = 'DISPUTED'", "contracts", "status"),
        ("UPDATE contracts SET version = version + 1 WHERE status = 'DISPUTED'", "contracts", "version"),
        ("UPDATE contracts SET terms_version = 7 WHERE status = 'DISPUTED'", "contract_forms", "no form of its terms 7"),
        ("UPDATE contracts SET created_at = created_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "created_at"),
        ("UPDATE contracts SET confirmed_at = confirmed_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "confirmed_at"),
        ("UPDATE contracts SET active_at = active_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "active_at"),
        ("UPDATE contracts SET disputed_at = disputed_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "disputed_at"),
        ("UPDATE contracts SET delivered_at = delivered_at - interval '1 day' WHERE status = 'DISPUTED'", "contracts", "delivered_at"),
        ("UPDATE contracts SET expired_at = expired_at - interval '1 day' WHERE status = 'EXPIRED'", "contracts", "expired_at"),
        ("UPDATE contracts SET next_at = next_at + interval '9 days' WHERE status = 'DISPUTED'", "contracts", "next_at"),
        ("UPDATE contracts SET next_what = 'close_dispute' WHERE status = 'DISPUTED'", "contracts", "next_what"),
        ("UPDATE contracts SET total_minor = 1 WHERE status = 'DISPUTED'", "contracts", "total"),
        ("UPDATE contracts SET currency = 'UGX' WHERE status = 'DISPUTED'", "contracts", "total"),
        ("UPDATE contracts SET terms = terms || '{\"quantity\": \"39\"}' WHERE status = 'DISPUTED'", "contracts", "terms"),
        ("UPDATE contracts SET source = 'ussd' WHERE status = 'DISPUTED'", "contracts", "source"),
        ("UPDATE contracts SET clock_started_at = now() WHERE status = 'DISPUTED'", "contracts", "clock_started_at"),
        ("UPDATE contracts SET settled_quantity = 3 WHERE status = 'DISPUTED'", "contracts", "settled_quantity"),
        ("UPDATE contracts SET head = NULL WHERE status = 'DISPUTED'", "contracts", "last entry"),
        (f"DELETE FROM contracts WHERE {SETTLED}", "contracts", "is gone"),
        ("INSERT INTO contracts SELECT (to_c).* FROM (SELECT jsonb_populate_record(c, '{\"id\": \"00000000-0000-0000-0000-00000000000a\","
         " \"reference\": \"57240000\"}') AS to_c FROM contracts c WHERE status = 'EXPIRED') AS x", "audit_logs", "has 0 entries"),
        ("UPDATE phones SET msisdn = '+254700000001' WHERE msisdn = '+254711000001'", "contract_parties", "person"),
        ("UPDATE phones SET msisdn = '+254700000009' WHERE msisdn = '+254711000009'", "contract_parties", "person"),
        ("UPDATE contract_parties SET role = 'witness' WHERE role = 'mediator'", "contract_parties", "role"),
        ("UPDATE contract_parties SET name = 'Otieno' WHERE role = 'mediator'", "contract_parties", "person"),
        ("UPDATE contract_parties SET salt = NULL WHERE role = 'mediator'", "contract_parties", "person"),
        ("UPDATE contract_parties SET since = since - interval '1 day' WHERE role = 'mediator'", "contract_parties", "since"),
        ("DELETE FROM contract_parties WHERE role = 'mediator'", "contract_parties", "is gone"),
        ("INSERT INTO contract_parties SELECT c.id, f.id, 'witness', NULL, c.created_at FROM contracts c, phones f"
         " WHERE status = 'EXPIRED' AND f.msisdn = '+254711000009'", "contract_parties", "no entry"),
        ("UPDATE contract_signatures SET status = 'signed' WHERE status = 'expired' AND phone_id ="
         " (SELECT id FROM phones WHERE msisdn = '+254711000001')", "contract_signatures", "no yes of theirs"),
        ("UPDATE contract_signatures SET settled_at = now() WHERE status = 'expired' AND phone_id ="
         " (SELECT id FROM phones WHERE msisdn = '+254711000001')", "contract_signatures", "settled_at"),
        ("DELETE FROM contract_signatures WHERE status = 'expired' AND phone_id ="
         " (SELECT id FROM phones WHERE msisdn = '+254711000001')", "contract_signatures", "is gone"),
        ("UPDATE contract_proposals SET status = 'accepted' WHERE status = 'declined'", "contract_proposals", "status"),
        ("UPDATE contract_proposals SET split_minor = 1 WHERE kind = 'split'", "contract_proposals", "split_minor"),
        ("UPDATE contract_proposals SET by_id = NULL WHERE kind = 'split'", "contract_proposals", "by_id"),
        ("UPDATE contract_proposals SET consented = '{}' WHERE kind = 'split'", "contract_proposals", "consented"),
        ("UPDATE contract_proposals SET terms = terms || '{\"quantity\": \"4\"}' WHERE kind = 'amend'", "contract_proposals", "terms"),
        ("UPDATE contract_proposals SET created_at = now() WHERE kind = 'cancel'", "contract_proposals", "created_at"),
        ("UPDATE contract_proposals SET settled_at = now() WHERE kind = 'cancel'", "contract_proposals", "settled_at"),
        ("DELETE FROM contract_proposals WHERE kind = 'cancel'", "contract_proposals", "is gone"),
        ("UPDATE deliveries SET quantity = 12 WHERE kind = 'part'", "deliveries", "said and signed"),
        ("UPDATE deliveries SET at = at - interval '1 day' WHERE kind = 'part'", "deliveries", "at"),
        ("UPDATE deliveries SET evidence = '{}' WHERE kind = 'reported'", "deliveries", "evidence"),
        ("DELETE FROM deliveries WHERE kind = 'reported'", "deliveries", "is gone"),
        ("INSERT INTO deliveries SELECT gen_random_uuid(), contract_id, phone_id, kind, quantity, evidence, at FROM deliveries"
         " WHERE kind = 'reported'", "deliveries", "no entry"),
        ("UPDATE disputes SET words = 'Dry bags' WHERE words = 'Still wet'", "disputes", "words"),
        ("UPDATE disputes SET reasons = 'Amina is wrong' WHERE reasons IS NOT NULL", "disputes", "reasons"),
        ("UPDATE disputes SET appeal_words = 'I was wrong' WHERE appeal_words IS NOT NULL", "disputes", "appeal_words"),
        (f"UPDATE disputes SET replies = {REPLY} WHERE replies <> '[]'", "disputes", "replies"),
        ("UPDATE disputes SET replies = replies - 1 WHERE replies <> '[]'", "disputes", "replies"),
        ("UPDATE disputes SET decision = 'cancel', split_minor = NULL WHERE decision IS NOT NULL", "disputes", "decided as"),
        ("UPDATE disputes SET status = 'decided' WHERE status = 'open'", "disputes", "status"),
        ("UPDATE disputes SET ended = 'withdrawn', settled_n = NULL WHERE ended = 'settled'", "disputes", "ended"),
        ("UPDATE disputes SET escalated_at = NULL WHERE escalated_at IS NOT NULL", "disputes", "escalated_at"),
        ("UPDATE disputes SET opened_by = NULL WHERE ended = 'settled'", "disputes", "opened_by"),
        ("UPDATE disputes SET opened_at = now() WHERE ended = 'settled'", "disputes", "opened_at"),
        ("UPDATE disputes SET closed_at = now() WHERE ended = 'settled'", "disputes", "closed_at"),
        ("UPDATE disputes SET decided_at = now() WHERE decision IS NOT NULL", "disputes", "decided_at"),
        ("UPDATE disputes SET appealed_at = now() WHERE appealed_at IS NOT NULL", "disputes", "appealed_at"),
        ("DELETE FROM disputes WHERE ended = 'withdrawn'", "disputes", "is gone"),
        ("UPDATE dispute_files SET content = 'another'", "dispute_files", "sha256"),
        ("UPDATE dispute_files SET added_at = now()", "dispute_files", "added_at"),
        ("UPDATE dispute_files SET media_type = 'text/html'", "dispute_files", "media_type"),
        ("UPDATE dispute_files SET sha256 = sha256('x')", "dispute_files", "sha256"),
        ("DELETE FROM dispute_files", "dispute_files", "is gone"),
        ("UPDATE contract_requests SET asked_at = asked_at - interval '1 day'", "contract_requests", "asked_at"),
        ("DELETE FROM contract_requests", "contract_requests", "is gone"),
        ("UPDATE confirmations SET answered_at = now() WHERE answer = 'withdraw'", "confirmations", "was signed"),
        ("UPDATE confirmations SET network_code = '1' WHERE answer = 'withdraw'", "confirmations", "was signed"),
        ("UPDATE confirmations SET pin = 'typed' WHERE answer = 'withdraw'", "confirmations", "was signed"),
        ("UPDATE confirmations SET messages = ARRAY[id] WHERE answer = 'withdraw'", "confirmations", "was signed"),
        ("UPDATE confirmations SET format = NULL, pin = NULL, messages = NULL WHERE answer = 'withdraw'", "confirmations", "was signed"),
        ("DELETE FROM confirmations WHERE answer = 'withdraw'", "confirmations", "is gone"),
        ("UPDATE confirmation_texts SET texts = '[\"Free phones\"]' WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("UPDATE confirmation_texts SET typed = '[\"2\"]' WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("UPDATE confirmation_texts SET english = '[\"Free?\"]' WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("UPDATE confirmation_texts SET typed = NULL, english = NULL WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("UPDATE confirmation_texts SET words = 'All dry' WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        ("DELETE FROM confirmation_texts WHERE words = 'Still wet'", "confirmation_texts", "is gone"),
        (f"UPDATE sms_logs SET text = 'Nothing' WHERE id = {ONE_TEXT}", "sms_logs", "sha256"),
        (f"UPDATE sms_logs SET phone_id = NULL WHERE id = {ONE_TEXT}", "sms_logs", "phone_id"),
        (f"UPDATE sms_logs SET kind = 'help' WHERE id = {ONE_TEXT}", "sms_logs", "kind"),
        (f"UPDATE sms_logs SET created_at = now() WHERE id = {ONE_TEXT}", "sms_logs", "created_at"),
        (f"UPDATE sms_logs SET salt = NULL WHERE id = {ONE_TEXT}", "sms_logs", "sha256"),
        (f"UPDATE sms_logs SET contract_id = NULL WHERE id = {ONE_TEXT}", "sms_logs", "is gone"),
        (f"UPDATE sms_logs SET text = 'NO' WHERE id = {ONE_MO}", "sms_logs", "sha256"),
        (f"DELETE FROM sms_logs WHERE id = {ONE_TEXT}", "sms_logs", "is gone"),
        ("INSERT INTO sms_logs SELECT (x.m).* FROM (SELECT jsonb_populate_record(m, '{\"id\":"
         f" \"00000000-0000-0000-0000-00000000000a\"}}') AS m FROM sms_logs m WHERE id = {ONE_TEXT}) AS x", "sms_logs", "no entry"),
        ("DELETE FROM contract_forms WHERE terms_version = 2", "confirmations", "form of another contract"),
        ("INSERT INTO contract_forms (contract_id, terms_version, form, blake2b, made_at) SELECT id, 7, 'x', sha256('x'), now()"
         " FROM contracts WHERE status = 'EXPIRED'", "contract_forms", "no entry"),
        ("UPDATE confirmations SET signature = NULL, answered_at = '2020-01-01', channel = 'sms' WHERE answer = 'withdraw'",
         "confirmations", "has no signature"),
        ("UPDATE confirmation_texts SET texts = NULL WHERE words = 'Still wet'", "confirmation_texts", "not the texts"),
        (f"UPDATE sms_logs SET text = 'Nothing', wiped_at = now() WHERE id = {ONE_TEXT}", "sms_logs", "wiped_at"),
        (f"UPDATE sms_logs SET text = '', phone_id = NULL, raw_sender = NULL, wiped_at = now() WHERE id = {ONE_TEXT}", "sms_logs", "wiped_at"),
        ("INSERT INTO sms_logs SELECT (x.m).* FROM (SELECT jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(),"
         f" 'text', 'You owe more', 'salt', NULL, 'resend_of', m.id)) AS m FROM sms_logs m WHERE id = {ONE_TEXT}) AS x",
         "sms_logs", "resend_of"),
        ("UPDATE contract_forms SET blake2b = sha256('x') WHERE terms_version = 2", "contract_forms", "blake2b"),
        ("UPDATE contract_forms SET made_at = made_at - interval '1 day' WHERE terms_version = 2", "contract_forms", "made_at"),
        ("UPDATE contract_forms SET terms_version = 5 WHERE terms_version = 1 AND contract_id IN (SELECT contract_id FROM"
         " contract_forms WHERE terms_version = 2)", "contract_forms", "terms_version"),
        (f"UPDATE sms_logs SET english = 'You owe nothing' WHERE id = {ONE_TEXT}", "sms_logs", "sha256"),
        ("UPDATE contracts SET terms = '{}' WHERE status = 'DISPUTED'", "contracts", "cannot be read"),
        ("UPDATE disputes SET replies = '[7]' WHERE replies <> '[]'", "contracts", "a row of it cannot be read"),
        ("UPDATE confirmation_texts SET salt = NULL WHERE words = 'Still wet'", "confirmations", "cannot be read"),
        ("UPDATE contract_forms SET form = 'x' WHERE terms_version = 2", "confirmations", "form of another contract"),
        ("UPDATE log_checkpoints SET note = 'x'", "log_checkpoints", "no empty line"),
        ("UPDATE log_tiles SET max_n = max_n + 1 WHERE level = 0", "log_tiles", "numbers"),
        ("UPDATE log_state SET began_at = began_at + interval '1 day'", "log_state", "began_at"),
        ("UPDATE audit_logs SET text = replace(text, 'Z', 'z') WHERE seq = 3 AND chain_id ="
         " (SELECT id FROM contracts WHERE status = 'DISPUTED')", "audit_logs", "hash"),
        ("DELETE FROM audit_logs WHERE (chain_id, seq) = (SELECT id, entries FROM contracts WHERE status = 'EXPIRED')",
         "log_tiles", "gone"),
        ("UPDATE log_tiles SET hashes = substring(hashes FOR 64)", "log", "hashes"),
        ("DELETE FROM log_checkpoints", "log", "was signed"),
    )
]  # fmt: skip


async def test_the_record_is_whole_before_anything_is_altered(
    record: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with altered(record) as reader:
        await verify_without_keys(reader, monkeypatch)


async def test_no_entry_holds_what_a_person_could_be_known_by(record: Connection) -> None:
    texts = [row["text"] for row in await record.fetch("SELECT text FROM audit_logs")]
    assert len(texts) > 30
    for known in ("0711000", "711 000", "Amina", "Chege", "Wet bags", "It rained", "Nakuru?"):
        assert not any(known.lower() in text.lower() for text in texts), known


@pytest.mark.parametrize(("edit", "table", "named"), EDITS)
async def test_a_single_row_that_is_altered_is_named_without_any_key(
    record: Connection, edit: str, table: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with altered(record, edit) as reader:
        with pytest.raises(BrokenRecord, match=re.escape(named)) as broken:
            await verify_without_keys(reader, monkeypatch)
    assert str(broken.value).startswith(table)
