-- name: make
-- Write a promise down. The same hop promises once.
INSERT INTO promises (provider, session_id, hop_key, sealed, due_at, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: exists
-- Whether a hop has promised, kept or not.
SELECT EXISTS (SELECT FROM promises WHERE provider = $1 AND session_id = $2 AND hop_key = $3);

-- name: due
-- Take up to 20 promises that are due at $1, to be kept before $2; nobody else gets them until then.
UPDATE promises SET due_at = $2, tries = tries + 1
WHERE (provider, session_id, hop_key) IN (
    SELECT provider, session_id, hop_key FROM promises WHERE due_at <= $1 ORDER BY due_at LIMIT 20
    FOR UPDATE SKIP LOCKED)
RETURNING provider, session_id, hop_key, sealed, tries;

-- name: mark_kept
-- The promise is kept, at $4.
UPDATE promises SET due_at = NULL, kept_at = $4 WHERE provider = $1 AND session_id = $2 AND hop_key = $3;

-- name: postpone
-- Not yet: try again at $4.
UPDATE promises SET due_at = $4 WHERE provider = $1 AND session_id = $2 AND hop_key = $3 AND kept_at IS NULL;
