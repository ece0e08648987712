-- name: idempotency_key
-- The request that used the Idempotency-Key :key. No row: the key is unused.
SELECT fingerprint, act_id, contract_id FROM api_requests WHERE key = :key;

-- name: proposals
-- Up to :most proposals about the contract :contract_id with numbers below :below, highest first. `declined`: the party
-- who said no.
SELECT o.n, o.kind, o.terms, o.by_id, o.consented, o.waiting, o.split_minor, o.status, o.created_at, o.settled_at,
    (SELECT s.phone_id FROM confirmations s WHERE s.contract_id = o.contract_id AND s.terms_version = o.n
        AND s.answer = 'decline' LIMIT 1) AS declined,
    lpad(to_hex(o.n), 32, '0')::uuid AS id
FROM contract_proposals o
WHERE o.contract_id = :contract_id AND o.n < :below
ORDER BY o.n DESC
LIMIT :most;

-- name: deliveries
-- Up to :most deliveries on the contract :contract_id, newest first, that follow the one with id :after_id made at
-- :after_at (nulls: from the newest).
SELECT d.id, d.phone_id, d.kind, d.quantity::text AS quantity, coalesce(w.channel, d.evidence ->> 'channel') AS channel,
    d.evidence ->> 'operator' AS operator, d.at AS created_at
FROM deliveries d LEFT JOIN confirmations w ON w.id = d.id
WHERE d.contract_id = :contract_id
    AND (d.at, d.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY d.at DESC, d.id DESC
LIMIT :most;

-- name: delivery
-- The delivery :delivery_id, whose id is that of its act, with the columns of `deliveries`.
SELECT d.id, d.phone_id, d.kind, d.quantity::text AS quantity, coalesce(w.channel, d.evidence ->> 'channel') AS channel,
    d.evidence ->> 'operator' AS operator, d.at AS created_at
FROM deliveries d LEFT JOIN confirmations w ON w.id = d.id WHERE d.id = :delivery_id;

-- name: entry_of_act
-- The first action that the act :act_id wrote into the audit about the contract :contract_id.
SELECT action, details, at FROM audit_actions WHERE chain_id = :contract_id AND act_id = :act_id
ORDER BY seq, place LIMIT 1;

-- name: person
-- The person with the phone :msisdn.
SELECT id, msisdn, language FROM phones WHERE msisdn = :msisdn;

-- name: blocks
-- Whom the person :phone_id blocks: at most a thousand, those blocked first.
SELECT f.msisdn, b.at FROM blocks b JOIN phones f ON f.id = b.blocked_phone_id WHERE b.phone_id = :phone_id
ORDER BY b.at, f.msisdn LIMIT 1000;

-- name: seconds_until_next_ask
-- For how many seconds from :now an operator may not ask the party :phone_id of the contract :contract_id again.
SELECT ceil(extract(epoch FROM asked_at + interval '1 hour' - :now::timestamptz))::integer FROM contract_requests
WHERE contract_id = :contract_id AND phone_id = :phone_id;
