-- name: save_key
-- Store the :public_key with the id :key_id, first used at :now. A key that is stored already stays as it is.
INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES (:key_id, :public_key, :now) ON CONFLICT DO NOTHING;

-- name: entry_of_act
-- The entry of the act :act_id in the chain of the contract :contract_id: its number and its leaf in the log; null if there
-- is none, or it binds no statement and could. And the contract's reference. No row: there is no such contract.
SELECT c.reference, a.n, a.leaf FROM contracts c LEFT JOIN LATERAL (
    SELECT l.n, sha256('\x00'::bytea || l.prev_hash || convert_to(audit_text(l), 'UTF8')) AS leaf
    FROM audit_logs l WHERE l.chain_id = c.id AND l.act_id = :act_id
        AND (l.text IS NULL OR l.text::jsonb ? 'statement') ORDER BY l.seq LIMIT 1) AS a ON true
WHERE c.id = :contract_id;

-- name: words_signed_by
-- The confirmations on the contract :reference that one of the keys :key_ids signed: the key of each, and number and leaf of
-- the entry that binds it, as in entry_of_act.
SELECT f.key_id, a.n, a.leaf FROM contracts c JOIN confirmations f ON f.contract_id = c.id LEFT JOIN LATERAL (
    SELECT l.n, sha256('\x00'::bytea || l.prev_hash || convert_to(audit_text(l), 'UTF8')) AS leaf
    FROM audit_logs l WHERE l.chain_id = c.id AND l.act_id = f.id
        AND (l.text IS NULL OR l.text::jsonb ? 'statement') ORDER BY l.seq LIMIT 1) AS a ON true
WHERE c.reference = :reference AND f.key_id = ANY(:key_ids::text[]) ORDER BY f.answered_at, f.id;

-- name: keys
-- All public keys that ever signed for us, oldest first.
SELECT key_id, public_key, first_used_at FROM signature_keys ORDER BY first_used_at, key_id;

-- name: hand_over
-- Write into the audit chain :service_chain, in the act :act_id at :now, that the signing key handed over, as :details
-- say; once for each two keys.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT :service_chain::uuid, :now::timestamptz, NULL, 'service', :action::text, :details::jsonb, :act_id::uuid
WHERE NOT EXISTS (SELECT FROM audit_actions WHERE chain_id = :service_chain::uuid AND action = :action::text
    AND details ->> 'old' = :details::jsonb ->> 'old' AND details ->> 'new' = :details::jsonb ->> 'new');

-- name: service_actions
-- All actions :action in the audit chain :service_chain behind its entry :after_seq, oldest first: the details of each, and
-- of its entry the place in the chain, the number and the leaf in the log.
SELECT x.details, x.at, x.seq, x.n, sha256('\x00'::bytea || a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS leaf
FROM audit_actions x JOIN audit_logs a ON a.chain_id = x.chain_id AND a.seq = x.seq
WHERE x.chain_id = :service_chain AND x.action = :action AND x.seq > :after_seq ORDER BY x.seq, x.place;

-- name: add_service_action
-- Write into the audit chain :service_chain, in the act :act_id at :now, the action :action with these :details.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
VALUES (:service_chain, :now, NULL, 'service', :action, :details, :act_id);

-- name: seals_from
-- Up to :most seals from number :from_seq on, in order.
SELECT seq, entry_hash, hash FROM audit_seals WHERE seq >= :from_seq ORDER BY seq LIMIT :most;

-- name: forms
-- The canonical forms of the contract :contract_id, first version first.
SELECT terms_version, form, sha256, blake2b FROM contract_forms WHERE contract_id = :contract_id ORDER BY terms_version;

-- name: confirmations
-- All confirmations on the contract :contract_id as they were signed, with the texts that were shown (null: their
-- person was erased).
SELECT c.*, t.salt, t.texts, t.words, t.typed, t.english FROM confirmations c LEFT JOIN confirmation_texts t ON t.confirmation_id = c.id
WHERE c.contract_id = :contract_id ORDER BY c.answered_at, c.id;

-- name: entries
-- The audit chain :chain_id, oldest entry first: each entry's hash, and what it was taken over. `is_act`: it binds all that
-- its act wrote.
SELECT a.seq, a.n, a.at, a.prev_hash, a.hash, audit_text(a) AS text, a.text IS NOT NULL AS is_act
FROM audit_logs a WHERE a.chain_id = :chain_id ORDER BY a.seq;

-- name: actions
-- What was done in the audit chain :chain_id, oldest action first; clock is 'stands' of a request, or an answer to one,
-- that stopped the clock; file is the id of a dispute's file that was added.
SELECT a.seq, a.at, a.action, a.channel, a.actor_id, a.hash, a.details ->> 'clock' AS clock,
    CASE a.action WHEN 'dispute.file' THEN a.details ->> 'file' END AS file
FROM audit_actions a WHERE a.chain_id = :chain_id ORDER BY a.seq, a.place;

-- name: messages
-- Every SMS about the contract :contract_id in both directions, oldest first, without anybody's number.
SELECT id, direction, phone_id, kind, language, segments, provider, provider_message_id, network_code, created_at,
    submitted_at, settled_at, status, why, resend_of, wiped_at, text, english, salt, provider_sent_at
FROM sms_logs WHERE contract_id = :contract_id ORDER BY created_at, id;

-- name: dispute_files
-- The files :file_ids of disputes, oldest first; with the content of the first :most_octets of them (else null).
SELECT id, dispute_id, name, media_type, sha256, added_at, octet_length(content) AS octets,
    CASE WHEN sum(octet_length(content)) OVER (ORDER BY added_at, id) <= :most_octets THEN content END AS content
FROM dispute_files WHERE id = ANY (:file_ids::uuid[]) ORDER BY added_at, id;

-- name: public
-- What anybody may know of the contract with the reference :reference: its status, when it ended, and of each of its forms
-- the hashes, the short code (null: it has none yet) and when all agreed to it (null: they did not).
SELECT c.status, c.terms_version, c.completed_at, c.cancelled_at, c.expired_at,
    (SELECT jsonb_agg(jsonb_build_object('version', m.terms_version, 'sha256', encode(m.sha256, 'hex'),
        'blake2b', encode(m.blake2b, 'hex'), 'code', k.code,
        'agreed_at', CASE WHEN m.terms_version = 1 THEN c.confirmed_at ELSE o.settled_at END))
     FROM contract_forms m
     LEFT JOIN form_codes k USING (contract_id, terms_version)
     LEFT JOIN contract_proposals o ON o.contract_id = m.contract_id AND o.n = m.terms_version AND o.kind = 'amend'
        AND o.status = 'accepted'
     WHERE m.contract_id = c.id) AS forms
FROM contracts c WHERE c.reference = :reference;
