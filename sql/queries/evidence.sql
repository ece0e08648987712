-- name: save_key
-- Store the :public_key with the id :key_id, first used at :now. A key that is stored already stays as it is.
INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES (:key_id, :public_key, :now) ON CONFLICT DO NOTHING;

-- name: keys
-- All public keys that ever signed for us, oldest first.
SELECT key_id, public_key, first_used_at FROM signature_keys ORDER BY first_used_at, key_id;

-- name: highest_sealed
-- The highest number of an audit entry that is sealed; 0 if none is.
SELECT coalesce(max(n), 0) FROM audit_seals;

-- name: seal
-- Seal up to :most unsealed entries with numbers above :above, in the order they were written, and return their
-- numbers. OFFSET 0 makes PostgreSQL look up each entry by itself: as a join, planned while there are few seals, it
-- would compare each entry with every seal.
INSERT INTO audit_seals (n, chain_id, chain_seq)
SELECT a.n, a.chain_id, a.seq FROM audit_logs a
WHERE a.n > :above AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.n = a.n OFFSET 0)
ORDER BY a.n
LIMIT :most
RETURNING n;

-- name: last_checkpoint
-- The newest checkpoint, if there is one.
SELECT number, to_seq, statement, at FROM audit_checkpoints ORDER BY number DESC LIMIT 1;

-- name: count_seals
-- The number of the newest seal, which is how many seals there are.
SELECT coalesce(max(seq), 0) FROM audit_seals;

-- name: seals_from
-- Up to :most seals from number :from_seq on, in order.
SELECT seq, entry_hash, hash FROM audit_seals WHERE seq >= :from_seq ORDER BY seq LIMIT :most;

-- name: save_checkpoint
-- Store a signed checkpoint over the seals :from_seq to :to_seq. No row: another process has stored this number.
INSERT INTO audit_checkpoints (number, from_seq, to_seq, statement, signature, key_id, at)
VALUES (:number, :from_seq, :to_seq, :statement, :signature, :key_id, :at) ON CONFLICT DO NOTHING RETURNING number;

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
SELECT a.seq, a.at, a.action, a.channel, a.actor_id, a.prev_hash, a.hash, audit_text(a) AS text,
    a.details ->> 'clock' AS clock
FROM audit_logs a WHERE a.chain_id = :chain_id ORDER BY a.seq;

-- name: checkpoint_over
-- The newest entry of chain :chain_id that a checkpoint covers, with its seal and that checkpoint. No row: no
-- checkpoint covers the chain yet.
SELECT s.chain_seq, s.seq, s.entry_hash, k.number, k.from_seq, k.to_seq, k.statement, k.signature, k.key_id
FROM audit_seals s
CROSS JOIN LATERAL (SELECT * FROM audit_checkpoints WHERE to_seq >= s.seq ORDER BY to_seq LIMIT 1) AS k
WHERE s.chain_id = :chain_id ORDER BY s.chain_seq DESC LIMIT 1;

-- name: public
-- What anybody may know of the contract with the reference :reference: its status, the times of its steps, and the
-- hashes of its forms.
SELECT c.status, c.terms_version, c.created_at, c.confirmed_at, c.completed_at, c.cancelled_at, c.expired_at,
    (SELECT jsonb_agg(jsonb_build_array(m.terms_version, encode(m.sha256, 'hex'), encode(m.blake2b, 'hex')))
     FROM contract_forms m WHERE m.contract_id = c.id) AS forms
FROM contracts c WHERE c.reference = :reference;
