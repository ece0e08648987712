-- name: claim
-- Take up to :most messages that are due at :now, urgent ones first, on a lease until :until. `fate` says what became
-- of each. send: it is leased. second: another message to this phone is being sent, so it waits :gap. full: this phone
-- got :hourly messages within an hour, so it waits ten minutes. Of several that wait for one phone each gets a time of its
-- own, behind as many as wait already and are as urgent: else thousands would be written anew for each that is sent. Not
-- behind the last of them: that one may wait for the morning. unwanted: the person sent STOP, and its kind is not in
-- :answer_kinds; or it is about an offer of a stranger to somebody who sent STOP, or of somebody whom they block. late: it
-- expired. Messages whose last try is unconfirmed are claimed like others when they are due again.
WITH due AS MATERIALIZED (
    SELECT m.* FROM (VALUES (1), (5), (9)) AS p(priority)
    CROSS JOIN LATERAL (SELECT id, phone_id, contract_id, class, kind, priority, expires_at, created_at
        FROM sms_logs
        WHERE priority = p.priority AND due_at <= :now ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED) AS m
    LIMIT :most
), judged AS (
    SELECT d.id, d.phone_id, d.priority, f.msisdn, row_number() OVER of_phone AS place, CASE
        WHEN f.erased_at IS NOT NULL OR f.opted_out AND d.class <> 'critical' AND d.kind <> ALL (:answer_kinds) THEN 'unwanted'
        WHEN d.kind IN ('offered', 'remind_answer') AND EXISTS (SELECT FROM offers o
            WHERE o.contract_id = d.contract_id AND o.addressee_id = d.phone_id AND (
                f.opted_out AND o.asked_n IS NOT NULL
                OR EXISTS (SELECT FROM blocks b WHERE b.phone_id = o.addressee_id AND b.blocked_phone_id = o.maker_id)))
            THEN 'unwanted'
        WHEN d.expires_at <= :now THEN 'late'
        WHEN d.class <> 'critical' AND (SELECT count(*) FROM (SELECT FROM sms_logs s
            WHERE s.phone_id = d.phone_id AND s.created_at > :now - interval '1 hour' AND s.submitted_at IS NOT NULL
            LIMIT :hourly) AS sent) >= :hourly THEN 'full'
        WHEN row_number() OVER of_phone > 1
            OR EXISTS (SELECT FROM sms_logs s WHERE s.phone_id = d.phone_id AND s.status = 'sending' AND s.due_at IS NULL
                -- An older lease may be a dead worker's: it delays nobody.
                AND s.leased_until > :until::timestamptz - interval '2 seconds') THEN 'second'
        ELSE 'send' END AS fate
    FROM due d JOIN phones f ON f.id = d.phone_id
    WINDOW of_phone AS (PARTITION BY d.phone_id ORDER BY d.priority, d.created_at, d.id)
), before AS MATERIALIZED (
    SELECT j.phone_id, j.priority, (SELECT count(*) FROM (
        SELECT priority FROM sms_logs WHERE phone_id = j.phone_id AND status IN ('queued', 'unconfirmed', 'sending')
            AND due_at > :now ORDER BY due_at LIMIT 1000) AS w WHERE w.priority <= j.priority) AS waiting
    FROM judged j WHERE j.fate = 'full' OR j.fate = 'second' AND j.place > 1 GROUP BY j.phone_id, j.priority
), marked AS (
    UPDATE sms_logs m
    SET status = CASE j.fate WHEN 'send' THEN 'sending' WHEN 'unwanted' THEN 'rejected' WHEN 'late' THEN 'expired'
            ELSE m.status END,
        due_at = CASE
            WHEN j.fate = 'second' AND j.place = 1 THEN :now + :gap::interval
            WHEN j.fate = 'second' THEN :now + (b.waiting + j.place - 1) * :gap::interval
            WHEN j.fate = 'full' THEN :now + j.place * (interval '1 hour' / :hourly)
                + greatest(interval '10 minutes', b.waiting * (interval '1 hour' / :hourly))
            END,
        leased_until = CASE j.fate WHEN 'send' THEN :until::timestamptz END,
        tries = m.tries + (j.fate = 'send')::integer,
        settled_at = CASE WHEN j.fate IN ('unwanted', 'late') THEN :now END,
        why = CASE j.fate WHEN 'unwanted' THEN 'this person wants no such messages'
            WHEN 'late' THEN coalesce('it could not be sent in time: ' || m.why, 'it could not be sent in time')
            ELSE m.why END
    FROM judged j LEFT JOIN before b ON (b.phone_id, b.priority) = (j.phone_id, j.priority)
    WHERE m.id = j.id
    RETURNING m.id, j.msisdn, j.fate, m.text, m.shortcode, m.reply_provider, m.tries, m.kind, m.class, m.priority,
        m.created_at
)
SELECT * FROM marked ORDER BY priority, created_at, id;

