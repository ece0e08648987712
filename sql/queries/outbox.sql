-- name: claim
-- Take up to :most messages that are due at :now, the urgent first, until :until; nobody else gets them meanwhile. A number gets
-- one message at a time: its others wait :gap (an interval), and an hour's fill of them (:hourly) waits longer. What its
-- person does not want any more (:answer_kinds: the kinds that answer what they asked, STOP or not), or is late, ends here, in the
-- statement that would send it. Also those whose last send was left unconfirmed and whose time to go again has come.
WITH due AS MATERIALIZED (
    SELECT m.* FROM (VALUES (1), (5), (9)) AS p(priority)
    CROSS JOIN LATERAL (SELECT id, phone_id, class, kind, priority, expires_at, created_at FROM sms_logs
        WHERE priority = p.priority AND due_at <= :now ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED) AS m
    LIMIT :most
), judged AS (
    SELECT d.id, f.msisdn, CASE
        WHEN f.erased_at IS NOT NULL OR f.opted_out AND d.class <> 'critical' AND d.kind <> ALL (:answer_kinds) THEN 'unwanted'
        WHEN d.expires_at <= :now THEN 'late'
        WHEN d.class <> 'critical' AND (SELECT count(*) FROM (SELECT FROM sms_logs s
            WHERE s.phone_id = d.phone_id AND s.created_at > :now - interval '1 hour' AND s.submitted_at IS NOT NULL
            LIMIT :hourly) AS sent) >= :hourly THEN 'full'
        WHEN row_number() OVER (PARTITION BY d.phone_id ORDER BY d.priority, d.created_at, d.id) > 1
            OR EXISTS (SELECT FROM sms_logs s WHERE s.phone_id = d.phone_id AND s.status = 'sending'
                -- One that is longer under way than that may be a dead worker's: it holds up nobody.
                AND s.leased_until > :until::timestamptz - interval '2 seconds') THEN 'second'
        ELSE 'send' END AS fate
    FROM due d JOIN phones f ON f.id = d.phone_id
), marked AS (
    UPDATE sms_logs m
    SET status = CASE j.fate WHEN 'send' THEN 'sending' WHEN 'unwanted' THEN 'rejected' WHEN 'late' THEN 'expired'
            ELSE m.status END,
        due_at = CASE j.fate WHEN 'second' THEN :now + :gap::interval WHEN 'full' THEN :now + interval '10 minutes' END,
        leased_until = CASE j.fate WHEN 'send' THEN :until::timestamptz END,
        tries = m.tries + (j.fate = 'send')::integer,
        settled_at = CASE WHEN j.fate IN ('unwanted', 'late') THEN :now END,
        why = CASE j.fate WHEN 'unwanted' THEN 'this person wants no such messages'
            WHEN 'late' THEN coalesce('it could not be sent in time: ' || m.why, 'it could not be sent in time')
            ELSE m.why END
    FROM judged j
    WHERE m.id = j.id
    RETURNING m.id, j.msisdn, j.fate, m.text, m.shortcode, m.tries, m.kind, m.class, m.priority, m.created_at
)
SELECT * FROM marked ORDER BY priority, created_at, id;

-- name: finish
-- What became of claimed messages, :results a jsonb array; each try is kept, but one that was none (`is_try` false). One whose
-- lease was lost to another in between is left alone.
WITH results AS (
    SELECT * FROM jsonb_to_recordset(:results) AS x(
        id uuid, tries integer, status text, outcome text, is_try boolean, provider text, message_id text, cost text,
        why text, due_at timestamptz, at timestamptz)
), moved AS (
    UPDATE sms_logs m
    SET status = x.status, leased_until = NULL, due_at = x.due_at, why = x.why,
        tries = m.tries - (NOT x.is_try)::integer,
        provider = coalesce(x.provider, m.provider),
        provider_message_id = coalesce(x.message_id, m.provider_message_id), cost = coalesce(x.cost, m.cost),
        submitted_at = CASE x.status WHEN 'submitted' THEN x.at ELSE m.submitted_at END,
        settled_at = CASE WHEN x.status IN ('failed', 'rejected', 'expired') THEN x.at END
    FROM results x
    -- By id, and not by what is on the way: whatever the planner thinks of how much that is.
    WHERE m.id = x.id AND m.id = ANY (ARRAY(SELECT id FROM results)) AND m.leased_until IS NOT NULL AND m.tries = x.tries
    RETURNING m.id, x.tries, x.provider, x.outcome, x.why, x.message_id, x.cost, x.at, x.is_try
), kept AS (
    INSERT INTO sms_tries (message_id, n, provider, outcome, why, provider_message_id, cost, at)
    SELECT id, tries, provider, outcome, why, message_id, cost, at FROM moved WHERE is_try
)
SELECT id FROM moved;

