-- name: save_resume_point
-- Store the encrypted session with which the session :session_id of :provider began at :now. A repeat of the same dial
-- changes nothing.
INSERT INTO resumed_sessions (provider, session_id, sealed, at) VALUES (:provider, :session_id, :encrypted, :now) ON CONFLICT DO NOTHING;

-- name: resume_point
-- The encrypted session with which the session :session_id of :provider began. No row: it began at the first screen.
SELECT sealed FROM resumed_sessions WHERE provider = :provider AND session_id = :session_id;

-- name: record_end
-- Store how a USSD session ended, as the provider reported first.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES (:provider, :session_id, (SELECT id FROM phones WHERE msisdn = :msisdn), :network_code, :status, :hops, :duration_ms, :cost, :ended_at)
ON CONFLICT DO NOTHING;
