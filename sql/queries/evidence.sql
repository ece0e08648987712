-- name: save_key
-- Store the :public_key with the id :key_id, first used at :now. A key that is stored already stays as it is.
INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES (:key_id, :public_key, :now) ON CONFLICT DO NOTHING;

-- name: keys
-- All public keys that ever signed for us, oldest first.
SELECT key_id, public_key, first_used_at FROM signature_keys ORDER BY first_used_at, key_id;

-- name: seals_from
-- Up to :most seals from number :from_seq on, in order.
SELECT seq, entry_hash, hash FROM audit_seals WHERE seq >= :from_seq ORDER BY seq LIMIT :most;

-- name: forms
-- The canonical forms of the contract :contract_id, first version first.
SELECT terms_version, form, sha256, blake2b FROM contract_forms WHERE contract_id = :contract_id ORDER BY terms_version;

-- name: confirmations
-- All confirmations on the contract :contract_id as they were signed, with the texts that were shown (null: their
-- person was erased).
SELECT c.*, t.salt, t.texts, t.words FROM confirmations c LEFT JOIN confirmation_texts t ON t.confirmation_id = c.id
WHERE c.contract_id = :contract_id ORDER BY c.answered_at, c.id;

-- name: entries
-- The audit chain :chain_id, oldest entry first: each entry's hash, and what it was taken over; clock is 'stands' of a
-- request, or an answer to one, that stopped the clock.
SELECT a.seq, a.n, a.at, a.action, a.channel, a.actor_id, a.prev_hash, a.hash, audit_text(a) AS text,
    a.details ->> 'clock' AS clock
FROM audit_logs a WHERE a.chain_id = :chain_id ORDER BY a.seq;

-- name: public
-- What anybody may know of the contract with the reference :reference: its status, the times of its steps, and the
-- hashes of its forms.
SELECT c.status, c.terms_version, c.created_at, c.confirmed_at, c.completed_at, c.cancelled_at, c.expired_at,
    (SELECT jsonb_agg(jsonb_build_array(m.terms_version, encode(m.sha256, 'hex'), encode(m.blake2b, 'hex')))
     FROM contract_forms m WHERE m.contract_id = c.id) AS forms
FROM contracts c WHERE c.reference = :reference;
