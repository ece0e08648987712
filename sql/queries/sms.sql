-- name: has_acted_on_mo
-- Whether the MO :message_id of :provider was acted on.
SELECT EXISTS (SELECT FROM mo_receipts WHERE provider = :provider AND message_id = :message_id);

-- name: mo_facts
-- Who sent each MO of :lookups (a jsonb array, storage/mo_facts.py), and which contracts it may be about. Every MO has at
-- least one row, with its place in the array, from 1, as `place`. The contracts are: the newest five offers and the newest
-- five proposals that wait for the sender's answer; the one with the `reference` in the MO, whatever its status; and if the
-- MO `wants_newest`, the sender's newest six, and of their newest hundred that are not over the newest three of each role
-- and status (a text without a number is clear only if no other contract can be meant), and the twenty that silence moves on
-- soonest. `waiting_unseen`, `open_unseen`: more than a hundred contracts may wait for the sender's answer, or are not over.
-- Whose are `open_unseen` is asked for the number, whatever is found; so for them it is the newest two of each role and
-- status of their newest twenty that are not over, and the ten that silence moves on soonest. Newest contract first, each
-- with the last three texts we sent this phone about it, oldest first, and the `parts` that were received within ten
-- minutes. `is_repeat`: this phone sent the same text within ten minutes; a phone whose message was not acknowledged sends
-- it again, under another id. `is_copy`: and to the same number of ours. `is_unread`: a YES to the open proposal may be
-- meant for something else, because the last text to this phone about the contract, but for those of :silent_kinds, which ask
-- nothing, was of no kind in :question_kinds, or is not among the last three, which are the evidence of a YES, or the MO is a
-- repeat, or another proposal was settled within the hour; it is false again once we have asked about this proposal
-- (:asked_kinds). `is_pressed`: the sender made three proposals within the hour. `is_withdrawn`: the sender took back a problem with it, and
-- none is open. `answered_at`: when we sent the answers, of a kind in :answer_kinds, that are among the phone's newest 300
-- messages of a day, newest first; `paused_at`: when we sent the last of :pause_kind, which is no answer. `last_said`: our
-- last text to this phone, if it is of the last ten minutes and may still arrive.
SELECT a.place, f.id, f.language, coalesce(f.language_presumed, false) AS language_presumed,
    coalesce(f.opted_out, false) AS opted_out, opted.sent_at AS opted_sent_at,
    coalesce(f.opted_out AND f.opted_out_at = f.presumed_out_at, false) AS is_presumed_out,
    told.answered_at, told.paused_at, told.last_answer, told.last_said, told.is_repeat, told.is_copy, seen.waiting_unseen, seen.open_unseen,
    meant.contract, meant.texts, meant.text_ids, meant.english, meant.parts, meant.is_unread, meant.is_pressed, meant.is_withdrawn
FROM ROWS FROM (jsonb_to_recordset(:lookups) AS (
    msisdn text, text text, reference text, at timestamptz, wants_newest boolean, "to" text)) WITH ORDINALITY
    AS a(msisdn, text, reference, at, wants_newest, "to", place)
