-- name: save_resume_point
-- Note where the session :session_id of provider :provider went on from (:encrypted, sealed), at :now. The same dial notes it once.
INSERT INTO resumed_sessions (provider, session_id, sealed, at) VALUES (:provider, :session_id, :encrypted, :now) ON CONFLICT DO NOTHING;

-- name: resume_point
-- Where the session :session_id of provider :provider went on from, sealed. No row: it went on from nowhere.
SELECT sealed FROM resumed_sessions WHERE provider = :provider AND session_id = :session_id;

-- name: record_end
-- How a USSD session ended, in the provider's words. The first word stands.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES (:provider, :session_id, (SELECT id FROM phones WHERE msisdn = :msisdn), :network_code, :status, :hops, :duration_ms, :cost, :ended_at)
ON CONFLICT DO NOTHING;
