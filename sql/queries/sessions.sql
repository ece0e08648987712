-- name: save_resume_point
-- Note where the session $2 of provider $1 went on from ($3, sealed), at $4. The same dial notes it once.
INSERT INTO resumed_sessions (provider, session_id, sealed, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: resume_point
-- Where the session $2 of provider $1 went on from, sealed. No row: it went on from nowhere.
SELECT sealed FROM resumed_sessions WHERE provider = $1 AND session_id = $2;

-- name: record_end
-- How a USSD session ended, in the provider's words. The first word stands.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES ($1, $2, (SELECT id FROM phones WHERE msisdn = $3), $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;
