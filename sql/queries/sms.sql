-- name: mo_received
-- Whether the message $2 of provider $1 has been acted on.
SELECT EXISTS (SELECT FROM mo_receipts WHERE provider = $1 AND message_id = $2);

-- name: session_ended
-- How a USSD session ended, in the provider's words. The first word stands.
INSERT INTO ussd_sessions (provider, session_id, phone_id, network_code, status, hops, duration_ms, cost, ended_at)
VALUES ($1, $2, (SELECT id FROM phones WHERE msisdn = $3), $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: keep_reports
-- Delivery reports as they came, $1 a jsonb array; the same word about the same message is kept once.
INSERT INTO sms_reports (provider, provider_message_id, status, state, reason, network_code, received_at)
SELECT DISTINCT ON (r.provider, r.message_id, r.status)
    r.provider, r.message_id, r.status, r.state, r.reason, r.network_code, r.received_at
FROM jsonb_to_recordset($1) AS r(
    provider text, message_id text, status text, state text, reason text, network_code text, received_at timestamptz)
ON CONFLICT DO NOTHING;

-- name: merge_reports
-- Let the final reports of the messages ($1 providers, $2 provider's ids) settle them. A settled message stays settled.
UPDATE sms_logs m
SET status = r.state, settled_at = r.received_at, network_code = r.network_code, due_at = NULL,
    why = CASE r.state WHEN 'delivered' THEN NULL ELSE coalesce(r.reason, r.status) END
FROM (SELECT DISTINCT ON (provider, provider_message_id) *
    FROM sms_reports JOIN unnest($1::text[], $2::text[]) AS asked(p, i) ON provider = p AND provider_message_id = i
    WHERE state IN ('delivered', 'failed', 'rejected', 'expired')
    ORDER BY provider, provider_message_id, state = 'delivered' DESC, received_at) AS r
WHERE m.direction = 'out' AND m.provider = r.provider AND m.provider_message_id = r.provider_message_id
    AND m.status IN ('submitted', 'unconfirmed');

-- name: claim
-- Take up to $2 messages that are due at $1, until $3; nobody else gets them meanwhile. Also those whose last send was
-- left unconfirmed and whose time to go again has come.
UPDATE sms_logs m
SET status = 'sending', due_at = NULL, leased_until = $3, tries = m.tries + 1
FROM phones f
WHERE f.id = m.phone_id AND m.id IN (
    SELECT id FROM sms_logs WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING m.id, f.msisdn, m.text, m.shortcode, m.tries, m.kind;

-- name: finish
-- What became of claimed messages, $1 a jsonb array. One whose lease was lost to another in between is left alone.
UPDATE sms_logs m
SET status = x.status, leased_until = NULL, due_at = x.due_at, why = x.why,
    provider = x.provider,
    provider_message_id = coalesce(x.message_id, m.provider_message_id), cost = coalesce(x.cost, m.cost),
    submitted_at = CASE x.status WHEN 'submitted' THEN x.at ELSE m.submitted_at END,
    settled_at = CASE WHEN x.status IN ('failed', 'rejected', 'expired') THEN x.at END
FROM jsonb_to_recordset($1) AS x(
    id uuid, tries integer, status text, provider text, message_id text, cost text, why text, due_at timestamptz,
    at timestamptz)
WHERE m.id = x.id AND m.status = 'sending' AND m.tries = x.tries
RETURNING m.id;

-- name: expire_leases
-- Messages whose sender died between sending and recording: nobody knows, so they are unconfirmed, to go again at $2.
UPDATE sms_logs
SET status = 'unconfirmed', leased_until = NULL, due_at = $2, why = 'the sender stopped before it had an answer'
WHERE status = 'sending' AND leased_until <= $1;

-- name: next_due
-- When the next message is due, or the next lease ends.
SELECT least((SELECT min(due_at) FROM sms_logs WHERE due_at IS NOT NULL),
             (SELECT min(leased_until) FROM sms_logs WHERE status = 'sending'));

-- name: page
-- Messages newest first, $3 at most, after the one made at $1 with id $2 (nulls: from the newest); $4 only of this
-- msisdn (null: any).
SELECT m.*, f.msisdn
FROM sms_logs m LEFT JOIN phones f ON f.id = m.phone_id
WHERE (m.created_at, m.id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($4::text IS NULL OR m.phone_id = (SELECT id FROM phones WHERE msisdn = $4))
ORDER BY m.created_at DESC, m.id DESC
LIMIT $3;

-- name: wake
-- Tell every outbox that something is queued.
SELECT pg_notify('sms_queued', '');