-- name: expire_leases
-- Messages whose sender died between sending and recording: nobody knows whether they went. After :most_tries[n] tries a
-- message of class :classes[n] is given up; until then it goes again at :again_at. Gives whom those are for. Who locks such a row now
-- is about to settle it.
WITH over AS MATERIALIZED (
    SELECT id FROM sms_logs WHERE status = 'sending' AND leased_until <= :now LIMIT 1000 FOR UPDATE SKIP LOCKED
), lost AS (
    UPDATE sms_logs m
    SET status = CASE WHEN m.tries < most.tries THEN 'unconfirmed' ELSE 'failed' END,
        leased_until = NULL,
        due_at = CASE WHEN m.tries < most.tries THEN :again_at::timestamptz END,
        settled_at = CASE WHEN m.tries < most.tries THEN NULL ELSE :now::timestamptz END,
        why = CASE WHEN m.tries < most.tries THEN 'the sender stopped before it had an answer'
            ELSE 'given up: the sender stopped before it had an answer' END
    FROM over, unnest(:classes::text[], :most_tries::integer[]) AS most(class, tries)
    WHERE m.id = over.id AND most.class = m.class
    RETURNING m.id, m.tries, m.phone_id
), kept AS (
    INSERT INTO sms_tries (message_id, n, outcome, why, at)
    SELECT id, tries, 'unsure', 'the sender stopped before it had an answer', :now FROM lost
    ON CONFLICT DO NOTHING
)
SELECT f.msisdn FROM lost JOIN phones f ON f.id = lost.phone_id;

-- name: end_unreported
-- Messages that were submitted before :submitted_before and never reported on: final at :now, and the row says why. Gives the provider and
-- its id of those that were, by a report which came before the send was recorded by somebody who died right after.
WITH late AS MATERIALIZED (
    SELECT id, provider, provider_message_id, EXISTS (SELECT FROM sms_reports r WHERE r.provider = m.provider
        AND r.provider_message_id = m.provider_message_id
        AND r.state IN ('delivered', 'failed', 'rejected', 'expired')) AS is_reported
    FROM sms_logs m
    WHERE status = 'submitted' AND submitted_at < :submitted_before
    LIMIT 1000 FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE sms_logs SET status = 'expired', settled_at = :now, why = 'the provider never reported on it'
    WHERE id IN (SELECT id FROM late WHERE NOT is_reported)
)
SELECT provider, provider_message_id FROM late WHERE is_reported;

-- name: next_due
-- When the next message is due, or the next lease ends.
SELECT least((SELECT min(due_at) FROM sms_logs WHERE priority = 1 AND due_at IS NOT NULL),
    (SELECT min(due_at) FROM sms_logs WHERE priority = 5 AND due_at IS NOT NULL),
    (SELECT min(due_at) FROM sms_logs WHERE priority = 9 AND due_at IS NOT NULL),
    (SELECT min(leased_until) FROM sms_logs WHERE status = 'sending'));

-- name: pace
-- Reserve :messages messages for the sender :sender, one each :gap (an interval), at :now at the earliest, unless that would be later than
-- :latest: nothing is reserved then, so that nobody's turn passes unused. When the first may go, and whether it is reserved.
WITH reserved AS (
    INSERT INTO sms_pace AS p (sender, free_at) VALUES (:sender, :now::timestamptz + :messages::integer * :gap::interval)
    ON CONFLICT (sender) DO UPDATE SET free_at = greatest(p.free_at, :now::timestamptz) + :messages::integer * :gap::interval
        WHERE p.free_at <= :latest
    RETURNING free_at - :messages::integer * :gap::interval AS starts_at
)
SELECT starts_at, true AS is_reserved FROM reserved
UNION ALL
SELECT free_at, false FROM sms_pace WHERE sender = :sender AND NOT EXISTS (SELECT FROM reserved);

-- name: wake
-- Tell every outbox that something is queued.
SELECT pg_notify('sms_queued', '');

