-- name: keep_resumed
-- Note where the session $2 of provider $1 went on from ($3, sealed), at $4. The same dial notes it once.
INSERT INTO resumed_sessions (provider, session_id, sealed, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: resumed
-- Where the session $2 of provider $1 went on from, sealed. No row: it went on from nowhere.
SELECT sealed FROM resumed_sessions WHERE provider = $1 AND session_id = $2;