-- name: finish
-- Record :results, a jsonb array of results of claims, and store each try (unless `is_try` is false). `drops_reply`: the
-- message answers from no number of its own any more. A message whose lease another worker has taken meanwhile is left
-- alone.
WITH results AS (
    SELECT * FROM jsonb_to_recordset(:results) AS x(
        id uuid, tries integer, status text, outcome text, is_try boolean, provider text, message_id text, cost text,
        why text, due_at timestamptz, at timestamptz, drops_reply boolean)
), moved AS (
    UPDATE sms_logs m
    SET status = x.status, leased_until = NULL, due_at = x.due_at, why = x.why,
        tries = m.tries - (NOT x.is_try)::integer,
        provider = coalesce(x.provider, m.provider),
        reply_provider = CASE WHEN NOT x.drops_reply THEN m.reply_provider END,
        shortcode = CASE WHEN NOT x.drops_reply THEN m.shortcode END,
        provider_message_id = coalesce(x.message_id, m.provider_message_id), cost = coalesce(x.cost, m.cost),
        submitted_at = CASE x.status WHEN 'submitted' THEN x.at ELSE m.submitted_at END,
        settled_at = CASE WHEN x.status IN ('failed', 'rejected', 'expired') THEN x.at END
    FROM results x
    -- Look up by id: the planner's guess of how many messages are being sent must not matter.
    WHERE m.id = x.id AND m.id = ANY (ARRAY(SELECT id FROM results)) AND m.leased_until IS NOT NULL AND m.tries = x.tries
    RETURNING m.id, x.tries, x.provider, x.outcome, x.why, x.message_id, x.cost, x.at, x.is_try
), kept AS (
    INSERT INTO sms_tries (message_id, n, provider, outcome, why, provider_message_id, cost, at)
    SELECT id, tries, provider, outcome, why, message_id, cost, at FROM moved WHERE is_try
)
SELECT id FROM moved;

-- name: expire_leases
-- Messages whose worker died between sending and recording: nobody knows whether they were sent. They are due again at
-- :again_at, or given up once they had as many tries as :most_tries allows for their class (:classes names the class at
-- the same place). Returns their recipients. A row that is locked is about to be settled, and is skipped.
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
-- End messages that were submitted before :submitted_before and have no delivery report; the row says why. Returns
-- provider and id of those that do have a final report: it came before the send was recorded, by a worker that died
-- right after.
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
-- When the next message is due or the next lease ends, whichever is first.
SELECT least((SELECT min(due_at) FROM sms_logs WHERE priority = 1 AND due_at IS NOT NULL),
    (SELECT min(due_at) FROM sms_logs WHERE priority = 5 AND due_at IS NOT NULL),
    (SELECT min(due_at) FROM sms_logs WHERE priority = 9 AND due_at IS NOT NULL),
    (SELECT min(leased_until) FROM sms_logs WHERE status = 'sending'));

-- name: pace
-- Reserve times for :messages of the :sender, one each :gap, not before :now. Returns when the first may go and whether
-- it is reserved; nothing is reserved if that is after :latest, so that no time stays unused.
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
-- Tell one outbox that a message is queued: one of a worker, if any listens. It is named by the server process of the
-- connection on which it listens, and asks there every few seconds: one that has not for long hangs, or its machine is gone.
-- Where nobody listens nobody is told.
SELECT pg_notify('sms_queued', pid::text) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name IN (:worker, :server)
        AND coalesce(state_change > clock_timestamp() - :silent::interval, true)
    ORDER BY application_name = :worker DESC, random() LIMIT 1) AS chosen;

