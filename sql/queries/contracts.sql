-- name: of_callers
-- The newest 40 contracts of each msisdn of $1, newest first: as much of each as a line in a list says.
SELECT f.msisdn AS caller, c.id, c.status, c.terms ->> 'product' AS product, c.total_minor, c.currency,
    c.status = 'PENDING' AND coalesce(s.status = 'pending', false)
        OR EXISTS (SELECT FROM contract_proposals o
            WHERE o.contract_id = c.id AND o.status = 'pending' AND o.waiting @> ARRAY[f.id]) AS waits, p.role
FROM phones f
CROSS JOIN LATERAL (SELECT contract_id, since, role FROM contract_parties WHERE phone_id = f.id
    ORDER BY since DESC, contract_id DESC LIMIT 40) AS p
JOIN contracts c ON c.id = p.contract_id
LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = f.id
WHERE f.msisdn = ANY ($1)
ORDER BY f.msisdn, p.since DESC, p.contract_id DESC;

-- name: by_ids
-- The contracts of $1, in no order.
SELECT c.id, to_jsonb(c) AS contract FROM contract_records c WHERE c.id = ANY ($1);

-- name: by_reference
-- The contract a person names by its 8 digits.
SELECT to_jsonb(c) AS contract FROM contract_records c WHERE c.reference = $1;

