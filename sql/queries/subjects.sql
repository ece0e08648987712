-- name: find_and_lock
-- The person with the number :msisdn, theirs alone until the transaction ends.
SELECT id, erased_at FROM phones WHERE msisdn = :msisdn FOR UPDATE;

-- name: find
-- The person with the number :msisdn.
SELECT id FROM phones WHERE msisdn = :msisdn;

-- name: lock_contract
-- The id of the contract with this reference, whose row nobody else changes until the transaction ends.
SELECT id FROM contracts WHERE reference = :reference FOR NO KEY UPDATE;

-- name: names
-- What :phone_id is called in their contracts.
SELECT DISTINCT name FROM contract_parties WHERE phone_id = :phone_id AND name IS NOT NULL;

-- name: open_contracts
-- The references of contracts of :phone_id that are not over.
SELECT c.reference FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
WHERE p.phone_id = :phone_id AND c.status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED') ORDER BY c.reference;

-- name: holds
-- What holds :phone_id at :now: orders on them, or on a contract of theirs (then with its reference).
SELECT h.reason, h.since, c.reference FROM legal_holds h LEFT JOIN contracts c ON c.id = h.contract_id
WHERE (h.phone_id = :phone_id OR h.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id))
    AND (h.until IS NULL OR h.until > :now)
ORDER BY h.since, h.id;

-- name: is_being_sent_to
-- Whether a message to :phone_id is being sent at :now: whose sender died is not. All that waits is held until the transaction
-- ends, so that no outbox begins with one meanwhile: it would hold a number, and note an answer, that are to be erased.
WITH held AS MATERIALIZED (
    SELECT status, leased_until FROM sms_logs
    WHERE phone_id = :phone_id AND status IN ('queued', 'sending', 'unconfirmed') FOR UPDATE
)
SELECT EXISTS (SELECT FROM held WHERE status = 'sending' AND leased_until > :now);

-- name: hold
-- Hold the person :phone_id or the contract :contract_id (the other is null), from :now on, for the reason :reason.
INSERT INTO legal_holds (id, phone_id, contract_id, reason, since) VALUES (:hold_id, :phone_id, :contract_id, :reason, :now);

-- name: release
-- End at :now what holds the person :phone_id or the contract :contract_id (the other is null) themselves.
UPDATE legal_holds SET until = :now
WHERE (phone_id = :phone_id OR contract_id = :contract_id) AND (until IS NULL OR until > :now) RETURNING id;

-- name: note
-- An entry in the chain :chain_id: what the service did, and the act it was part of.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id) VALUES (:chain_id, :now, NULL, 'service', :action, :details, :act_id);

-- name: export_phone
-- The person :phone_id: what they are to us, without what guards their PIN.
SELECT to_jsonb(f) - '{pin_hash,recovery_key,recovery_until,recovery_tries,pin_tries}'::text[]
    || jsonb_build_object('has_pin', f.pin_hash IS NOT NULL) FROM phones f WHERE f.id = :phone_id;

-- name: export_contracts
-- The contracts of :phone_id, their part in each, and every version of its terms that was written down.
SELECT to_jsonb(c) || jsonb_build_object('role', p.role, 'name', p.name, 'signature', s.status, 'settled_at', s.settled_at,
    'forms', (SELECT jsonb_agg(convert_from(m.form, 'UTF8')::jsonb ORDER BY m.terms_version)
        FROM contract_forms m WHERE m.contract_id = c.id))
FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
WHERE p.phone_id = :phone_id ORDER BY c.created_at, c.id;

-- name: export_confirmations
-- Each word of :phone_id, with the texts they were shown and what they wrote.
SELECT to_jsonb(w) || jsonb_build_object('shown', t.texts, 'words', t.words)
FROM confirmations w LEFT JOIN confirmation_texts t ON t.confirmation_id = w.id
WHERE w.phone_id = :phone_id ORDER BY w.answered_at, w.id;

-- name: export_proposals
-- What :phone_id proposed.
SELECT to_jsonb(o) FROM contract_proposals o WHERE o.by_id = :phone_id ORDER BY o.created_at;

-- name: export_deliveries
-- What :phone_id said of deliveries.
SELECT to_jsonb(d) FROM deliveries d WHERE d.phone_id = :phone_id ORDER BY d.at;

-- name: export_disputes
-- Disputes over contracts of :phone_id: their own words, what was decided, and what the files are (not their content).
SELECT to_jsonb(d) - '{words,appeal_words}'::text[] || jsonb_build_object(
    'words', CASE WHEN d.opened_by = :phone_id THEN d.words END,
    'appeal_words', CASE WHEN d.appealed_by = :phone_id THEN d.appeal_words END,
    'files', (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type,
        'octets', octet_length(f.content), 'sha256', encode(f.sha256, 'hex'), 'added_at', f.added_at)
        ORDER BY f.added_at, f.id) FROM dispute_files f WHERE f.dispute_id = d.id))
