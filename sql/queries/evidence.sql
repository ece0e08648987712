-- name: save_key
-- Note the public key :public_key, called :key_id, that signs from :now on; one we have noted stays as it is.
INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES (:key_id, :public_key, :now) ON CONFLICT DO NOTHING;

-- name: keys
-- All keys that ever signed for us, oldest first.
SELECT key_id, public_key, first_used_at FROM signature_keys ORDER BY first_used_at, key_id;

-- name: highest_sealed
-- The highest number of an entry that is sealed; 0 where none is.
SELECT coalesce(max(n), 0) FROM audit_seals;

-- name: seal
-- Seal the entries above :above that are not sealed, :most at most, in the order they were written. Gives their numbers.
-- OFFSET 0: each entry is looked up by itself. As a join it is compared with every seal there is, when the statement is
-- planned while there are few.
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
-- The number of the newest seal; 0 where there is none.
SELECT coalesce(max(seq), 0) FROM audit_seals;

-- name: seals_from
-- Seals in order from :from_seq on, :most at most.
SELECT seq, entry_hash, hash FROM audit_seals WHERE seq >= :from_seq ORDER BY seq LIMIT :most;

-- name: save_checkpoint
-- A signed word on the seals :from_seq to :to_seq. No row: somebody else was first.
INSERT INTO audit_checkpoints (number, from_seq, to_seq, statement, signature, key_id, at)
VALUES (:number, :from_seq, :to_seq, :statement, :signature, :key_id, :at) ON CONFLICT DO NOTHING RETURNING number;

-- name: forms
-- The canonical forms of contract :contract_id, first version first.
SELECT terms_version, form, sha256, blake2b FROM contract_forms WHERE contract_id = :contract_id ORDER BY terms_version;

-- name: confirmations
-- Everything that was said on contract :contract_id, as it was signed, with the texts that were shown (null: a person was erased).
SELECT c.*, t.salt, t.texts, t.words FROM confirmations c LEFT JOIN confirmation_texts t ON t.confirmation_id = c.id
WHERE c.contract_id = :contract_id ORDER BY c.answered_at, c.id;

-- name: entries
-- The chain :chain_id, first entry first: what each entry's hash was taken over, and the hash.
SELECT a.seq, a.at, a.action, a.channel, a.actor_id, a.prev_hash, a.hash, audit_text(a) AS text
FROM audit_logs a WHERE a.chain_id = :chain_id ORDER BY a.seq;

-- name: checkpoint_over
-- The newest entry of chain :chain_id that a checkpoint covers, its seal, and that checkpoint. No row: none does yet.
SELECT s.chain_seq, s.seq, s.entry_hash, k.number, k.from_seq, k.to_seq, k.statement, k.signature, k.key_id
FROM audit_seals s
CROSS JOIN LATERAL (SELECT * FROM audit_checkpoints WHERE to_seq >= s.seq ORDER BY to_seq LIMIT 1) AS k
WHERE s.chain_id = :chain_id ORDER BY s.chain_seq DESC LIMIT 1;

-- name: public
-- What anybody may know of the contract with the reference :reference: how it stands, since when, and the hashes of its forms.
SELECT c.status, c.terms_version, c.created_at, c.confirmed_at, c.completed_at, c.cancelled_at, c.expired_at,
    (SELECT jsonb_agg(jsonb_build_array(m.terms_version, encode(m.sha256, 'hex'), encode(m.blake2b, 'hex')))
     FROM contract_forms m WHERE m.contract_id = c.id) AS forms
FROM contracts c WHERE c.reference = :reference;
