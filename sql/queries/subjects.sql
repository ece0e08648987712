-- name: find_and_lock
-- The person with the number :msisdn, whose row nobody else changes until the transaction ends.
SELECT id, erased_at FROM phones WHERE msisdn = :msisdn FOR UPDATE;

-- name: find
-- The person with the number :msisdn.
SELECT id FROM phones WHERE msisdn = :msisdn;

-- name: lock_contract
-- The id of the contract with the reference :reference, whose row nobody else changes until the transaction ends.
SELECT id FROM contracts WHERE reference = :reference FOR NO KEY UPDATE;

-- name: names
-- The names that the person :phone_id has in contracts, or gave us.
SELECT name FROM contract_parties WHERE phone_id = :phone_id AND name IS NOT NULL
UNION SELECT name FROM phones WHERE id = :phone_id AND name IS NOT NULL;

-- name: contracts_of
-- The ids of the contracts of :phone_id.
SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id;

-- name: open_contracts
-- The references of contracts of :phone_id that have not ended.
SELECT c.reference FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
WHERE p.phone_id = :phone_id AND c.status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED') ORDER BY c.reference;

-- name: open_money
-- The references of contracts of which money waits, is owed to :phone_id, or is on its way to or from them.
SELECT c.reference FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
WHERE p.phone_id = :phone_id AND (
    EXISTS (SELECT FROM ledger_accounts a WHERE a.scope = c.id AND a.credited <> a.debited
        AND a.account IN ('held', CASE p.role WHEN 'seller' THEN 'payable' WHEN 'buyer' THEN 'refundable' END))
    OR EXISTS (SELECT FROM transfers t WHERE t.contract_id = c.id AND t.status NOT IN ('done', 'failed')
        AND (t.phone_id = :phone_id OR t.kind = 'paybill' AND p.role = 'buyer')))
ORDER BY c.reference;

-- name: holds
-- Legal holds at :now on the person :phone_id, or on a contract of theirs (then with its reference).
SELECT h.reason, h.since, c.reference FROM legal_holds h LEFT JOIN contracts c ON c.id = h.contract_id
WHERE (h.phone_id = :phone_id OR h.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id))
    AND (h.until IS NULL OR h.until > :now)
ORDER BY h.since, h.id;

-- name: is_being_sent_to
-- Whether a message to :phone_id is being sent at :now; one whose worker died is not. All waiting messages are locked
-- until the transaction ends, so that no outbox claims one meanwhile: it would use a number, and record an answer, that
-- are being erased.
WITH held AS MATERIALIZED (
    SELECT status, leased_until FROM sms_logs
    WHERE phone_id = :phone_id AND status IN ('queued', 'sending', 'unconfirmed') FOR UPDATE
)
SELECT EXISTS (SELECT FROM held WHERE status = 'sending' AND leased_until > :now);

-- name: hold
-- Put the person :phone_id or the contract :contract_id (the other is null) under a legal hold from :now on.
INSERT INTO legal_holds (id, phone_id, contract_id, reason, since) VALUES (:hold_id, :phone_id, :contract_id, :reason, :now);

-- name: release
-- End at :now the holds on the person :phone_id or on the contract :contract_id (the other is null).
UPDATE legal_holds SET until = :now
WHERE (phone_id = :phone_id OR contract_id = :contract_id) AND (until IS NULL OR until > :now) RETURNING id;

-- name: note
-- Write an entry into the audit chain :chain_id: an action of the service, and the act it was part of.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id) VALUES (:chain_id, :now, NULL, 'service', :action, :details, :act_id);

-- name: export_phone
-- The person :phone_id, without what guards their PIN.
SELECT to_jsonb(f) - '{pin_hash,recovery_key,recovery_until,recovery_tries,pin_tries}'::text[]
    || jsonb_build_object('has_pin', f.pin_hash IS NOT NULL) FROM phones f WHERE f.id = :phone_id;

-- name: export_contracts
-- The contracts of :phone_id, their role in each, and every version of the terms that was stored.
SELECT to_jsonb(c) || jsonb_build_object('role', p.role, 'name', p.name, 'signature', s.status, 'settled_at', s.settled_at,
    'forms', (SELECT jsonb_agg(convert_from(m.form, 'UTF8')::jsonb ORDER BY m.terms_version)
        FROM contract_forms m WHERE m.contract_id = c.id))
FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
WHERE p.phone_id = :phone_id ORDER BY c.created_at, c.id;

-- name: export_confirmations
-- Each confirmation of :phone_id, with the texts they were shown and what they wrote.
SELECT to_jsonb(w) || jsonb_build_object('shown', t.texts, 'words', t.words, 'typed', t.typed, 'english', t.english)
FROM confirmations w LEFT JOIN confirmation_texts t ON t.confirmation_id = w.id
WHERE w.phone_id = :phone_id ORDER BY w.answered_at, w.id;

-- name: export_proposals
-- The proposals that :phone_id made.
SELECT to_jsonb(o) FROM contract_proposals o WHERE o.by_id = :phone_id ORDER BY o.created_at;

-- name: export_deliveries
-- The deliveries that :phone_id reported or received.
SELECT to_jsonb(d) FROM deliveries d WHERE d.phone_id = :phone_id ORDER BY d.at;

-- name: export_disputes
-- Disputes over contracts of :phone_id: their own words, the decision, and a list of the files without content.
SELECT to_jsonb(d) - '{words,appeal_words,replies,salt}'::text[] || jsonb_build_object(
    'replies', (SELECT jsonb_agg(r) FROM jsonb_array_elements(d.replies) AS r WHERE r ->> 'by' = :phone_id::uuid::text),
    'words', CASE WHEN d.opened_by = :phone_id THEN d.words END,
    'appeal_words', CASE WHEN d.appealed_by = :phone_id THEN d.appeal_words END,
    'files', (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type,
        'octets', octet_length(f.content), 'sha256', encode(f.sha256, 'hex'), 'added_at', f.added_at)
        ORDER BY f.added_at, f.id) FROM dispute_files f WHERE f.dispute_id = d.id))
FROM disputes d WHERE d.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id) ORDER BY d.opened_at;

-- name: export_file
-- The content of the file :file_id, of a dispute over a contract of :phone_id.
SELECT f.content FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contract_parties p ON p.contract_id = d.contract_id AND p.phone_id = :phone_id
WHERE f.id = :file_id;

-- name: export_messages
-- Messages from and to :phone_id.
SELECT to_jsonb(m) - '{leased_until,wiped_at}'::text[] FROM sms_logs m WHERE m.phone_id = :phone_id ORDER BY m.created_at, m.id;

-- name: export_sessions
-- How USSD sessions of :phone_id ended.
SELECT to_jsonb(u) FROM ussd_sessions u WHERE u.phone_id = :phone_id ORDER BY u.ended_at;

-- name: export_audit
-- Actions in the audit chain of :phone_id, and what they did in other chains.
SELECT to_jsonb(a) FROM audit_actions a WHERE a.chain_id = :phone_id OR a.actor_id = :phone_id ORDER BY a.n, a.place;

-- name: export_consents
-- What :phone_id answered about being recorded.
SELECT to_jsonb(r) FROM recording_consents r WHERE r.phone_id = :phone_id ORDER BY r.at, r.id;

-- name: export_blocks
-- Whom :phone_id blocks, by their numbers.
SELECT jsonb_build_object('msisdn', f.msisdn, 'at', b.at)
FROM blocks b JOIN phones f ON f.id = b.blocked_phone_id WHERE b.phone_id = :phone_id ORDER BY b.at;

-- name: export_payments
-- The payments of contracts of :phone_id, with the sums of their ledger.
SELECT to_jsonb(y) || jsonb_build_object('reference', c.reference, 'accounts', (SELECT jsonb_object_agg(a.account,
    jsonb_build_object('credited', a.credited, 'debited', a.debited)) FROM ledger_accounts a WHERE a.scope = c.id))
FROM payments y JOIN contracts c ON c.id = y.contract_id JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = :phone_id
ORDER BY y.created_at, y.id;

-- name: export_transfers
-- What a rail moved, or is to move, from or to :phone_id: also what came by itself for a contract of which they are the buyer,
-- and what a payer named as in :payers has paid.
SELECT to_jsonb(t) - '{leased_until}'::text[] FROM transfers t
WHERE t.phone_id = :phone_id OR t.payer = ANY (:payers::text[]) OR t.kind = 'paybill' AND t.contract_id IN (
    SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id AND role = 'buyer')
