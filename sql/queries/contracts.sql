-- name: of_callers
-- The newest 40 contracts of each phone in :msisdns, newest first, as a list shows them. `waits`: whether it waits for
-- the answer of this phone.
SELECT f.msisdn AS caller, c.id, c.status, c.terms ->> 'product' AS product, c.total_minor, c.currency,
    c.status = 'PENDING' AND coalesce(s.status = 'pending', false)
        OR EXISTS (SELECT FROM contract_proposals o
            WHERE o.contract_id = c.id AND o.status = 'pending' AND o.waiting @> ARRAY[f.id]) AS waits, p.role
FROM phones f
CROSS JOIN LATERAL (SELECT contract_id, since, role FROM contract_parties WHERE phone_id = f.id
    ORDER BY since DESC, contract_id DESC LIMIT 40) AS p
JOIN contracts c ON c.id = p.contract_id
LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = f.id
WHERE f.msisdn = ANY (:msisdns)
ORDER BY f.msisdn, p.since DESC, p.contract_id DESC;

-- name: deliveries_of_caller
-- Of the newest 40 contracts of :msisdn those that are under way and of which they are a buyer or seller, newest first.
-- `only`: the whole contract, where it is the only one.
SELECT c.id, c.status, c.terms ->> 'product' AS product, c.total_minor, c.currency,
    EXISTS (SELECT FROM contract_proposals o
        WHERE o.contract_id = c.id AND o.status = 'pending' AND o.waiting @> ARRAY[p.phone_id]) AS waits,
    p.role, p.role = 'buyer' AND c.status = 'ACTIVE' AND c.delivered_at IS NOT NULL AND NOT EXISTS (SELECT FROM deliveries v
        WHERE v.contract_id = c.id AND v.kind = 'part' AND v.at >= c.delivered_at) AS awaits_receipt,
    CASE WHEN count(*) OVER () = 1 THEN (SELECT to_jsonb(r) FROM contract_records r WHERE r.id = c.id) END AS only
FROM (SELECT contract_id, phone_id, since, role FROM contract_parties
    WHERE phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn) ORDER BY since DESC, contract_id DESC LIMIT 40) AS p
JOIN contracts c ON c.id = p.contract_id
WHERE c.status IN ('CONFIRMED', 'ACTIVE') AND p.role IN ('buyer', 'seller')
ORDER BY p.since DESC, p.contract_id DESC;

-- name: by_ids
-- The contracts with the ids :contract_ids, in no order.
SELECT c.id, to_jsonb(c) AS contract FROM contract_records c WHERE c.id = ANY (:contract_ids);

-- name: by_reference
-- The contract with the reference :reference (8 digits).
SELECT to_jsonb(c) AS contract FROM contract_records c WHERE c.reference = :reference;

-- name: page
-- Up to :most contracts, newest first, that follow the one with id :after_id made at :after_at (nulls: from the
-- newest). :status and :msisdn (of a party) limit them; null means any. :clock_stopped: only those whose clock stands.
SELECT to_jsonb(c) AS contract, c.created_at, c.id
FROM contract_records c
WHERE (c.created_at, c.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:status::text IS NULL OR c.status = :status)
    AND (NOT :clock_stopped::boolean OR c.clock_stopped_at IS NOT NULL)
    AND (:msisdn::text IS NULL OR c.id IN (SELECT p.contract_id FROM contract_parties p
        JOIN phones f ON f.id = p.phone_id WHERE f.msisdn = :msisdn))
ORDER BY c.created_at DESC, c.id DESC
LIMIT :most;

-- name: audit
-- The actions in the audit chain :chain_id, oldest first; those of one entry have the same seq.
SELECT seq, at, actor_id, channel, action, details, encode(prev_hash, 'hex') AS prev_hash, encode(hash, 'hex') AS hash
FROM audit_actions WHERE chain_id = :chain_id ORDER BY seq, place;

-- name: page_of_phone
-- Like `page` for one :msisdn, which is not null: reads along the index of this phone, so that contracts of others cost
-- nothing.
SELECT to_jsonb(c) AS contract, p.since AS created_at, p.contract_id AS id
FROM contract_parties p JOIN contract_records c ON c.id = p.contract_id
WHERE p.phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn)
    AND (p.since, p.contract_id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:status::text IS NULL OR c.status = :status)
    AND (NOT :clock_stopped::boolean OR c.clock_stopped_at IS NOT NULL)
ORDER BY p.since DESC, p.contract_id DESC
LIMIT :most;