LEFT JOIN phones f ON f.msisdn = a.msisdn
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM contract_parties WHERE phone_id = f.id) AS has_contracts,
        EXISTS (SELECT FROM contract_signatures WHERE phone_id = f.id AND status = 'pending' OFFSET 100) AS waiting_unseen,
        EXISTS (SELECT FROM open_contracts WHERE phone_id = f.id OFFSET 100) AS open_unseen
    OFFSET 0 -- looked up once, and not for each contract
) AS seen
CROSS JOIN LATERAL (
    SELECT (array_agg(created_at ORDER BY created_at DESC) FILTER (
            WHERE is_answer AND kind <> :pause_kind))[1 : :most_answers::integer] AS answered_at,
        max(created_at) FILTER (WHERE is_answer AND kind = :pause_kind) AS paused_at,
        (array_agg(text ORDER BY created_at DESC) FILTER (
            WHERE is_answer AND created_at > a.at - interval '1 minute'))[1] AS last_answer,
        (array_agg(CASE WHEN status NOT IN ('failed', 'rejected', 'expired') THEN text END ORDER BY created_at DESC, id DESC)
            FILTER (WHERE is_recent))[1] AS last_said,
        count(*) FILTER (WHERE is_same) > 0 AS is_repeat,
        coalesce(bool_or(shortcode = a."to") FILTER (WHERE is_same), false) AS is_copy
    FROM (
        SELECT id, kind, text, status, shortcode, created_at, direction = 'out' AND kind = ANY (:answer_kinds::text[]) AS is_answer,
            direction = 'in' AND text = a.text AND created_at > a.at - interval '10 minutes' AS is_same,
            direction = 'out' AND created_at > a.at - interval '10 minutes' AS is_recent
        FROM sms_logs
        -- Not `phone_id =`: so that only the index of phone and time has this order. By the index of time alone, the
        -- messages of everybody else would be read too.
        WHERE phone_id = ANY (ARRAY[f.id]) AND created_at > a.at - interval '1 day'
        ORDER BY phone_id, created_at DESC, id DESC LIMIT 300) AS newest
    WHERE is_answer OR is_same OR is_recent
) AS told
LEFT JOIN LATERAL (
    -- When the last STOP or START was sent, by the provider's clock, unless that was ahead of ours.
    SELECT CASE WHEN (details ->> 'sent_at')::timestamptz <= at THEN (details ->> 'sent_at')::timestamptz END AS sent_at
    FROM audit_actions
    WHERE chain_id = f.id AND action IN ('messages.stopped', 'messages.started')
        AND (f.opted_out_at IS NOT NULL OR f.opted_in_at IS NOT NULL)
    ORDER BY seq DESC LIMIT 1
) AS opted ON true
LEFT JOIN LATERAL (
    SELECT c.created_at, row_to_json(c) AS contract, shown.texts, shown.text_ids, shown.english, counted.parts,
        c.proposal IS NOT NULL AND NOT coalesce(asked.is_read, false) AS is_unread, often.is_pressed,
        c.dispute IS NULL AND EXISTS (SELECT FROM confirmations w WHERE w.contract_id = about.contract_id
            AND w.phone_id = f.id AND w.answer = 'withdraw') AS is_withdrawn
    FROM (
        (SELECT s.contract_id
         FROM (SELECT contract_id FROM contract_signatures WHERE phone_id = f.id AND status = 'pending'
             ORDER BY contract_id DESC LIMIT 100) AS s
         JOIN contracts k ON k.id = s.contract_id
         WHERE k.status = 'PENDING' LIMIT 5)
        UNION
        (SELECT contract_id FROM waiting_proposals WHERE phone_id = f.id ORDER BY contract_id DESC LIMIT 5)
        UNION
        SELECT k.id FROM contracts k JOIN contract_parties p ON p.contract_id = k.id
        WHERE p.phone_id = f.id AND k.reference = a.reference
        UNION
        (SELECT p.contract_id FROM contract_parties p WHERE p.phone_id = f.id AND a.wants_newest
         ORDER BY p.since DESC, p.contract_id DESC LIMIT CASE WHEN seen.open_unseen THEN 0 ELSE 6 END)
        UNION
        (SELECT contract_id FROM (
            SELECT p.contract_id, row_number() OVER (PARTITION BY p.role, k.status ORDER BY p.since DESC) AS newest_first
            FROM (SELECT contract_id, role, since FROM open_contracts WHERE phone_id = f.id AND a.wants_newest
                ORDER BY since DESC, contract_id DESC LIMIT CASE WHEN seen.open_unseen THEN 20 ELSE 100 END) AS p
            JOIN contracts k ON k.id = p.contract_id) AS live
         WHERE newest_first <= CASE WHEN seen.open_unseen THEN 2 ELSE 3 END)
        UNION
        (SELECT p.contract_id FROM open_contracts p
         WHERE p.phone_id = f.id AND a.wants_newest AND p.silence_at IS NOT NULL
         ORDER BY p.silence_at LIMIT CASE WHEN seen.open_unseen THEN 10 ELSE 20 END)
    ) AS about
    JOIN contract_records c ON c.id = about.contract_id
    CROSS JOIN LATERAL (
        SELECT array_agg(text ORDER BY created_at, id) AS texts, array_agg(id ORDER BY created_at, id) AS text_ids,
            array_agg(english ORDER BY created_at, id) AS english
        FROM (
            SELECT id, text, english, created_at FROM sms_logs WHERE contract_id = about.contract_id AND phone_id = f.id
                AND direction = 'out' ORDER BY created_at DESC LIMIT 3) AS newest
    ) AS shown
    CROSS JOIN LATERAL (
        SELECT array_agg(d.quantity) AS parts FROM deliveries d
        WHERE d.contract_id = about.contract_id AND d.kind = 'part' AND d.at > a.at - interval '10 minutes'
    ) AS counted
    LEFT JOIN LATERAL (
        SELECT m.status IN ('sending', 'unconfirmed', 'submitted', 'delivered') AND m.kind = ANY (:question_kinds::text[])
            AND m.id = ANY (shown.text_ids) AND (
            NOT told.is_repeat AND NOT EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = about.contract_id
                AND o.status <> 'pending' AND o.settled_at > a.at - interval '1 hour')
            OR EXISTS (SELECT FROM sms_logs q WHERE q.contract_id = about.contract_id AND q.phone_id = f.id
                AND q.kind = ANY (:asked_kinds::text[]) AND q.status IN ('sending', 'unconfirmed', 'submitted', 'delivered')
                AND q.created_at >= (c.proposal ->> 'created_at')::timestamptz)) AS is_read
        FROM sms_logs m
        WHERE c.proposal IS NOT NULL AND m.contract_id = about.contract_id AND m.phone_id = f.id AND m.direction = 'out'
            AND m.kind <> ALL (:silent_kinds::text[])
        ORDER BY m.created_at DESC, m.kind = ANY (:question_kinds::text[]) DESC LIMIT 1
    ) AS asked ON true
    CROSS JOIN LATERAL (
        SELECT count(*) >= 3 AS is_pressed FROM contract_proposals o WHERE o.contract_id = about.contract_id
            AND o.by_id = f.id AND o.created_at > a.at - interval '1 hour'
    ) AS often
    WHERE seen.has_contracts
    OFFSET 0 -- planned apart from the rest, so that none of it runs for a sender without contracts
) AS meant ON true
ORDER BY a.place, meant.created_at DESC;

-- name: block_target
-- Whom :msisdn means by BLOCK or UNBLOCK: the person with the number :number; else who made them the contract :reference;
-- else, if both are null, who made them the newest offer since :since.
SELECT f.id, f.msisdn FROM phones f WHERE f.msisdn = :number
UNION ALL
(SELECT f.id, f.msisdn FROM phones me JOIN offers o ON o.addressee_id = me.id JOIN phones f ON f.id = o.maker_id
    JOIN contracts c ON c.id = o.contract_id
WHERE :number::text IS NULL AND me.msisdn = :msisdn AND f.erased_at IS NULL
    AND CASE WHEN :reference::text IS NULL THEN o.at > :since ELSE c.reference = :reference END
ORDER BY o.at DESC LIMIT 1);
