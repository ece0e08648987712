-- name: hold_row
-- The person with the number $1, theirs alone until the transaction ends.
SELECT id, erased_at FROM phones WHERE msisdn = $1 FOR UPDATE;

-- name: find
-- The person with the number $1.
SELECT id FROM phones WHERE msisdn = $1;

-- name: names
-- What $1 is called in their contracts.
SELECT DISTINCT name FROM contract_parties WHERE phone_id = $1 AND name IS NOT NULL;

-- name: open_contracts
-- The references of contracts of $1 that are not over.
SELECT c.reference FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
WHERE p.phone_id = $1 AND c.status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED') ORDER BY c.reference;

-- name: holds
-- What holds $1 at $2: orders on them, or on a contract of theirs (then with its reference).
SELECT h.reason, h.since, c.reference FROM legal_holds h LEFT JOIN contracts c ON c.id = h.contract_id
WHERE (h.phone_id = $1 OR h.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1))
    AND (h.until IS NULL OR h.until > $2)
ORDER BY h.since, h.id;

-- name: on_its_way
-- Whether a message to $1 is being sent at $2: whose sender died is not. All that waits is held until the transaction
-- ends, so that no outbox begins with one meanwhile: it would hold a number, and note an answer, that are to be erased.
WITH held AS MATERIALIZED (
    SELECT status, leased_until FROM sms_logs
    WHERE phone_id = $1 AND status IN ('queued', 'sending', 'unconfirmed') FOR UPDATE
)
SELECT EXISTS (SELECT FROM held WHERE status = 'sending' AND leased_until > $2);

-- name: hold
-- Hold the person $2 or the contract $3 (the other is null), from $5 on, for the reason $4.
INSERT INTO legal_holds (id, phone_id, contract_id, reason, since) VALUES ($1, $2, $3, $4, $5);

-- name: release
-- End at $3 what holds the person $1 or the contract $2 (the other is null) themselves.
UPDATE legal_holds SET until = $3
WHERE (phone_id = $1 OR contract_id = $2) AND (until IS NULL OR until > $3) RETURNING id;

-- name: note
-- An entry in the chain $1: what the service did, and the act it was part of.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id) VALUES ($1, $2, NULL, 'service', $3, $4, $5);

-- name: consent
-- The person $2 said, by the channel $4, whether their calls may be recorded ($3), to the words $5, at $6.
INSERT INTO recording_consents (id, phone_id, given, channel, shown, at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: consented
-- Whether calls of $1 may be recorded: their newest answer. No row: nobody asked.
SELECT given FROM recording_consents WHERE phone_id = $1 ORDER BY at DESC, id DESC LIMIT 1;

-- name: export_phone
-- The person $1: what they are to us, without what guards their PIN.
SELECT to_jsonb(f) - '{pin_hash,recovery_key,recovery_until,recovery_tries,pin_tries}'::text[]
    || jsonb_build_object('has_pin', f.pin_hash IS NOT NULL) FROM phones f WHERE f.id = $1;

-- name: export_contracts
-- The contracts of $1, their part in each, and every version of its terms that was written down.
SELECT to_jsonb(c) || jsonb_build_object('role', p.role, 'name', p.name, 'signature', s.status, 'settled_at', s.settled_at,
    'forms', (SELECT jsonb_agg(convert_from(m.form, 'UTF8')::jsonb ORDER BY m.terms_version)
        FROM contract_forms m WHERE m.contract_id = c.id))
FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
WHERE p.phone_id = $1 ORDER BY c.created_at, c.id;

-- name: export_confirmations
-- Each word of $1, with the texts they were shown and what they wrote.
SELECT to_jsonb(w) || jsonb_build_object('shown', t.texts, 'words', t.words)
FROM confirmations w LEFT JOIN confirmation_texts t ON t.confirmation_id = w.id
WHERE w.phone_id = $1 ORDER BY w.answered_at, w.id;

-- name: export_proposals
-- What $1 proposed.
SELECT to_jsonb(o) FROM contract_proposals o WHERE o.by_id = $1 ORDER BY o.created_at;

-- name: export_deliveries
-- What $1 said of deliveries.
SELECT to_jsonb(d) FROM deliveries d WHERE d.phone_id = $1 ORDER BY d.at;

-- name: export_disputes
-- Disputes over contracts of $1: their own words, what was decided, and what the files are (not their content).
SELECT to_jsonb(d) - '{words,appeal_words}'::text[] || jsonb_build_object(
    'words', CASE WHEN d.opened_by = $1 THEN d.words END,
    'appeal_words', CASE WHEN d.appealed_by = $1 THEN d.appeal_words END,
    'files', (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type,
        'octets', octet_length(f.content), 'sha256', encode(f.sha256, 'hex'), 'added_at', f.added_at)
        ORDER BY f.added_at, f.id) FROM dispute_files f WHERE f.dispute_id = d.id))
