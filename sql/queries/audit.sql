-- name: has_tables
-- Whether the schema has the log.
SELECT to_regclass('log_state') IS NOT NULL;

-- name: contract_id
-- The id of the contract with this reference. No row: there is none.
SELECT id FROM contracts WHERE reference = :reference;

-- name: applied_at
-- When this migration was applied.
SELECT applied_at FROM schema_migrations WHERE version = :version;

-- name: sizes
-- How many rows of each kind there are to verify.
SELECT (SELECT count(*) FROM audit_logs) AS entries, (SELECT count(*) FROM audit_seals) AS seals,
    (SELECT count(*) FROM audit_checkpoints) AS checkpoints, (SELECT count(*) FROM audit_logs) AS logged,
    (SELECT count(*) FROM log_checkpoints) AS log_checkpoints, (SELECT count(*) FROM confirmations) AS confirmations,
    (SELECT count(*) FROM contracts) AS contracts;

-- name: entries
-- Up to :most audit entries that follow entry :after_seq of chain :after_chain, by chain and place: the hash of each,
-- and what it was taken over. :chain_id: entries of this chain only (null: of all).
SELECT a.chain_id, a.seq, a.prev_hash, a.hash, audit_text(a) AS text FROM audit_logs a
WHERE (a.chain_id, a.seq) > (:after_chain::uuid, :after_seq::bigint) AND (:chain_id::uuid IS NULL OR a.chain_id = :chain_id)
ORDER BY a.chain_id, a.seq LIMIT :most;

-- name: leaves
-- The entries of the chain :chain_id in their order, each with its leaf in the log.
SELECT a.seq, a.xid, a.n, sha256('\x00'::bytea || a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS leaf
FROM audit_logs a WHERE a.chain_id = :chain_id ORDER BY a.seq;

-- name: seals
-- Up to :most seals after number :after, in order, each with the hash of its entry (null: the entry is gone).
-- :chain_id: seals of this chain only (null: of all).
SELECT s.seq, s.chain_id, s.chain_seq, s.entry_hash, s.prev_hash, s.hash, a.hash AS entry
FROM audit_seals s LEFT JOIN audit_logs a ON a.chain_id = s.chain_id AND a.seq = s.chain_seq
WHERE s.seq > :after AND (:chain_id::uuid IS NULL OR s.chain_id = :chain_id)
ORDER BY s.seq LIMIT :most;

-- name: checkpoints
-- Up to :most checkpoints after number :after, in order.
SELECT number, from_seq, to_seq, statement, signature, key_id, at FROM audit_checkpoints
WHERE number > :after ORDER BY number LIMIT :most;

-- name: confirmations
-- Up to :most confirmations with ids after :after, in order, each with its texts, the contract of the form it is about,
-- and the delivery it is about. `decided`: what the dispute's row says, for the last decision on a contract.
-- :contract_id: confirmations of this contract only (null: of all).
SELECT c.*, t.salt, t.texts, t.words, f.contract_id AS form_contract_id, d.kind, d.quantity,
    CASE WHEN c.answer = 'decide' AND NOT EXISTS (SELECT FROM confirmations l WHERE l.contract_id = c.contract_id
        AND l.answer = 'decide' AND l.contract_version > c.contract_version) THEN (
        SELECT jsonb_strip_nulls(jsonb_build_object('dispute', o.id, 'decision', o.decision, 'split_minor', o.split_minor))
        FROM disputes o WHERE o.id::text = c.details ->> 'dispute') END AS decided
FROM confirmations c
LEFT JOIN confirmation_texts t ON t.confirmation_id = c.id
LEFT JOIN contract_forms f ON f.sha256 = c.form_sha256
LEFT JOIN deliveries d ON d.id = c.id
WHERE c.id > :after AND (:contract_id::uuid IS NULL OR c.contract_id = :contract_id)
ORDER BY c.id LIMIT :most;

-- name: contracts
-- Up to :most contracts with ids after :after, in order, each with its stored form. `agreed`: who has confirmed the
-- terms. `unsaid`: acts that the audit or a delivery records as a person's answer, but that have no confirmation.
-- :contract_id: this contract only (null: all).
SELECT to_jsonb(c) AS contract, f.form, ARRAY(
    SELECT w.phone_id FROM confirmations w WHERE w.contract_id = c.id AND w.answer = 'confirm'
        AND w.subject = 'terms' AND w.terms_version = c.terms_version) AS agreed,
ARRAY(
    SELECT s.act_id FROM (
        SELECT a.act_id, a.at FROM audit_logs a WHERE a.chain_id = c.id AND (a.actor_id IS NOT NULL AND a.action IN (
            'contract.confirm', 'contract.decline', 'proposal.made', 'proposal.confirm', 'proposal.decline',
            'delivery.said', 'delivery.received', 'delivery.questioned')
            OR a.action IN ('clock.stopped', 'clock.started', 'dispute.opened', 'dispute.answered', 'dispute.withdrawn',
                'dispute.decided', 'dispute.appealed'))
        UNION SELECT d.id, d.at FROM deliveries d WHERE d.contract_id = c.id AND d.kind <> 'reported') AS s(act_id, at)
    WHERE s.at >= (SELECT applied_at FROM schema_migrations WHERE version = 12)
        AND NOT EXISTS (SELECT FROM confirmations w WHERE w.id = s.act_id)) AS unsaid
FROM contract_records c
LEFT JOIN contract_forms f ON f.contract_id = c.id AND f.terms_version = c.terms_version
WHERE c.id > :after AND (:contract_id::uuid IS NULL OR c.id = :contract_id)
ORDER BY c.id LIMIT :most;
