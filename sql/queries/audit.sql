-- name: has_tables
-- Whether the schema has entries that bind what an act wrote.
SELECT to_regclass('audit_actions') IS NOT NULL;

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
-- and what it was taken over. `is_act`: the text says all of it, not the columns. :chain_id: entries of this chain only (null: of all).
SELECT a.chain_id, a.seq, a.prev_hash, a.hash, audit_text(a) AS text, a.text IS NOT NULL AS is_act, a.act_id, a.at,
    a.actor_id
FROM audit_logs a
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
-- `bound`: the hash of its statement in the audit entry of its act (null: there is none, or it has none).
-- :contract_id: confirmations of this contract only (null: of all).
SELECT c.*, (SELECT a.text::jsonb ->> 'statement' FROM audit_logs a
    WHERE a.chain_id = c.contract_id AND a.act_id = c.id AND a.text IS NOT NULL ORDER BY a.seq LIMIT 1) AS bound, t.salt, t.texts, t.words, t.typed, t.english, f.contract_id AS form_contract_id, d.kind, d.quantity,
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
-- `entries`: the texts of its audit chain, but for those from before texts; `found`: all rows that they are compared with,
-- by table and by key, texts of messages with their salt, and the rest as the tables have it.
-- :contract_id: this contract only (null: all).
SELECT row_to_json(c) AS contract, f.form, ARRAY(
    SELECT a.text FROM audit_logs a WHERE a.chain_id = c.id AND a.text IS NOT NULL ORDER BY a.seq) AS entries,
jsonb_build_object(
    'contracts', jsonb_build_object(c.id, to_jsonb(r) - '{head,entries}'::text[] || jsonb_build_object(
        'form', encode(f.sha256, 'hex'), 'settled_quantity', r.settled_quantity::text)),
    'contract_parties', (SELECT jsonb_object_agg(p.phone_id, to_jsonb(p) || jsonb_build_object('msisdn', o.msisdn, 'salt',
        encode(p.salt, 'hex'))) FROM contract_parties p JOIN phones o ON o.id = p.phone_id WHERE p.contract_id = c.id),
    'contract_signatures', (SELECT jsonb_object_agg(s.phone_id, to_jsonb(s)) FROM contract_signatures s
        WHERE s.contract_id = c.id),
    'contract_requests', (SELECT jsonb_object_agg(q.phone_id, to_jsonb(q)) FROM contract_requests q
        WHERE q.contract_id = c.id),
    'contract_forms', (SELECT jsonb_object_agg(encode(m.sha256, 'hex'), jsonb_build_object('terms_version', m.terms_version,
        'form', encode(m.form, 'hex'), 'blake2b', encode(m.blake2b, 'hex'), 'made_at', m.made_at, 'code', k.code))
        FROM contract_forms m LEFT JOIN form_codes k USING (contract_id, terms_version) WHERE m.contract_id = c.id),
    'contract_proposals', (SELECT jsonb_object_agg(o.n, to_jsonb(o)) FROM contract_proposals o WHERE o.contract_id = c.id),
    'deliveries', (SELECT jsonb_object_agg(d.id, to_jsonb(d) || jsonb_build_object('quantity', d.quantity::text))
        FROM deliveries d WHERE d.contract_id = c.id),
    'disputes', (SELECT jsonb_object_agg(d.id, to_jsonb(d) || jsonb_build_object('salt', encode(d.salt, 'hex'))) FROM disputes d WHERE d.contract_id = c.id),
    'dispute_files', (SELECT jsonb_object_agg(x.id, to_jsonb(x) - 'content' || jsonb_build_object('sha256',
        encode(sha256(x.content), 'hex'), 'kept_sha256', encode(x.sha256, 'hex'))) FROM disputes d JOIN dispute_files x ON x.dispute_id = d.id
        WHERE d.contract_id = c.id),
    'confirmations', (SELECT jsonb_object_agg(w.id, to_jsonb(w)) FROM confirmations w WHERE w.contract_id = c.id),
    'confirmation_texts', (SELECT jsonb_object_agg(w.id, to_jsonb(t) || jsonb_build_object('salt', encode(t.salt, 'hex')))
        FROM confirmations w
        JOIN confirmation_texts t ON t.confirmation_id = w.id WHERE w.contract_id = c.id),
    'sms_logs', (SELECT jsonb_object_agg(m.id, to_jsonb(m) || jsonb_build_object('salt', encode(m.salt, 'hex')))
        FROM sms_logs m WHERE m.contract_id = c.id),
    'payments', (SELECT jsonb_object_agg(y.id, to_jsonb(y)) FROM payments y WHERE y.contract_id = c.id),
    'transfers', (SELECT jsonb_object_agg(t.id, to_jsonb(t) - '{payer,account,words}'::text[]) FROM transfers t
        WHERE t.contract_id = c.id),
    'ledger_entries', (SELECT jsonb_object_agg(concat_ws(' ', e.posting, e.account, e.scope), to_jsonb(e)) FROM ledger_entries e
        WHERE e.posting IN (SELECT posting FROM ledger_entries WHERE scope = c.id)),
    'rail_receipts', (SELECT jsonb_object_agg(k.act_id, to_jsonb(k)) FROM audit_logs a JOIN rail_receipts k ON k.act_id = a.act_id
        WHERE a.chain_id = c.id)) AS found,
ARRAY(
    SELECT w.phone_id FROM confirmations w WHERE w.contract_id = c.id AND w.answer = 'confirm'
        AND w.subject = 'terms' AND w.terms_version = c.terms_version) AS agreed,