FROM disputes d WHERE d.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1) ORDER BY d.opened_at;

-- name: export_file
-- What is in the file $2, of a dispute over a contract of $1.
SELECT f.content FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contract_parties p ON p.contract_id = d.contract_id AND p.phone_id = $1
WHERE f.id = $2;

-- name: export_messages
-- Messages from and to $1.
SELECT to_jsonb(m) - '{leased_until,wiped_at}'::text[] FROM sms_logs m WHERE m.phone_id = $1 ORDER BY m.created_at, m.id;

-- name: export_sessions
-- How calls of $1 ended.
SELECT to_jsonb(u) FROM ussd_sessions u WHERE u.phone_id = $1 ORDER BY u.ended_at;

-- name: export_audit
-- Entries of the chain of $1, and those of other chains that say what they did.
SELECT to_jsonb(a) FROM audit_logs a WHERE a.chain_id = $1 OR a.actor_id = $1 ORDER BY a.n;

-- name: export_consents
-- What $1 said of being recorded.
SELECT to_jsonb(r) FROM recording_consents r WHERE r.phone_id = $1 ORDER BY r.at, r.id;

-- name: export_holds
-- What has held $1.
SELECT to_jsonb(h) FROM legal_holds h WHERE h.phone_id = $1 ORDER BY h.since;

-- name: erase_sessions
-- Calls in which $1, or somebody about a contract of theirs, did something: how they ended, and what their hops were
-- answered, promised and went on from. The contracts are over, so none of these hops can act again.
WITH theirs AS MATERIALIZED (
    SELECT contract_id FROM contract_parties WHERE phone_id = $1
), acts AS MATERIALIZED (
    SELECT act_id FROM audit_logs
    WHERE actor_id = $1 OR chain_id = $1 OR chain_id IN (SELECT contract_id FROM theirs)
    UNION SELECT act_id FROM sms_logs WHERE phone_id = $1 OR contract_id IN (SELECT contract_id FROM theirs)
), calls AS MATERIALIZED (
    SELECT provider, session_id FROM acted_hops WHERE act_id IN (SELECT act_id FROM acts)
    UNION SELECT provider, session_id FROM ussd_sessions WHERE phone_id = $1
), hops AS (
    DELETE FROM acted_hops WHERE (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), promised AS (
    DELETE FROM promises WHERE kept_at IS NOT NULL AND (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), resumed AS (
    DELETE FROM resumed_sessions WHERE (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), ends AS (
    DELETE FROM ussd_sessions WHERE phone_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM hops) + (SELECT count(*) FROM promised) + (SELECT count(*) FROM resumed)
    + (SELECT count(*) FROM ends);

-- name: erase_messages
-- The texts of messages from and to $1 ($2 in their place); what waits is not sent any more, as of $3.
UPDATE sms_logs
SET text = $2, why = NULL, due_at = NULL, leased_until = NULL,
    settled_at = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN $3 ELSE settled_at END,
    status = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN 'expired' ELSE status END
WHERE phone_id = $1;

-- name: redact_messages
-- In messages of everybody else: the number ($2, a pattern) anywhere, number and names ($3) in those about contracts of
-- $1 or to people in them; $4 in their place.
WITH theirs AS MATERIALIZED (
    SELECT contract_id FROM contract_parties WHERE phone_id = $1
), others AS MATERIALIZED (
    SELECT phone_id FROM contract_parties WHERE contract_id IN (SELECT contract_id FROM theirs)
)
UPDATE sms_logs m
SET text = regexp_replace(m.text, p.pattern, $4, 'gi'), why = regexp_replace(m.why, p.pattern, $4, 'gi'),
    raw_sender = regexp_replace(m.raw_sender, p.pattern, $4, 'gi')
FROM sms_logs s
CROSS JOIN LATERAL (SELECT CASE WHEN s.contract_id IN (SELECT contract_id FROM theirs)
    OR s.phone_id IN (SELECT phone_id FROM others) THEN $3 ELSE $2 END AS pattern) AS p
WHERE s.id = m.id AND concat_ws(E'\n', s.text, s.why, s.raw_sender) ~* p.pattern;

-- name: redact_tries
-- In what providers said of each try: the number ($1), $2 in its place.
UPDATE sms_tries SET why = regexp_replace(why, $1, $2, 'gi') WHERE why ~* $1;

-- name: redact_reports
-- In what providers reported: the number ($1), $2 in its place.
UPDATE sms_reports SET reason = regexp_replace(reason, $1, $2, 'gi') WHERE reason ~* $1;

-- name: redact_replies
-- In what hops of others were answered: the number ($1), $2 in its place.
UPDATE acted_hops SET reply = regexp_replace(reply, $1, $2, 'gi') WHERE reply ~* $1;

-- name: erase_shown
-- Texts that somebody was shown before their word, and words they wrote, that show the number ($2) or, on a contract of
-- $1, a name ($3); and all that $1 wrote, or had an operator write. They go whole: a signature is over their hash, and words changed by us would
-- pass for what was shown.
DELETE FROM confirmation_texts t USING confirmations c
WHERE c.id = t.confirmation_id AND ((t.words IS NOT NULL AND (c.phone_id = $1 OR c.details ->> 'for' = $1::uuid::text))
    OR EXISTS (SELECT FROM jsonb_array_elements_text(t.texts || to_jsonb(array_remove(ARRAY[t.words], NULL))) AS shown
        WHERE shown ~* CASE WHEN c.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1)
            THEN $3 ELSE $2 END));

-- name: redact_deliveries
-- In what was shown before a word on a delivery: the number ($2), on a contract of $1 also names ($3); $4 in their place.
UPDATE deliveries d
SET evidence = jsonb_set(d.evidence, '{shown}', (SELECT coalesce(jsonb_agg(regexp_replace(shown, p.pattern, $4, 'gi')
    ORDER BY place), '[]') FROM jsonb_array_elements_text(d.evidence -> 'shown') WITH ORDINALITY AS s(shown, place)))
FROM deliveries e
CROSS JOIN LATERAL (SELECT CASE WHEN e.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1)
    THEN $3 ELSE $2 END AS pattern) AS p
WHERE e.id = d.id AND EXISTS (SELECT FROM jsonb_array_elements_text(e.evidence -> 'shown') AS shown WHERE shown ~* p.pattern);

-- name: erase_disputes
-- Words of $1 in disputes, and their number and names ($2) in those of others; $3 in their place.
UPDATE disputes
SET words = CASE WHEN opened_by = $1 THEN $3 ELSE left(regexp_replace(words, $2, $3, 'gi'), 500) END,
    appeal_words = CASE WHEN appeal_words IS NULL THEN NULL WHEN appealed_by = $1 THEN $3
        ELSE left(regexp_replace(appeal_words, $2, $3, 'gi'), 500) END,
    reasons = left(regexp_replace(reasons, $2, $3, 'gi'), 1000)
WHERE contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1);