-- name: save_reports
-- Delivery reports as they came, :reports a jsonb array; the same word about the same message is kept once.
INSERT INTO sms_reports (provider, provider_message_id, status, state, reason, network_code, phone_id, received_at)
SELECT DISTINCT ON (r.provider, r.message_id, r.status)
    r.provider, r.message_id, r.status, r.state, r.reason, r.network_code, f.id, r.received_at
FROM jsonb_to_recordset(:reports) AS r(
    provider text, message_id text, status text, state text, reason text, network_code text, msisdn text,
    received_at timestamptz)
LEFT JOIN phones f ON f.msisdn = r.msisdn
ON CONFLICT DO NOTHING;

-- name: adopt_reports
-- For numbers (:msisdns) with one send whose answer was lost, and a report about a message we do not know by its id: that was
-- the answer. Gives the provider and its id of each. A report does not say which text it is about: so only where no other
-- message to that number is on its way, or was lately sent without an answer, that it could be about as well. One that
-- was given up, because nobody knew, is found again for as long as it could have been about.
UPDATE sms_logs m
SET status = 'submitted', provider = found.provider, provider_message_id = found.provider_message_id, due_at = NULL,
    submitted_at = found.received_at, settled_at = NULL, why = NULL
FROM (
    SELECT u.id, r.*
    FROM phones f
    JOIN sms_logs u ON u.phone_id = f.id AND u.status IN ('unconfirmed', 'failed') AND u.provider_message_id IS NULL
    CROSS JOIN LATERAL (SELECT r.provider, r.provider_message_id, r.received_at FROM sms_reports r
        WHERE r.phone_id = f.id AND r.received_at >= u.created_at AND r.provider = coalesce(u.provider, r.provider)
            AND NOT EXISTS (SELECT FROM sms_logs k WHERE k.direction = 'out' AND k.provider = r.provider
                AND k.provider_message_id = r.provider_message_id)
        ORDER BY r.received_at LIMIT 1) AS r
    WHERE f.msisdn = ANY (:msisdns)
        AND (u.status = 'unconfirmed' OR EXISTS (SELECT FROM sms_tries t WHERE t.message_id = u.id
            AND t.outcome = 'unsure' AND t.at > r.received_at - interval '2 days'))
        AND NOT EXISTS (SELECT FROM sms_logs o WHERE o.phone_id = f.id AND o.direction = 'out' AND o.id <> u.id
            AND o.created_at > r.received_at - interval '7 days' AND (o.status IN ('sending', 'unconfirmed')
                OR EXISTS (SELECT FROM sms_tries t WHERE t.message_id = o.id AND t.outcome = 'unsure'
                    AND t.at > r.received_at - interval '2 days')))
) AS found
WHERE m.id = found.id AND m.status IN ('unconfirmed', 'failed') AND m.provider_message_id IS NULL
RETURNING m.provider, m.provider_message_id;

