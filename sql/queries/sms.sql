-- name: mo_received
-- Whether the message $2 of provider $1 has been acted on.
SELECT EXISTS (SELECT FROM mo_receipts WHERE provider = $1 AND message_id = $2);

-- name: session_ended
-- How a USSD session ended, in the provider's words. The first word stands.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES ($1, $2, (SELECT id FROM phones WHERE msisdn = $3), $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;
