-- name: announce
-- Write into the audit chain :service_chain, in the act :act_id, that messages from before :before are deleted now, at
-- :now; unless there are none.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT :service_chain, :now::timestamptz, NULL, 'service', 'messages.deleted', jsonb_build_object('before', :before::timestamptz), :act_id
WHERE EXISTS (SELECT FROM sms_logs WHERE created_at < :before::timestamptz);

-- name: sms_logs
-- Delete up to :most messages from before :before with their tries, except those on their way, and those of a contract
-- or person that is kept. A message that was resent stays as a row for its successor, without text and phone.
WITH old AS MATERIALIZED (
    SELECT m.id, EXISTS (SELECT FROM sms_logs r WHERE r.resend_of = m.id) AS is_named FROM sms_logs m
    WHERE m.created_at < :before AND m.status NOT IN ('queued', 'sending', 'submitted', 'unconfirmed')
        AND (m.wiped_at IS NULL OR NOT EXISTS (SELECT FROM sms_logs r WHERE r.resend_of = m.id))
        AND (m.contract_id IS NULL OR m.contract_id NOT IN (SELECT id FROM kept_contracts))
        AND NOT EXISTS (SELECT FROM legal_holds h
            WHERE h.phone_id = m.phone_id AND (h.until IS NULL OR h.until > now()))
    LIMIT :most FOR UPDATE SKIP LOCKED
), untried AS (
    DELETE FROM sms_tries t USING old o WHERE t.message_id = o.id
), wiped AS (
    UPDATE sms_logs m SET text = '', english = NULL, phone_id = NULL, raw_sender = NULL, why = NULL, wiped_at = now()
    FROM old o WHERE m.id = o.id AND o.is_named
), gone AS (
    DELETE FROM sms_logs m USING old o WHERE m.id = o.id AND NOT o.is_named
)
SELECT count(*) FROM old;