-- name: erase_requests
-- Requests that made or moved a contract of $1 (the hash of a body with their number in it), or name the number ($2) in
-- their key.
DELETE FROM api_requests
WHERE contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1) OR key ~* $2;

-- name: erase_consents
-- What $1 said of being recorded.
DELETE FROM recording_consents WHERE phone_id = $1;

-- name: redact_consents
-- In what others were told of being recorded: the number ($1), $2 in its place.
UPDATE recording_consents SET shown = left(regexp_replace(shown, $1, $2, 'gi'), 1000) WHERE shown ~* $1;

-- name: redact_holds
-- In reasons of holds on $1 or their contracts, all released: number and names ($2), $3 in their place.
UPDATE legal_holds SET reason = left(regexp_replace(reason, $2, $3, 'gi'), 500)
WHERE phone_id = $1 OR contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = $1);

-- name: erase_parties
-- What $1 is called in their contracts, and the salts without which no hash in a form can be told to be theirs.
UPDATE contract_parties SET name = NULL, salt = NULL WHERE phone_id = $1;

-- name: erase_phone
-- The number of $1, and all that is only theirs; a word that is nobody's ($2) stands in its place, since $3.
UPDATE phones
SET msisdn = $2, erased_at = $3, language = NULL, pin_hash = NULL, pin_proved_at = NULL, pin_tries = 0,
    pin_locked_until = NULL, recovery_key = NULL, recovery_until = NULL, recovery_tries = 0, opted_out_at = NULL,
    opted_in_at = NULL
WHERE id = $1;

-- name: left_over
-- Where the number ($2), or on contracts of $1 a name ($3), still stands: what all agreed to is never changed by us.
SELECT 'terms of ' || c.reference FROM contracts c JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = $1
WHERE c.terms::text ~* $3
    OR EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = c.id AND o.terms::text ~* $3)
    OR EXISTS (SELECT FROM contract_forms m WHERE m.contract_id = c.id AND convert_from(m.form, 'UTF8')::jsonb -> 'terms' #>> '{}' ~* $3)
UNION ALL
SELECT 'file ' || f.id || ' in a dispute over ' || c.reference FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contracts c ON c.id = d.contract_id JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = $1
UNION ALL
SELECT 'audit entry ' || a.n FROM audit_logs a WHERE a.details::text ~* $2;