-- name: worker_listens
-- Whether the outbox of a worker listens, as `wake` would find it.
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = :worker
    AND coalesce(state_change > clock_timestamp() - :silent::interval, true));

-- name: adopt_reports
-- For the phones :msisdns: find a message whose send got no answer, and a report about a provider's id that no message
-- has. That report is the missing answer. Returns provider and id of each message found. A report does not say which
-- text it is about. So nothing is done if another message to this phone is being sent, or was lately sent without an
-- answer: the report could be about that one. A message that was given up as unknown can still be found while the
-- report may be about it.
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
-- Settle the messages with the ids :message_ids of :providers, each once, by their reports. If a message has several final
-- reports, the first in this order counts, whichever came first: delivered, rejected, failed, expired. So neither order
-- nor repeats make a difference. A delivery shows that its phone takes our messages: the refusals that were counted against
-- it are forgotten, and a person who was presumed out because of them (`count_refusal`) before it was sent is in again.
-- The part `new` first stores :reports, a jsonb array of reports that have just come about these ids: the same status of the
-- same message once. Returns what to look at again once this is committed: ids that no message has, and (`new`) those
-- reported about a phone of which a message waits for its answer (`adopt_reports`).
WITH asked AS MATERIALIZED (
    SELECT p AS provider, i AS message_id,
        (SELECT id FROM sms_logs l WHERE l.direction = 'out' AND l.provider = p AND l.provider_message_id = i) AS id
    FROM unnest(:providers::text[], :message_ids::text[]) AS a(p, i)
)
-- part: new
, new AS MATERIALIZED (
    SELECT DISTINCT ON (r.provider, r.message_id, r.status) r.*, f.id AS phone_id
    FROM jsonb_to_recordset(:reports) AS r(
        provider text, message_id text, status text, state text, reason text, network_code text, msisdn text,
        received_at timestamptz)
    LEFT JOIN phones f ON f.msisdn = r.msisdn
    ORDER BY r.provider, r.message_id, r.status
), saved AS (
    INSERT INTO sms_reports (provider, provider_message_id, status, state, reason, network_code, phone_id, received_at)
    SELECT provider, message_id, status, state, reason, network_code, phone_id, received_at FROM new
    ON CONFLICT DO NOTHING
)
-- end
, known AS (
    SELECT r.provider, r.provider_message_id AS message_id, r.status, r.state, r.reason, r.network_code, r.received_at
    FROM asked a JOIN sms_reports r ON r.provider = a.provider AND r.provider_message_id = a.message_id
    -- part: new
    UNION ALL
    SELECT provider, message_id, status, state, reason, network_code, received_at FROM new
    -- end
), last_word AS MATERIALIZED (
    SELECT DISTINCT ON (k.provider, k.message_id) a.id, k.state, k.reason, k.status, k.network_code, k.received_at, place
    FROM known k JOIN asked a ON a.provider = k.provider AND a.message_id = k.message_id
    CROSS JOIN LATERAL array_position(ARRAY['delivered', 'rejected', 'failed', 'expired'], k.state) AS place
    WHERE k.state IN ('delivered', 'failed', 'rejected', 'expired')
    ORDER BY k.provider, k.message_id, place, k.status, k.received_at
), settled AS (
    UPDATE sms_logs m
    SET status = r.state, settled_at = r.received_at, network_code = coalesce(r.network_code, m.network_code),
        due_at = NULL, why = CASE r.state WHEN 'delivered' THEN NULL ELSE coalesce(r.reason, r.status) END
    FROM last_word r
    -- Look up by id, as in `finish`.
    WHERE m.id = r.id AND m.id = ANY (ARRAY(SELECT id FROM last_word))
        AND (m.status IN ('submitted', 'unconfirmed')
            OR array_position(ARRAY['delivered', 'rejected', 'failed', 'expired'], m.status) > r.place)
    RETURNING m.phone_id, m.status, m.submitted_at, m.settled_at
), reached AS MATERIALIZED (
    SELECT f.id, max(s.settled_at) AS at, f.opted_out AND f.opted_out_at = f.presumed_out_at
        AND bool_or(s.submitted_at >= f.presumed_out_at) AS is_in_again
    FROM settled s JOIN phones f ON f.id = s.phone_id
    WHERE s.status = 'delivered' AND f.refused_on <> '{}'
    GROUP BY f.id
), heard AS (
    UPDATE phones f
    SET refused_on = CASE WHEN NOT f.opted_out OR x.is_in_again THEN '{}' ELSE f.refused_on END,
        opted_in_at = CASE WHEN x.is_in_again THEN greatest(x.at, f.opted_out_at) ELSE f.opted_in_at END
    FROM reached x
    WHERE f.id = x.id
    RETURNING f.id, x.at, x.is_in_again
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT id, at, NULL, 'sms', 'messages.started', '{"delivered": true}', gen_random_uuid() FROM heard WHERE is_in_again
)
SELECT provider, message_id FROM asked WHERE id IS NULL
-- part: new
UNION
SELECT provider, message_id FROM new n WHERE EXISTS (SELECT FROM sms_logs u
    WHERE u.phone_id = n.phone_id AND u.status IN ('unconfirmed', 'failed') AND u.provider_message_id IS NULL
    OFFSET 0) -- by phone: a join would read all such messages
