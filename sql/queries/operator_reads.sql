-- name: proposals
-- What was proposed about the contract $1 under numbers below $2, $3 at most, highest first; `declined`: who said no.
SELECT o.n, o.kind, o.terms, o.by_id, o.consented, o.waiting, o.status, o.created_at, o.settled_at,
    (SELECT s.phone_id FROM confirmations s WHERE s.contract_id = o.contract_id AND s.terms_version = o.n
        AND s.answer = 'decline' LIMIT 1) AS declined,
    lpad(to_hex(o.n), 32, '0')::uuid AS id
FROM contract_proposals o
WHERE o.contract_id = $1 AND o.n < $2
ORDER BY o.n DESC
LIMIT $3;

-- name: deliveries
-- What was said and reported of deliveries on the contract $1, newest first, $4 at most, before that of $2 with id $3
-- (nulls: from the newest).
SELECT d.id, d.phone_id, d.kind, d.quantity::text AS quantity, coalesce(w.channel, d.evidence ->> 'channel') AS channel,
    d.evidence ->> 'operator' AS operator, d.at AS created_at
FROM deliveries d LEFT JOIN confirmations w ON w.id = d.id
WHERE d.contract_id = $1
    AND (d.at, d.id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY d.at DESC, d.id DESC
LIMIT $4;

-- name: delivery
-- One of `deliveries` by its id, which is its act's.
SELECT d.id, d.phone_id, d.kind, d.quantity::text AS quantity, coalesce(w.channel, d.evidence ->> 'channel') AS channel,
    d.evidence ->> 'operator' AS operator, d.at AS created_at
FROM deliveries d LEFT JOIN confirmations w ON w.id = d.id WHERE d.id = $1;

-- name: entry_of_act
-- What the act $2 did first to the contract $1, as the audit has it.
SELECT action, details, at FROM audit_logs WHERE chain_id = $1 AND act_id = $2 ORDER BY seq LIMIT 1;

-- name: seconds_until_next_ask
-- For how many seconds from $3 the party $2 of the contract $1 is not to be asked again.
SELECT ceil(extract(epoch FROM asked_at + interval '1 hour' - $3::timestamptz))::integer FROM contract_requests
WHERE contract_id = $1 AND phone_id = $2;