ORDER BY t.created_at, t.id;

-- name: ids_of_transfers
-- Our ids, the rail's ids and the receipts of the transfers that export_transfers gives.
SELECT own_id, rail_id, receipt FROM transfers t
WHERE t.phone_id = :phone_id OR t.payer = ANY (:payers::text[]) OR t.kind = 'paybill' AND t.contract_id IN (
    SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id AND role = 'buyer');

-- name: rail_callbacks
-- All callbacks of rails that are kept.
SELECT id, rail, kind, own_id, body, due_at IS NULL AS is_dealt_with FROM rail_callbacks;

-- name: erase_callbacks
-- Delete the callbacks :ids.
DELETE FROM rail_callbacks WHERE id = ANY (:ids::uuid[]);

-- name: erase_transfers
-- Delete how a rail named who paid, what they typed as the account, and the rail's words, of transfers of :phone_id, and of
-- others in which the :number is. Amounts, dates and receipts stay: they are the books, and name nobody.
UPDATE transfers t SET payer = NULL, account = NULL, words = NULL
WHERE t.phone_id = :phone_id OR t.payer = ANY (:payers::text[]) OR concat_ws(E'\n', t.payer, t.account, t.words) ~* :number
    OR t.kind = 'paybill' AND t.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id AND role = 'buyer');

-- name: export_number_checks
-- What sources said of the SIM of :phone_id.
SELECT to_jsonb(n) FROM number_checks n WHERE n.phone_id = :phone_id ORDER BY n.asked_at, n.id;

-- name: export_holds
-- The legal holds on :phone_id, past ones too.
SELECT to_jsonb(h) FROM legal_holds h WHERE h.phone_id = :phone_id ORDER BY h.since;

-- name: export_looks
-- Who looked at :phone_id, or at a contract of theirs, when and by which route or command.
SELECT jsonb_build_object('at', l.at, 'operator', l.key_id, 'name', l.name, 'what', l.what)
FROM look_subjects s JOIN looks l ON l.id = s.look_id WHERE s.about = :phone_id ORDER BY l.id;

-- name: export_erasure_requests
-- Which operators want :phone_id erased.
SELECT jsonb_build_object('at', e.at, 'operator', e.operator) FROM erasure_requests e WHERE e.phone_id = :phone_id ORDER BY e.at;

-- name: want_erased
-- Keep that :operator wants the person :phone_id erased. The caller holds the row of the person.
INSERT INTO erasure_requests (phone_id, person, operator, at) VALUES (:phone_id, :person, :operator, :now)
ON CONFLICT (phone_id, person) DO UPDATE SET operator = excluded.operator, at = excluded.at;

-- name: who_else_wants_erased
-- Who, other than :person, has wanted the person :phone_id erased since :since; the first of them. Nobody who was revoked since.
SELECT r.operator FROM erasure_requests r WHERE r.phone_id = :phone_id AND r.person <> :person AND r.at > :since
    AND NOT EXISTS (SELECT FROM operators o WHERE o.revoked_at IS NOT NULL AND r.person = 'operator ' || o.id) ORDER BY r.at LIMIT 1;

-- name: end_request
-- Forget who wanted :phone_id erased: it happens, and their audit chain says who.
DELETE FROM erasure_requests WHERE phone_id = :phone_id;

-- name: erase_sessions
-- Delete sessions in which :phone_id, or somebody about a contract of theirs, did something: how they ended, what their
-- hops were answered and promised, and where they were resumed. The contracts have ended, so none of these hops can act
-- again.
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
-- Replace the texts of messages from and to :phone_id by :mark. Messages that wait are not sent any more, as of :now.
-- Returns id and contract of each message that an audit entry binds.
WITH bound AS (
    SELECT id, contract_id FROM sms_logs WHERE phone_id = :phone_id AND salt IS NOT NULL
), erased AS (
    UPDATE sms_logs
    SET text = :mark, english = NULL, salt = NULL, why = NULL, due_at = NULL, leased_until = NULL,
        settled_at = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN :now ELSE settled_at END,
        status = CASE WHEN status IN ('queued', 'sending', 'unconfirmed') THEN 'expired' ELSE status END
    WHERE phone_id = :phone_id
)
SELECT contract_id, id FROM bound;