FROM disputes d WHERE d.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id) ORDER BY d.opened_at;

-- name: export_file
-- What is in the file :file_id, of a dispute over a contract of :phone_id.
SELECT f.content FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contract_parties p ON p.contract_id = d.contract_id AND p.phone_id = :phone_id
WHERE f.id = :file_id;

-- name: export_messages
-- Messages from and to :phone_id.
SELECT to_jsonb(m) - '{leased_until,wiped_at}'::text[] FROM sms_logs m WHERE m.phone_id = :phone_id ORDER BY m.created_at, m.id;

-- name: export_sessions
-- How calls of :phone_id ended.
SELECT to_jsonb(u) FROM ussd_sessions u WHERE u.phone_id = :phone_id ORDER BY u.ended_at;

-- name: export_audit
-- Entries of the chain of :phone_id, and those of other chains that say what they did.
SELECT to_jsonb(a) FROM audit_logs a WHERE a.chain_id = :phone_id OR a.actor_id = :phone_id ORDER BY a.n;

-- name: export_consents
-- What :phone_id said of being recorded.
SELECT to_jsonb(r) FROM recording_consents r WHERE r.phone_id = :phone_id ORDER BY r.at, r.id;

-- name: export_holds
-- What has held :phone_id.
SELECT to_jsonb(h) FROM legal_holds h WHERE h.phone_id = :phone_id ORDER BY h.since;

-- name: erase_sessions
-- Calls in which :phone_id, or somebody about a contract of theirs, did something: how they ended, and what their hops were
-- answered, promised and went on from. The contracts are over, so none of these hops can act again.
WITH theirs AS MATERIALIZED (
    SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id
), acts AS MATERIALIZED (
    SELECT act_id FROM audit_logs
    WHERE actor_id = :phone_id OR chain_id = :phone_id OR chain_id IN (SELECT contract_id FROM theirs)
    UNION SELECT act_id FROM sms_logs WHERE phone_id = :phone_id OR contract_id IN (SELECT contract_id FROM theirs)
), calls AS MATERIALIZED (
    SELECT provider, session_id FROM acted_hops WHERE act_id IN (SELECT act_id FROM acts)
    UNION SELECT provider, session_id FROM ussd_sessions WHERE phone_id = :phone_id
), hops AS (
    DELETE FROM acted_hops WHERE (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), promised AS (
    DELETE FROM promises WHERE kept_at IS NOT NULL AND (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), resumed AS (
    DELETE FROM resumed_sessions WHERE (provider, session_id) IN (SELECT * FROM calls) RETURNING 1
), ends AS (
    DELETE FROM ussd_sessions WHERE phone_id = :phone_id RETURNING 1
)
SELECT (SELECT count(*) FROM hops) + (SELECT count(*) FROM promised) + (SELECT count(*) FROM resumed)
    + (SELECT count(*) FROM ends);

-- name: erase_messages
-- The texts of messages from and to :phone_id (:mark in their place); what waits is not sent any more, as of :now.
UPDATE sms_logs
SET text = :mark, why = NULL, due_at = NULL, leased_until = NULL,
    settled_at = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN :now ELSE settled_at END,
    status = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN 'expired' ELSE status END
WHERE phone_id = :phone_id;

-- name: redact_messages
-- In messages of everybody else: the number (:number, a pattern) anywhere, number and names (:person) in those about contracts of
-- :phone_id or to people in them; :mark in their place.
WITH theirs AS MATERIALIZED (
    SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id
), others AS MATERIALIZED (
    SELECT phone_id FROM contract_parties WHERE contract_id IN (SELECT contract_id FROM theirs)
)
UPDATE sms_logs m
SET text = regexp_replace(m.text, p.pattern, :mark, 'gi'), why = regexp_replace(m.why, p.pattern, :mark, 'gi'),
    raw_sender = regexp_replace(m.raw_sender, p.pattern, :mark, 'gi')
FROM sms_logs s
CROSS JOIN LATERAL (SELECT CASE WHEN s.contract_id IN (SELECT contract_id FROM theirs)
    OR s.phone_id IN (SELECT phone_id FROM others) THEN :person ELSE :number END AS pattern) AS p
WHERE s.id = m.id AND concat_ws(E'\n', s.text, s.why, s.raw_sender) ~* p.pattern;

-- name: redact_tries
-- In what providers said of each try: the number (:number), :mark in its place.
UPDATE sms_tries SET why = regexp_replace(why, :number, :mark, 'gi') WHERE why ~* :number;

-- name: redact_reports
-- In what providers reported: the number (:number), :mark in its place.
UPDATE sms_reports SET reason = regexp_replace(reason, :number, :mark, 'gi') WHERE reason ~* :number;

-- name: redact_replies
-- In what hops of others were answered: the number (:number), :mark in its place.
UPDATE acted_hops SET reply = regexp_replace(reply, :number, :mark, 'gi') WHERE reply ~* :number;

-- name: erase_shown
-- Texts that somebody was shown before their word, and words they wrote, that show the number (:number) or, on a contract of
-- :phone_id, a name (:person); and all that :phone_id wrote, or had an operator write. They go whole: a signature is over their hash, and words changed by us would
-- pass for what was shown.
DELETE FROM confirmation_texts t USING confirmations c
WHERE c.id = t.confirmation_id AND ((t.words IS NOT NULL AND (c.phone_id = :phone_id OR c.details ->> 'for' = :phone_id::uuid::text))
    OR EXISTS (SELECT FROM jsonb_array_elements_text(t.texts || to_jsonb(array_remove(ARRAY[t.words], NULL))) AS shown
        WHERE shown ~* CASE WHEN c.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id)
            THEN :person ELSE :number END));

-- name: redact_deliveries
-- In what was shown before a word on a delivery: the number (:number), on a contract of :phone_id also names (:person); :mark in their place.
UPDATE deliveries d
SET evidence = jsonb_set(d.evidence, '{shown}', (SELECT coalesce(jsonb_agg(regexp_replace(shown, p.pattern, :mark, 'gi')
    ORDER BY place), '[]') FROM jsonb_array_elements_text(d.evidence -> 'shown') WITH ORDINALITY AS s(shown, place)))
FROM deliveries e
CROSS JOIN LATERAL (SELECT CASE WHEN e.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id)
    THEN :person ELSE :number END AS pattern) AS p