-- name: page
-- Contracts newest first, $3 at most, after the one made at $1 with id $2 (nulls: from the newest);
-- $4 only those of this status, $5 only those this msisdn is a party of (nulls: any).
SELECT to_jsonb(c) AS contract, c.created_at, c.id
FROM contract_records c
WHERE (c.created_at, c.id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($4::text IS NULL OR c.status = $4)
    AND ($5::text IS NULL OR c.id IN (SELECT p.contract_id FROM contract_parties p
        JOIN phones f ON f.id = p.phone_id WHERE f.msisdn = $5))
ORDER BY c.created_at DESC, c.id DESC
LIMIT $3;

-- name: answerable
-- What messages may be about. $1 is a jsonb array of them (see storage/answerable.py); each has a row at least, under its
-- `place` in the array, from 1. Of one from `msisdn` at `at`: the contracts that wait for its answer, and the one it names
-- by `reference` whatever its state; where it `wants_newest` also its newest six, and the newest three of each role and
-- state that are not over, however old: a word without a number is only clear where no other contract can be meant. Newest
-- first, each with the last three texts we sent this phone about it, oldest first, and the `parts` that came within ten
-- minutes. `is_repeat`: in them this phone sent the very same text; one whose message was not acknowledged sends it again,
-- under another id. `is_unread`: a yes to what is proposed may be for something else, because the last text that this phone
-- was sent was no such question ($3), or it is a repeat, or another was proposed within the hour; that we asked back what
-- is proposed now (`meant_yes`) settles it. `is_pressed`: it proposed three times within the hour. `answers_...`: how many
-- of the phone's newest 300 messages of a day were ours and of the kinds $2; `helped`: our help among them.
SELECT a.place, f.id, f.language, coalesce(f.opted_out, false) AS opted_out, opted.sent_at AS opted_sent_at,
    coalesce(told.helped, false) AS helped, told.in_hour AS answers_in_hour, told.in_day AS answers_in_day, told.last_answer,
    meant.contract, meant.texts, meant.parts, meant.is_repeat, meant.is_unread, meant.is_pressed
FROM ROWS FROM (jsonb_to_recordset($1) AS (
    msisdn text, text text, reference text, at timestamptz, wants_newest boolean)) WITH ORDINALITY
    AS a(msisdn, text, reference, at, wants_newest, place)
LEFT JOIN phones f ON f.msisdn = a.msisdn
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM contract_parties WHERE phone_id = f.id) AS has_contracts) AS party
CROSS JOIN LATERAL (
    SELECT bool_or(kind IN ('help', 'help_selling', 'help_buying')) AS helped, count(*) AS in_day,
        count(*) FILTER (WHERE created_at > a.at - interval '1 hour') AS in_hour,
        (array_agg(text ORDER BY created_at DESC) FILTER (WHERE created_at > a.at - interval '1 minute'))[1] AS last_answer
    FROM (SELECT direction, kind, text, created_at FROM sms_logs
        WHERE phone_id = f.id AND created_at > a.at - interval '1 day'
        ORDER BY created_at DESC, id DESC LIMIT 300) AS newest
    WHERE direction = 'out' AND kind = ANY ($2::text[])
) AS told
LEFT JOIN LATERAL (
    -- When the last STOP or START was sent, by the provider's clock.
    SELECT (details ->> 'sent_at')::timestamptz AS sent_at FROM audit_logs
    WHERE chain_id = f.id AND action IN ('messages.stopped', 'messages.started')
        AND (f.opted_out_at IS NOT NULL OR f.opted_in_at IS NOT NULL)
    ORDER BY seq DESC LIMIT 1
) AS opted ON true
LEFT JOIN LATERAL (
    SELECT c.created_at, to_jsonb(c) AS contract, shown.texts, counted.parts, again.is_repeat,
        c.proposal IS NOT NULL AND NOT coalesce(asked.is_read, false) AS is_unread, often.is_pressed
    FROM (
        (SELECT s.contract_id FROM contract_signatures s JOIN contracts k ON k.id = s.contract_id
         WHERE s.phone_id = f.id AND s.status = 'pending' AND k.status = 'PENDING'
         ORDER BY k.created_at DESC LIMIT 10)
        UNION
        SELECT o.contract_id FROM contract_proposals o WHERE o.status = 'pending' AND o.waiting @> ARRAY[f.id]
        UNION
        SELECT k.id FROM contracts k JOIN contract_parties p ON p.contract_id = k.id
        WHERE p.phone_id = f.id AND k.reference = a.reference
        UNION
        (SELECT p.contract_id FROM contract_parties p WHERE p.phone_id = f.id AND a.wants_newest
         ORDER BY p.since DESC, p.contract_id DESC LIMIT 6)
        UNION
        (SELECT contract_id FROM (
            SELECT p.contract_id, row_number() OVER (PARTITION BY p.role, k.status ORDER BY p.since DESC) AS newest_first
            FROM contract_parties p JOIN contracts k ON k.id = p.contract_id
            WHERE p.phone_id = f.id AND a.wants_newest
                AND k.status IN ('PENDING', 'CONFIRMED', 'ACTIVE', 'DISPUTED')) AS live
         WHERE newest_first <= 3)
    ) AS about
    JOIN contract_records c ON c.id = about.contract_id
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM sms_logs r WHERE r.phone_id = f.id AND r.direction = 'in'
        AND r.created_at > a.at - interval '10 minutes' AND r.text = a.text) AS is_repeat) AS again
    CROSS JOIN LATERAL (
        SELECT array_agg(text ORDER BY created_at) AS texts FROM (
            SELECT text, created_at FROM sms_logs WHERE contract_id = about.contract_id AND phone_id = f.id
                AND direction = 'out' ORDER BY created_at DESC LIMIT 3) AS newest
    ) AS shown
    CROSS JOIN LATERAL (
        SELECT array_agg(d.quantity) AS parts FROM deliveries d
        WHERE d.contract_id = about.contract_id AND d.kind = 'part' AND d.at > a.at - interval '10 minutes'
    ) AS counted
    LEFT JOIN LATERAL (
        SELECT m.status IN ('sending', 'unconfirmed', 'submitted', 'delivered') AND m.kind = ANY ($3::text[]) AND (
            NOT again.is_repeat AND NOT EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = about.contract_id
                AND o.status <> 'pending' AND o.settled_at > a.at - interval '1 hour')
            OR EXISTS (SELECT FROM sms_logs q WHERE q.contract_id = about.contract_id AND q.phone_id = f.id
                AND q.kind = 'meant_yes' AND q.status IN ('sending', 'unconfirmed', 'submitted', 'delivered')
                AND q.created_at >= (c.proposal ->> 'created_at')::timestamptz)) AS is_read
        FROM sms_logs m
        WHERE c.proposal IS NOT NULL AND m.contract_id = about.contract_id AND m.phone_id = f.id AND m.direction = 'out'
        ORDER BY m.created_at DESC, m.kind = ANY ($3::text[]) DESC LIMIT 1
    ) AS asked ON true
    CROSS JOIN LATERAL (
        SELECT count(*) >= 3 AS is_pressed FROM contract_proposals o WHERE o.contract_id = about.contract_id
            AND o.by_id = f.id AND o.created_at > a.at - interval '1 hour'
    ) AS often
    WHERE party.has_contracts
    OFFSET 0 -- planned apart from the rest, so that for who has no contract none of it is begun
) AS meant ON true
ORDER BY a.place, meant.created_at DESC;

-- name: audit
-- The audit of a contract, first entry first.
SELECT seq, at, actor_id, channel, action, details, encode(prev_hash, 'hex') AS prev_hash, encode(hash, 'hex') AS hash
FROM audit_logs WHERE chain_id = $1 ORDER BY seq;

-- name: page_of_phone
-- Those of `page` that this msisdn ($5, not null) is a party of: one walk of the phone's own index, however many others
-- there are.
SELECT to_jsonb(c) AS contract, p.since AS created_at, p.contract_id AS id
FROM contract_parties p JOIN contract_records c ON c.id = p.contract_id
WHERE p.phone_id = (SELECT id FROM phones WHERE msisdn = $5)
    AND (p.since, p.contract_id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($4::text IS NULL OR c.status = $4)
ORDER BY p.since DESC, p.contract_id DESC
LIMIT $3;