-- name: redact_messages
-- In messages of everybody else, replace by :mark what matches :number; in messages about contracts of :phone_id or to
-- people in them, also the names that :person matches. Returns id and contract of each message that an audit entry binds.
WITH theirs AS MATERIALIZED (
    SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id
), others AS MATERIALIZED (
    SELECT phone_id FROM contract_parties WHERE contract_id IN (SELECT contract_id FROM theirs)
)
UPDATE sms_logs m
SET text = regexp_replace(m.text, p.pattern, :mark, 'gi'), english = regexp_replace(m.english, p.pattern, :mark, 'gi'),
    why = regexp_replace(m.why, p.pattern, :mark, 'gi'),
    salt = CASE WHEN concat_ws(E'\n', m.text, m.english) !~* p.pattern THEN m.salt END,
    raw_sender = regexp_replace(m.raw_sender, p.pattern, :mark, 'gi')
FROM sms_logs s
CROSS JOIN LATERAL (SELECT CASE WHEN s.contract_id IN (SELECT contract_id FROM theirs)
    OR s.phone_id IN (SELECT phone_id FROM others) THEN :person ELSE :number END AS pattern) AS p
WHERE s.id = m.id AND concat_ws(E'\n', s.text, s.english, s.why, s.raw_sender) ~* p.pattern
RETURNING m.contract_id, CASE WHEN s.salt IS NOT NULL AND m.salt IS NULL THEN m.id END AS id;

-- name: redact_tries
-- In what providers answered to each try, replace by :mark what matches :number.
UPDATE sms_tries SET why = regexp_replace(why, :number, :mark, 'gi') WHERE why ~* :number;

-- name: redact_reports
-- In what providers reported, replace by :mark what matches :number.
UPDATE sms_reports SET reason = regexp_replace(reason, :number, :mark, 'gi') WHERE reason ~* :number;

-- name: redact_replies
-- In replies to hops of others, replace by :mark what matches :number.
UPDATE acted_hops SET reply = regexp_replace(reply, :number, :mark, 'gi') WHERE reply ~* :number;

-- name: erase_shown
-- Delete texts that somebody was shown before they answered, with what they typed, and words they wrote, in which :number
-- matches or, on a contract of :phone_id, :person; and everything that :phone_id wrote, or had an operator write. These texts are
-- deleted, not changed: a signature is over their hash, and texts that we had changed would pass for what was shown.
-- Returns id and contract of each confirmation whose texts are gone.
DELETE FROM confirmation_texts t USING confirmations c
WHERE c.id = t.confirmation_id AND ((t.words IS NOT NULL AND (c.phone_id = :phone_id OR c.details ->> 'for' = :phone_id::uuid::text))
    OR (c.channel = 'sms' AND t.typed IS NOT NULL AND c.phone_id = :phone_id)
    OR EXISTS (SELECT FROM jsonb_array_elements_text(t.texts || to_jsonb(array_remove(ARRAY[t.words], NULL))
            || coalesce(t.typed, '[]') || coalesce(t.english, '[]')) AS shown
        WHERE shown ~* CASE WHEN c.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id)
            THEN :person ELSE :number END))
RETURNING c.contract_id, c.id;

-- name: redact_deliveries
-- In what was shown before an answer about a delivery, replace by :mark what matches :number, and on a contract of
-- :phone_id what matches :person.
UPDATE deliveries d
SET evidence = jsonb_set(d.evidence, '{shown}', (SELECT coalesce(jsonb_agg(regexp_replace(shown, p.pattern, :mark, 'gi')
    ORDER BY place), '[]') FROM jsonb_array_elements_text(d.evidence -> 'shown') WITH ORDINALITY AS s(shown, place)))
FROM deliveries e
CROSS JOIN LATERAL (SELECT CASE WHEN e.contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id)
    THEN :person ELSE :number END AS pattern) AS p
WHERE e.id = d.id AND EXISTS (SELECT FROM jsonb_array_elements_text(e.evidence -> 'shown') AS shown WHERE shown ~* p.pattern);

