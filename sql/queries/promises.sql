-- name: make
-- Store a promise. A hop promises only once.
INSERT INTO promises (provider, session_id, hop_key, sealed, due_at, made_at) VALUES (:provider, :session_id, :hop_key, :encrypted, :due_at, :now)
ON CONFLICT DO NOTHING;

-- name: exists
-- Whether this hop has made a promise, kept or not.
SELECT EXISTS (SELECT FROM promises WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key);

-- name: due
-- Take up to 20 promises that are due at :now; no other process gets them before :until.
UPDATE promises SET due_at = :until, tries = tries + 1
WHERE (provider, session_id, hop_key) IN (
    SELECT provider, session_id, hop_key FROM promises WHERE due_at <= :now ORDER BY due_at LIMIT 20
    FOR UPDATE SKIP LOCKED)
RETURNING provider, session_id, hop_key, sealed, tries;

-- name: mark_kept
-- Note that the promise was kept at :now.
UPDATE promises SET due_at = NULL, kept_at = :now WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key;

-- name: postpone
-- Try the promise again at :due_at.
UPDATE promises SET due_at = :due_at WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key AND kept_at IS NULL;