WHERE e.id = d.id AND EXISTS (SELECT FROM jsonb_array_elements_text(e.evidence -> 'shown') AS shown WHERE shown ~* p.pattern);

-- name: erase_disputes
-- Words of :phone_id in disputes, and their number and names (:person) in those of others; :mark in their place.
UPDATE disputes
SET words = CASE WHEN opened_by = :phone_id THEN :mark ELSE left(regexp_replace(words, :person, :mark, 'gi'), 500) END,
    appeal_words = CASE WHEN appeal_words IS NULL THEN NULL WHEN appealed_by = :phone_id THEN :mark
        ELSE left(regexp_replace(appeal_words, :person, :mark, 'gi'), 500) END,
    reasons = left(regexp_replace(reasons, :person, :mark, 'gi'), 1000)
WHERE contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id);

-- name: erase_requests
-- Requests that made or moved a contract of :phone_id (the hash of a body with their number in it), or name the number (:number) in
-- their key.
DELETE FROM api_requests
WHERE contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id) OR key ~* :number;

-- name: erase_consents
-- What :phone_id said of being recorded.
DELETE FROM recording_consents WHERE phone_id = :phone_id;

-- name: redact_consents
-- In what others were told of being recorded: the number (:number), :mark in its place.
UPDATE recording_consents SET shown = left(regexp_replace(shown, :number, :mark, 'gi'), 1000) WHERE shown ~* :number;

-- name: redact_holds
-- In reasons of holds on :phone_id or their contracts, all released: number and names (:person), :mark in their place.
UPDATE legal_holds SET reason = left(regexp_replace(reason, :person, :mark, 'gi'), 500)
WHERE phone_id = :phone_id OR contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id);

-- name: erase_parties
-- What :phone_id is called in their contracts, and the salts without which no hash in a form can be told to be theirs.
UPDATE contract_parties SET name = NULL, salt = NULL WHERE phone_id = :phone_id;

-- name: erase_phone
-- The number of :phone_id, and all that is only theirs; a word that is nobody's (:mark) stands in its place, since :now.
UPDATE phones
SET msisdn = :mark, erased_at = :now, language = NULL, pin_hash = NULL, pin_proved_at = NULL, pin_tries = 0,
    pin_locked_until = NULL, recovery_key = NULL, recovery_until = NULL, recovery_tries = 0, opted_out_at = NULL,
    opted_in_at = NULL
WHERE id = :phone_id;

-- name: left_over
-- Where the number (:number), or on contracts of :phone_id a name (:person), still stands: what all agreed to is never changed by us.
SELECT 'terms of ' || c.reference FROM contracts c JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = :phone_id
WHERE c.terms::text ~* :person
    OR EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = c.id AND o.terms::text ~* :person)
    OR EXISTS (SELECT FROM contract_forms m WHERE m.contract_id = c.id AND convert_from(m.form, 'UTF8')::jsonb -> 'terms' #>> '{}' ~* :person)
UNION ALL
SELECT 'file ' || f.id || ' in a dispute over ' || c.reference FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contracts c ON c.id = d.contract_id JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = :phone_id
UNION ALL
SELECT 'audit entry ' || a.n FROM audit_logs a WHERE a.details::text ~* :number;
