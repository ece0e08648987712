-- name: save_resume_points
-- Store the encrypted session :encrypted with which each session of :session_ids, of the provider beside it, began at the time
-- beside it. A repeat of the same dial changes nothing.
INSERT INTO resumed_sessions (provider, session_id, sealed, at)
SELECT * FROM unnest(:providers::text[], :session_ids::text[], :encrypted::bytea[], :at::timestamptz[])
ORDER BY 1, 2 -- so that two processes with copies of the same dials do not wait for each other
ON CONFLICT DO NOTHING;

-- name: resume_point
-- The encrypted session with which the session :session_id of :provider began. No row: it began at the first screen.
SELECT sealed FROM resumed_sessions WHERE provider = :provider AND session_id = :session_id;

-- name: record_end
-- Store how a USSD session ended, as the provider reported first.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES (:provider, :session_id, (SELECT id FROM phones WHERE msisdn = :msisdn), :network_code, :status, :hops, :duration_ms, :cost, :ended_at)
ON CONFLICT DO NOTHING;