-- name: merge_reports
-- Let the reports of the messages (:providers providers, :message_ids provider's ids) settle them. Of final words about one message the
-- greatest in this order counts, whatever came first, so that no order and no repeat of them makes a difference:
-- delivered, rejected, failed, expired.
WITH last_word AS MATERIALIZED (
    SELECT DISTINCT ON (provider, provider_message_id) state, reason, status, network_code, received_at, place,
        (SELECT id FROM sms_logs l WHERE l.direction = 'out' AND l.provider = p AND l.provider_message_id = i) AS id
    FROM sms_reports
    JOIN unnest(:providers::text[], :message_ids::text[]) AS asked(p, i) ON provider = p AND provider_message_id = i
    CROSS JOIN LATERAL array_position(ARRAY['delivered', 'rejected', 'failed', 'expired'], state) AS place
    WHERE state IN ('delivered', 'failed', 'rejected', 'expired')
    ORDER BY provider, provider_message_id, place, status
)
UPDATE sms_logs m
SET status = r.state, settled_at = r.received_at, network_code = coalesce(r.network_code, m.network_code),
    due_at = NULL, why = CASE r.state WHEN 'delivered' THEN NULL ELSE coalesce(r.reason, r.status) END
FROM last_word r
-- By id, as in `finish`.
WHERE m.id = r.id AND m.id = ANY (ARRAY(SELECT id FROM last_word))
    AND (m.status IN ('submitted', 'unconfirmed')
        OR array_position(ARRAY['delivered', 'rejected', 'failed', 'expired'], m.status) > r.place);

-- name: resend
-- Queue a dead message (:message_id) again, as a new one with the id :new_id, at :now; once. No row: it is not dead, or was sent again,
-- or its person was erased.
INSERT INTO sms_logs (id, direction, phone_id, shortcode, text, language, kind, contract_id, act_id, status, segments,
    class, priority, encoding, estimate, due_at, created_at, resend_of)
SELECT :new_id, 'out', m.phone_id, m.shortcode, m.text, m.language, m.kind, m.contract_id, m.act_id, 'queued', m.segments,
    m.class, m.priority, m.encoding, m.estimate, :now, :now, m.id
FROM sms_logs m JOIN phones f ON f.id = m.phone_id AND f.erased_at IS NULL
WHERE m.id = :message_id AND m.direction = 'out' AND m.status IN ('failed', 'rejected', 'expired')
ON CONFLICT (resend_of) WHERE resend_of IS NOT NULL DO NOTHING
RETURNING id;

-- name: message
-- A message (:message_id) and all that happened to it.
SELECT m.*, f.msisdn,
    (SELECT id FROM sms_logs WHERE resend_of = m.id) AS resent_as,
    (SELECT jsonb_agg(to_jsonb(t) - 'message_id' ORDER BY t.n) FROM sms_tries t WHERE t.message_id = m.id) AS attempts,
    (SELECT jsonb_agg(jsonb_build_object('status', r.status, 'state', r.state, 'reason', r.reason,
        'network_code', r.network_code, 'received_at', r.received_at) ORDER BY r.received_at, r.status)
     FROM sms_reports r WHERE r.provider = m.provider AND r.provider_message_id = m.provider_message_id) AS reports
FROM sms_logs m LEFT JOIN phones f ON f.id = m.phone_id
WHERE m.id = :message_id;

-- name: page
-- Messages newest first, :most at most, after the one made at :after_at with id :after_id (nulls: from the newest). Nulls let all pass:
-- :msisdn of this msisdn, :direction direction, :status status, :message_class class, :contract_id contract.
SELECT m.*, f.msisdn
FROM sms_logs m LEFT JOIN phones f ON f.id = m.phone_id
WHERE (m.created_at, m.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:msisdn::text IS NULL OR f.msisdn = :msisdn)
    AND (:direction::text IS NULL OR m.direction = :direction)
    AND (:status::text IS NULL OR m.status = :status)
    AND (:message_class::text IS NULL OR m.class = :message_class AND m.direction = 'out')
    AND (:contract_id::uuid IS NULL OR m.contract_id = :contract_id)
ORDER BY m.created_at DESC, m.id DESC
LIMIT :most;

-- name: page_of_phone
-- Those of `page` of one msisdn (:msisdn, not null): one walk of the phone's own index.
SELECT m.*, f.msisdn
FROM phones f JOIN sms_logs m ON m.phone_id = f.id
WHERE f.msisdn = :msisdn
    AND (m.created_at, m.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:direction::text IS NULL OR m.direction = :direction)
    AND (:status::text IS NULL OR m.status = :status)
    AND (:message_class::text IS NULL OR m.class = :message_class AND m.direction = 'out')
    AND (:contract_id::uuid IS NULL OR m.contract_id = :contract_id)
ORDER BY m.created_at DESC, m.id DESC
LIMIT :most;

-- name: page_of_status
-- Those of `page` of one status (:status, not null): one walk of its own index.
SELECT m.*, f.msisdn
FROM sms_logs m LEFT JOIN phones f ON f.id = m.phone_id
WHERE m.status = :status
    AND (m.created_at, m.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:msisdn::text IS NULL OR f.msisdn = :msisdn)
    AND (:direction::text IS NULL OR m.direction = :direction)
    AND (:message_class::text IS NULL OR m.class = :message_class AND m.direction = 'out')
    AND (:contract_id::uuid IS NULL OR m.contract_id = :contract_id)
ORDER BY m.created_at DESC, m.id DESC
LIMIT :most;

-- name: opt_out
-- The person of :msisdn (a new one gets the id :new_phone_id) told the provider :provider at :now to stop us; the act is :act_id. No row: we knew.
WITH person AS (
    INSERT INTO phones AS f (id, msisdn, opted_out_at, created_at) VALUES (:new_phone_id, :msisdn, :now, :now)
    ON CONFLICT (msisdn) DO UPDATE SET opted_out_at = :now WHERE NOT f.opted_out
    RETURNING id
)
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT id, :now, id, 'sms', 'messages.stopped', jsonb_build_object('provider', :provider::text), :act_id FROM person
RETURNING act_id;