-- name: sms_reports
-- Delete up to :most delivery reports from before :before whose message is gone.
WITH gone AS (
    DELETE FROM sms_reports WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM sms_reports r
        WHERE r.received_at < :before AND NOT EXISTS (SELECT FROM sms_logs m WHERE m.direction = 'out'
            AND m.provider = r.provider AND m.provider_message_id = r.provider_message_id)
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: message_fates
-- Delete up to :most steps from before :before of messages that are gone, with their positions in the feed.
WITH gone AS (
    DELETE FROM message_fates WHERE ctid = ANY (ARRAY(
        SELECT f.ctid FROM message_fates f
        WHERE f.at < :before AND NOT EXISTS (SELECT FROM sms_logs m WHERE m.id = f.message_id)
        LIMIT :most))
    RETURNING n
), unplaced AS (
    DELETE FROM feed_positions p USING gone g WHERE p.n = g.n
)
SELECT count(*) FROM gone;

-- name: webhook_deliveries
-- Delete up to :most deliveries to webhooks that were settled before :before, with their attempts.
WITH gone AS (
    DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_deliveries WHERE settled_at < :before LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: ussd_sessions
-- Delete up to :most ends of sessions from before :before, except those of people under a legal hold.
WITH gone AS (
    DELETE FROM ussd_sessions WHERE ctid = ANY (ARRAY(
        SELECT u.ctid FROM ussd_sessions u
        WHERE u.ended_at < :before AND NOT EXISTS (SELECT FROM legal_holds h
            WHERE h.phone_id = u.phone_id AND (h.until IS NULL OR h.until > now()))
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: acted_hops
-- Delete up to :most hops that acted before :before, except those that are the evidence of an answer or a delivery on a
-- contract that is kept.
WITH gone AS (
    DELETE FROM acted_hops WHERE ctid = ANY (ARRAY(
        SELECT a.ctid FROM acted_hops a
        WHERE a.at < :before
            AND NOT EXISTS (SELECT FROM confirmations c JOIN kept_contracts k ON k.id = c.contract_id WHERE c.id = a.act_id)
            AND NOT EXISTS (SELECT FROM deliveries d JOIN kept_contracts k ON k.id = d.contract_id WHERE d.id = a.act_id)
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: resumed_sessions
-- Delete up to :most beginnings of resumed sessions from before :before.
WITH gone AS (
    DELETE FROM resumed_sessions WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM resumed_sessions WHERE at < :before LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: promises
-- Delete up to :most promises that were kept before :before.
WITH gone AS (
    DELETE FROM promises WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM promises WHERE kept_at < :before LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: mo_receipts
-- Delete up to :most receipts of MOs from before :before: a copy that comes later is as old as they are, and moves
-- nothing. Those of MOs without a time of the provider's are kept: nothing else tells a copy.
WITH gone AS (
    DELETE FROM mo_receipts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mo_receipts WHERE at < :before AND NOT is_undated LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: api_requests
-- Delete up to :most idempotency keys from before :before, except those of contracts that are kept.
WITH gone AS (
    DELETE FROM api_requests WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM api_requests r
        WHERE r.at < :before AND (r.contract_id IS NULL OR r.contract_id NOT IN (SELECT id FROM kept_contracts))
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: number_checks
-- Delete up to :most questions about SIMs from before :before, except those about people under a legal hold.
WITH gone AS (
    DELETE FROM number_checks WHERE ctid = ANY (ARRAY(
        SELECT n.ctid FROM number_checks n
        WHERE n.asked_at < :before AND NOT EXISTS (SELECT FROM legal_holds h
            WHERE h.phone_id = n.phone_id AND (h.until IS NULL OR h.until > now()))
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: rail_callbacks
-- Delete up to :most callbacks of rails from before :before that are dealt with, except those about a transfer of a contract that
-- is kept.
WITH gone AS (
    DELETE FROM rail_callbacks WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM rail_callbacks r
        WHERE r.at < :before AND r.due_at IS NULL AND NOT EXISTS (SELECT FROM transfers t JOIN kept_contracts k ON k.id = t.contract_id
            WHERE t.rail = r.rail AND t.own_id = r.own_id)
        LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: looks
-- Delete up to :most looks from before :before with whom they were about, except those at a person or a contract under a legal
-- hold. A trigger refuses those of the last year. Nobody may change a look, so none is locked first: two processes delete it once.
WITH gone AS (
    DELETE FROM looks WHERE ctid = ANY (ARRAY(
        SELECT l.ctid FROM looks l
        WHERE l.at < :before AND NOT EXISTS (SELECT FROM look_subjects s JOIN legal_holds h ON s.about IN (h.phone_id, h.contract_id)
            WHERE s.look_id = l.id AND (h.until IS NULL OR h.until > now()))
        LIMIT :most))
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: waiting
-- About how many rows are past their period: messages from before :messages_before, everything about sessions from
-- before :sessions_before, callbacks of rails from before :callbacks_before, looks from before :looks_before.
SELECT (SELECT count(*) FROM sms_logs WHERE created_at < :messages_before) + (SELECT count(*) FROM sms_reports WHERE received_at < :messages_before)
    + (SELECT count(*) FROM ussd_sessions WHERE ended_at < :sessions_before) + (SELECT count(*) FROM acted_hops WHERE at < :sessions_before)
    + (SELECT count(*) FROM resumed_sessions WHERE at < :sessions_before) + (SELECT count(*) FROM promises WHERE kept_at < :sessions_before)
    + (SELECT count(*) FROM mo_receipts WHERE at < :sessions_before AND NOT is_undated) + (SELECT count(*) FROM api_requests WHERE at < :sessions_before)
    + (SELECT count(*) FROM number_checks WHERE asked_at < :sessions_before)
    + (SELECT count(*) FROM message_fates WHERE at < :messages_before) + (SELECT count(*) FROM webhook_deliveries WHERE settled_at < :sessions_before)
    + (SELECT count(*) FROM rail_callbacks WHERE at < :callbacks_before AND due_at IS NULL)
    + (SELECT count(*) FROM looks WHERE at < :looks_before);
