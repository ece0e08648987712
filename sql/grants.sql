-- The rights of the role that the service runs as. It owns no table, so it can neither switch off a trigger nor drop or
-- empty a table. Rows that it may only insert and read, it can never change, whatever the triggers allow.
-- `voicepact db up` runs this file if the role exists. Every table must be named here (tests/storage/test_roles.py).

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM voicepact_app;
GRANT USAGE ON SCHEMA public TO voicepact_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO voicepact_app;

-- Evidence: written once, never changed.
GRANT SELECT, INSERT ON audit_logs, audit_seals, audit_checkpoints, confirmations, confirmation_texts, contract_forms,
    contract_parties, signature_keys, deliveries, dispute_files, recording_consents, log_checkpoints, log_keys, form_codes,
    log_cosignatures, log_timestamps TO voicepact_app;

-- The log of entries keeps its name, and only grows; its triggers hold that of each tile.
GRANT SELECT, INSERT ON log_state, log_tiles TO voicepact_app;
GRANT UPDATE (size, taken_xid, taken_n, moved_n, server, halted, unwitnessed_since) ON log_state TO voicepact_app;
GRANT UPDATE (hashes, min_n, max_n) ON log_tiles TO voicepact_app;
GRANT SELECT, INSERT, UPDATE ON log_lease, log_witnesses TO voicepact_app;

-- A contract is made as an offer with its first terms. Its status changes; its id, reference and parties do not.
GRANT SELECT ON contracts TO voicepact_app;
GRANT INSERT (id, reference, type, terms, total_minor, currency, source, created_at, next_what, next_at, head, entries)
    ON contracts TO voicepact_app;
GRANT SELECT, INSERT ON contract_signatures TO voicepact_app;
GRANT SELECT, INSERT, DELETE ON open_contracts TO voicepact_app;
GRANT UPDATE (silence_at) ON open_contracts TO voicepact_app;
GRANT SELECT, INSERT, DELETE ON waiting_proposals TO voicepact_app;
GRANT SELECT, INSERT ON offers TO voicepact_app;
GRANT UPDATE (version, status, terms, total_minor, currency, terms_version, confirmed_at, active_at, completed_at,
    cancelled_at, expired_at, disputed_at, delivered_at, next_what, next_at, settled_quantity, clock_stopped_at,
    clock_stopped_by, clock_started_at, head, entries) ON contracts TO voicepact_app;
GRANT UPDATE (status, settled_at) ON contract_signatures TO voicepact_app;

-- Proposals and disputes are changed in the same way.
GRANT SELECT, INSERT ON contract_proposals, disputes TO voicepact_app;
GRANT UPDATE (consented, waiting, status, settled_at) ON contract_proposals TO voicepact_app;
GRANT UPDATE (status, decision, split_minor, reasons, decided_at, appealed_by, appeal_words, appealed_at, closed_at,
    replies, escalated_at, ended, settled_n, salt) ON disputes TO voicepact_app;

-- Money: what is written in the ledger stays; its sums are kept by its own trigger. A payment takes steps, a transfer is tried.
GRANT SELECT, INSERT ON ledger_entries, rail_receipts, transfer_approvals, payments, transfers, rail_callbacks TO voicepact_app;
GRANT SELECT ON ledger_accounts TO voicepact_app;
GRANT UPDATE (status, due_minor, fee_minor, locked_at, ended_at) ON payments TO voicepact_app;
GRANT UPDATE (contract_id, amount_minor, status, rail, own_id, rail_id, receipt, reason, code, words, held_why, tries, asked,
    due_at, leased_until, sent_at, ended_at, escalated_at, told_receipt) ON transfers TO voicepact_app;
GRANT UPDATE (tries, due_at, outcome), DELETE ON rail_callbacks TO voicepact_app;

-- Which contracts are still to be bound: a row goes with the entry that binds.
GRANT SELECT, UPDATE, DELETE ON unbound_contracts TO voicepact_app;

-- Rows that the service may change freely.
GRANT SELECT, INSERT, UPDATE ON phones, sms_logs, sms_tries, sms_reports, sms_pace, ussd_sessions, acted_hops,
    mo_receipts, api_requests, promises, resumed_sessions, contract_requests, heartbeats, number_checks TO voicepact_app;

GRANT SELECT, INSERT, DELETE ON blocks TO voicepact_app;

-- The feed: fates of messages follow from sms_logs by its triggers, and what is numbered keeps its position.
GRANT SELECT, INSERT, DELETE ON message_fates, feed_positions TO voicepact_app;
GRANT SELECT, INSERT ON feed_state TO voicepact_app;
GRANT UPDATE (version, last, seen_xid, seen_open, moved_n, server) ON feed_state TO voicepact_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries, webhook_attempts TO voicepact_app;

-- Rows that retention deletes. Only the owner of the tables may erase a person or set a legal hold.
GRANT DELETE ON sms_logs, sms_tries, sms_reports, ussd_sessions, acted_hops, mo_receipts, api_requests, promises,
    resumed_sessions, number_checks TO voicepact_app;
GRANT SELECT ON legal_holds TO voicepact_app;

-- Looks at personal data: written, read, and deleted when they are old (a trigger says how old). Only the owner of the tables
-- may make, change or revoke an operator, or say that somebody wants a person erased.
GRANT SELECT, INSERT, DELETE ON looks TO voicepact_app;
GRANT SELECT, INSERT ON look_subjects TO voicepact_app;
GRANT SELECT ON operators, operator_keys, erasure_requests TO voicepact_app;

-- Which migrations are applied, and views.
GRANT SELECT ON schema_migrations, contract_records, kept_contracts, audit_actions, feed_records TO voicepact_app;