-- end
;

-- name: resend
-- Queue a copy of the dead message :message_id under the id :new_id, due at :now; once. With an :operator, note who had
-- it sent in the person's audit, as the act :audit_act_id. No row: it is not dead, was resent before, or its person was
-- erased.
WITH dead AS (
    SELECT m.* FROM sms_logs m JOIN phones f ON f.id = m.phone_id AND f.erased_at IS NULL
    WHERE m.id = :message_id AND m.direction = 'out' AND m.status IN ('failed', 'rejected', 'expired')
    FOR NO KEY UPDATE OF f  -- every audit entry of a person waits for the one before
), queued AS (
    INSERT INTO sms_logs (id, direction, phone_id, shortcode, reply_provider, text, language, kind, contract_id, act_id,
        status, segments, class, priority, encoding, estimate, due_at, created_at, resend_of, english)
    SELECT :new_id, 'out', m.phone_id, m.shortcode, m.reply_provider, m.text, m.language, m.kind, m.contract_id, m.act_id,
        'queued', m.segments, m.class, m.priority, m.encoding, m.estimate, :now, :now, m.id, m.english
    FROM dead m
    ON CONFLICT (resend_of) WHERE resend_of IS NOT NULL DO NOTHING
    RETURNING id, phone_id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT phone_id, :now, NULL, 'service', 'message.resent',
        jsonb_build_object('operator', :operator::text, 'message', :message_id::text), :audit_act_id
    FROM queued WHERE :operator::text IS NOT NULL
)
SELECT id FROM queued;

-- name: message
-- The message :message_id with all its tries and reports.
SELECT m.*, f.msisdn,
    (SELECT id FROM sms_logs WHERE resend_of = m.id) AS resent_as,
    (SELECT jsonb_agg(to_jsonb(t) - 'message_id' ORDER BY t.n) FROM sms_tries t WHERE t.message_id = m.id) AS attempts,
    (SELECT jsonb_agg(jsonb_build_object('status', r.status, 'state', r.state, 'reason', r.reason,
        'network_code', r.network_code, 'received_at', r.received_at) ORDER BY r.received_at, r.status)
     FROM sms_reports r WHERE r.provider = m.provider AND r.provider_message_id = m.provider_message_id) AS reports
FROM sms_logs m LEFT JOIN phones f ON f.id = m.phone_id
WHERE m.id = :message_id;

-- name: sent_by_act
-- The message that the act :act_id sent about the contract :contract_id.
SELECT id FROM sms_logs WHERE contract_id = :contract_id AND act_id = :act_id AND direction = 'out'
ORDER BY created_at DESC LIMIT 1;

-- name: newest
-- Id and time of up to :most messages, newest first, that follow the one with id :after_id made at :after_at (nulls: from
-- the newest).
SELECT id, created_at AS at FROM sms_logs
WHERE (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_phone
-- Like `newest`, to and from :msisdn.
SELECT id, created_at AS at FROM sms_logs
WHERE phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn)
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_contract
-- Like `newest`, about the contract :contract_id.
SELECT id, created_at AS at FROM sms_logs
WHERE contract_id = :contract_id
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_status
-- Like `newest`, with the :status. Not `status =`: so that only the index of status and time has this order. By the
-- index of time alone, a status that no message has would cost a walk through all.
SELECT id, created_at AS at FROM sms_logs
WHERE status = ANY (ARRAY[:status])
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY status, created_at DESC, id DESC LIMIT :most;