-- name: erase_disputes
-- Replace by :mark what :phone_id wrote in disputes, and what :person matches in what others wrote. Returns id and contract
-- of each dispute whose words an audit entry binds.
UPDATE disputes d
SET salt = NULL, words = CASE WHEN opened_by = :phone_id THEN :mark ELSE left(regexp_replace(words, :person, :mark, 'gi'), 500) END,
    appeal_words = CASE WHEN appeal_words IS NULL THEN NULL WHEN appealed_by = :phone_id THEN :mark
        ELSE left(regexp_replace(appeal_words, :person, :mark, 'gi'), 500) END,
    reasons = left(regexp_replace(reasons, :person, :mark, 'gi'), 1000),
    replies = (SELECT coalesce(jsonb_agg(jsonb_build_object('by', r -> 'by', 'words',
        CASE WHEN r ->> 'by' = :phone_id::uuid::text THEN :mark ELSE left(regexp_replace(r ->> 'words', :person, :mark, 'gi'), 500) END)
        ORDER BY place), '[]') FROM jsonb_array_elements(replies) WITH ORDINALITY AS s(r, place))
FROM (SELECT o.id AS bound_id, o.salt AS bound FROM disputes o) AS before
WHERE before.bound_id = d.id AND contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id)
RETURNING d.contract_id, CASE WHEN before.bound IS NOT NULL THEN d.id END AS id;

-- name: erase_requests
-- Delete REST requests that made or changed a contract of :phone_id (they hold a hash of a body with their number), or
-- that have the :number in their key.
DELETE FROM api_requests
WHERE contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id) OR key ~* :number;

-- name: erase_consents
-- Delete what :phone_id answered about being recorded.
DELETE FROM recording_consents WHERE phone_id = :phone_id;

-- name: erase_blocks
-- Delete whom :phone_id blocks, and who blocks them.
DELETE FROM blocks WHERE phone_id = :phone_id OR blocked_phone_id = :phone_id;

-- name: erase_number_checks
-- Delete what sources said of the SIM of :phone_id.
DELETE FROM number_checks WHERE phone_id = :phone_id;

-- name: redact_consents
-- In questions about recording that others were asked, replace by :mark what matches :number.
UPDATE recording_consents SET shown = left(regexp_replace(shown, :number, :mark, 'gi'), 1000) WHERE shown ~* :number;

-- name: redact_holds
-- In the reasons of holds on :phone_id or on their contracts, all of which have ended, replace by :mark what matches
-- :person.
UPDATE legal_holds SET reason = left(regexp_replace(reason, :person, :mark, 'gi'), 500)
WHERE phone_id = :phone_id OR contract_id IN (SELECT contract_id FROM contract_parties WHERE phone_id = :phone_id);

-- name: erase_parties
-- Delete the names of :phone_id in their contracts, and the salts without which nobody can show that a hash in a form
-- is theirs.
UPDATE contract_parties SET name = NULL, salt = NULL WHERE phone_id = :phone_id;

-- name: erase_phone
-- Replace the number of :phone_id by :mark, and delete everything else that is only theirs, as of :now.
UPDATE phones
SET msisdn = :mark, erased_at = :now, name = NULL, language = NULL, language_presumed = NULL, pin_hash = NULL, pin_proved_at = NULL, pin_tries = 0,
    pin_only = NULL, pin_locked_until = NULL, recovery_key = NULL, recovery_until = NULL, recovery_tries = 0, recovered_at = NULL,
    opted_out_at = NULL, opted_in_at = NULL, told_costs_at = NULL, presumed_out_at = NULL, refused_on = '{}'
WHERE id = :phone_id;

-- name: left_over
-- Where :number, or on contracts of :phone_id a name that :person matches, remains: text that all parties agreed to is
-- never changed.
SELECT 'terms of ' || c.reference FROM contracts c JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = :phone_id
WHERE c.terms::text ~* :person
    OR EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = c.id AND o.terms::text ~* :person)
    OR EXISTS (SELECT FROM contract_forms m WHERE m.contract_id = c.id AND convert_from(m.form, 'UTF8')::jsonb -> 'terms' #>> '{}' ~* :person)
UNION ALL
SELECT 'file ' || f.id || ' in a dispute over ' || c.reference FROM dispute_files f JOIN disputes d ON d.id = f.dispute_id
JOIN contracts c ON c.id = d.contract_id JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = :phone_id
UNION ALL
SELECT 'audit entry ' || a.n FROM audit_logs a WHERE audit_text(a) ~* :number;