ARRAY(
    SELECT s.act_id FROM (
        SELECT a.act_id, a.at FROM audit_actions a WHERE a.chain_id = c.id AND (a.actor_id IS NOT NULL AND a.action IN (
            'contract.confirm', 'contract.decline', 'proposal.made', 'proposal.confirm', 'proposal.decline',
            'delivery.said', 'delivery.received', 'delivery.questioned')
            OR a.action IN ('clock.stopped', 'clock.started', 'dispute.opened', 'dispute.answered', 'dispute.withdrawn',
                'dispute.decided', 'dispute.appealed'))
        UNION SELECT d.id, d.at FROM deliveries d WHERE d.contract_id = c.id AND d.kind <> 'reported') AS s(act_id, at)
    WHERE s.at >= (SELECT applied_at FROM schema_migrations WHERE version = 12)
        AND NOT EXISTS (SELECT FROM confirmations w WHERE w.id = s.act_id)) AS unsaid
FROM contract_records c
JOIN contracts r ON r.id = c.id
LEFT JOIN contract_forms f ON f.contract_id = c.id AND f.terms_version = c.terms_version
WHERE c.id > :after AND (:contract_id::uuid IS NULL OR c.id = :contract_id)
ORDER BY c.id LIMIT :most;

-- name: wrong_heads
-- Up to :most contracts and persons whose row does not name the last entry of their chain, and contracts that are gone,
-- whose chain begins with their making: the table, the id, how many entries the row says and the chain has.
-- :chain_id: this contract only (null: all, and all persons).
SELECT 'contracts' AS of_table, c.id, c.entries AS said, coalesce(l.seq, 0) AS found FROM contracts c
LEFT JOIN LATERAL (SELECT seq, hash FROM audit_logs WHERE chain_id = c.id ORDER BY seq DESC LIMIT 1) AS l ON true
WHERE (l.seq IS NULL OR (c.head, c.entries) IS DISTINCT FROM (l.hash, l.seq))
    AND (:chain_id::uuid IS NULL OR c.id = :chain_id)
UNION ALL
SELECT 'phones', f.id, f.entries, coalesce(l.seq, 0) FROM phones f
LEFT JOIN LATERAL (SELECT seq, hash FROM audit_logs WHERE chain_id = f.id ORDER BY seq DESC LIMIT 1) AS l ON true
WHERE (f.head, f.entries) IS DISTINCT FROM (l.hash, coalesce(l.seq, 0)) AND :chain_id::uuid IS NULL
UNION ALL
SELECT 'contracts', a.chain_id, NULL, (SELECT max(seq) FROM audit_logs l WHERE l.chain_id = a.chain_id) FROM audit_logs a
WHERE a.seq = 1 AND :chain_id::uuid IS NULL AND NOT EXISTS (SELECT FROM contracts c WHERE c.id = a.chain_id)
    AND EXISTS (SELECT FROM audit_actions x WHERE x.chain_id = a.chain_id AND x.seq = 1 AND x.action = 'contract.made')
LIMIT :most;

-- name: wrong_sums
-- Up to :most accounts of the ledger that are not the sum of its entries: scope and account. :scope: of this contract only
-- (null: of all).
SELECT coalesce(a.scope, e.scope) AS scope, coalesce(a.account, e.account) AS account
FROM (SELECT * FROM ledger_accounts WHERE :scope::uuid IS NULL OR scope = :scope) AS a
FULL JOIN (
    SELECT scope, account, min(currency) AS currency, count(DISTINCT currency) AS currencies,
        coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS credited,
        coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS debited
    FROM ledger_entries WHERE :scope::uuid IS NULL OR scope = :scope GROUP BY scope, account
) AS e ON (e.scope, e.account) = (a.scope, a.account)
WHERE (a.currency, 1, a.credited, a.debited) IS DISTINCT FROM (e.currency, e.currencies, e.credited, e.debited)
LIMIT :most;

-- name: suspense
-- Money that belongs to no contract, as the tables have it: rows of the ledger whose posting touches no contract, transfers that
-- are done and moved such money, receipts of acts that are in no contract's chain; and what the chain :service_chain says of it.
SELECT (SELECT jsonb_object_agg(concat_ws(' ', e.posting, e.account, e.scope), to_jsonb(e)) FROM ledger_entries e
        WHERE NOT EXISTS (SELECT FROM ledger_entries o JOIN contracts c ON c.id = o.scope WHERE o.posting = e.posting)) AS ledger_entries,
    (SELECT jsonb_object_agg(t.id, to_jsonb(t) - '{payer,account,words}'::text[]) FROM transfers t
        WHERE t.status = 'done' AND (t.kind = 'return' OR t.kind = 'paybill' AND (t.contract_id IS NULL
            OR EXISTS (SELECT FROM ledger_accounts a WHERE a.scope = t.id)))) AS transfers,
    (SELECT jsonb_object_agg(k.act_id, to_jsonb(k)) FROM rail_receipts k
        WHERE NOT EXISTS (SELECT FROM audit_logs a JOIN contracts c ON c.id = a.chain_id WHERE a.act_id = k.act_id)) AS rail_receipts,
    (SELECT jsonb_agg(jsonb_build_object('action', x.action, 'at', x.at, 'details', x.details) ORDER BY x.seq) FROM audit_actions x
        WHERE x.chain_id = :service_chain AND x.action IN ('money.suspended', 'money.return_ordered', 'money.returned')) AS said;

-- name: messages_deleted_before
-- Up to when messages were deleted because they were old, by the entries of the chain :service_chain, each of which speaks
-- of the time before it only. Null: never.
SELECT max(least((details ->> 'before')::timestamptz, at)) FROM audit_actions
WHERE chain_id = :service_chain AND action = 'messages.deleted';