-- name: newest_of_meaning
-- Like `newest`, of texts that came in and were taken for this :meaning.
SELECT id, created_at AS at FROM sms_logs
WHERE kind = ANY (ARRAY[:meaning]) AND direction = 'in' -- as in `newest_of_status`
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY kind, created_at DESC, id DESC LIMIT :most;

-- name: shown
-- Up to :most of the messages :ids, in their order, with the msisdn of their phone. :msisdn, :direction, :status,
-- :message_class, :contract_id and the :meaning of a text that came in limit them; a null limits nothing.
SELECT m.*, f.msisdn
FROM unnest(:ids::uuid[]) WITH ORDINALITY AS i(id, place)
JOIN sms_logs m ON m.id = i.id
LEFT JOIN phones f ON f.id = m.phone_id
WHERE (:msisdn::text IS NULL OR f.msisdn = :msisdn)
    AND (:direction::text IS NULL OR m.direction = :direction)
    AND (:status::text IS NULL OR m.status = :status)
    AND (:message_class::text IS NULL OR m.class = :message_class AND m.direction = 'out')
    AND (:contract_id::uuid IS NULL OR m.contract_id = :contract_id)
    AND (:meaning::text IS NULL OR m.kind = :meaning AND m.direction = 'in')
ORDER BY i.place
LIMIT :most;

-- name: count_refusal
-- Note that the :provider refused at :now a message to :msisdn because its person has opted out there. Only refusals
-- on :most_days days without a delivery between them, each on a day on which the provider delivered to others, make the
-- person presumed out, in the act :act_id: a provider that refuses everybody, or once, says nothing about a person.
-- Looks at the newest thousand deliveries only, so that a refusal on a busy day costs no more than on a quiet one.
-- Returns whether they are presumed out now.
WITH person AS (
    UPDATE phones f
    SET refused_on = f.refused_on || today.day,
        opted_out_at = CASE WHEN cardinality(f.refused_on) + 1 >= :most_days THEN :now ELSE f.opted_out_at END,
        presumed_out_at = CASE WHEN cardinality(f.refused_on) + 1 >= :most_days THEN :now ELSE f.presumed_out_at END
    FROM (SELECT (:now::timestamptz AT TIME ZONE 'UTC')::date AS day) AS today
    WHERE f.msisdn = :msisdn AND NOT f.opted_out AND today.day <> ALL (f.refused_on)
        AND EXISTS (
            SELECT FROM (
                -- Not `status =`: so that only the index of status and time has this order. By the index of time alone, what
                -- was refused would be read too.
                SELECT provider, phone_id, created_at FROM sms_logs WHERE status BETWEEN 'delivered' AND 'delivered'
                ORDER BY status, created_at DESC LIMIT 1000) AS m
            WHERE m.created_at > :now - interval '1 day' AND m.provider = :provider AND m.phone_id <> f.id)
    RETURNING f.id, f.opted_out
)
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT id, :now, NULL, 'sms', 'messages.stopped', jsonb_build_object('provider', :provider::text, 'refused', true), :act_id
FROM person WHERE opted_out
RETURNING act_id;

-- name: opt_out
-- Note that the person of :msisdn (made with the id :new_phone_id if new) told the :provider at :now to stop our
-- messages, in the act :act_id. No row: they were opted out already, by a word of theirs.
WITH person AS (
    INSERT INTO phones AS f (id, msisdn, opted_out_at, created_at) VALUES (:new_phone_id, :msisdn, :now, :now)
    ON CONFLICT (msisdn) DO UPDATE SET opted_out_at = :now
        WHERE NOT f.opted_out OR f.opted_out_at = f.presumed_out_at AND :now > f.presumed_out_at
    RETURNING id
)
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT id, :now, id, 'sms', 'messages.stopped', jsonb_build_object('provider', :provider::text), :act_id FROM person
RETURNING act_id;
