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
    CASE WHEN count(*) OVER () = 1 THEN (SELECT row_to_json(r) FROM contract_records r WHERE r.id = c.id) END AS only
FROM (SELECT contract_id, phone_id, since, role FROM contract_parties
    WHERE phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn) ORDER BY since DESC, contract_id DESC LIMIT 40) AS p
JOIN contracts c ON c.id = p.contract_id
WHERE c.status IN ('CONFIRMED', 'ACTIVE') AND p.role IN ('buyer', 'seller')
ORDER BY p.since DESC, p.contract_id DESC;

-- name: by_ids
-- The contracts with the ids :contract_ids, in no order.
SELECT c.id, row_to_json(c) AS contract FROM contract_records c WHERE c.id = ANY (:contract_ids);

-- name: by_reference
-- The contract with the reference :reference (8 digits).
SELECT row_to_json(c) AS contract FROM contract_records c WHERE c.reference = :reference;

-- name: newest
-- Id and time of up to :most contracts, newest first, that follow the one with id :after_id made at :after_at (nulls: from
-- the newest).
SELECT id, created_at AS at FROM contracts
WHERE (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_status
-- Like `newest`, of those with the :status. Not `status =`: so that only the index of status and time has this order. By
-- the index of time alone, a status that no contract has would cost a walk through all.
SELECT id, created_at AS at FROM contracts
WHERE status = ANY (ARRAY[:status])
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY status, created_at DESC, id DESC LIMIT :most;

-- name: newest_stopped
-- Like `newest`, of those whose clock stands.
SELECT id, created_at AS at FROM contracts
WHERE clock_stopped_at IS NOT NULL
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_phone
-- Like `newest`, of those of which :msisdn is a party; the time is when they became one.
SELECT contract_id AS id, since AS at FROM contract_parties
WHERE phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn)
    AND (since, contract_id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY since DESC, contract_id DESC LIMIT :most;

-- name: newest_of_party
-- Like `newest_of_phone`, of the person with the id :party.
SELECT contract_id AS id, since AS at FROM contract_parties
WHERE phone_id = :party
    AND (since, contract_id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY since DESC, contract_id DESC LIMIT :most;

-- name: newest_of_reference
-- Like `newest`, of the one with the :reference.
SELECT id, created_at AS at FROM contracts
WHERE reference = :reference
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
LIMIT :most;

-- name: newest_changed
-- Like `newest`, but those that changed last come first: the time is that of a contract's last audit entry.
SELECT a.chain_id AS id, a.at FROM audit_logs a
WHERE (a.at, a.chain_id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND NOT EXISTS (SELECT FROM audit_logs l WHERE l.chain_id = a.chain_id AND l.seq = a.seq + 1)
ORDER BY a.at DESC, a.chain_id DESC LIMIT :most;

-- name: count_with_words
-- How many contracts have had all :words in their terms, or in a text that was said about them: at most :most are counted.
SELECT count(*) FROM (
    (SELECT m.contract_id FROM contract_forms m WHERE form_words(m.form) @@ plainto_tsquery('simple', :words) LIMIT :most)
    UNION ALL
    (SELECT w.contract_id FROM confirmation_texts t JOIN confirmations w ON w.id = t.confirmation_id
     WHERE to_tsvector('simple', t.words) @@ plainto_tsquery('simple', :words) LIMIT :most)
    LIMIT :most
) AS found;

-- name: newest_with_words
-- Like `newest`, of those that count_with_words counts: all of them are read, and so there should be few.
SELECT c.id, c.created_at AS at FROM contracts c
WHERE c.id IN (
        SELECT m.contract_id FROM contract_forms m WHERE form_words(m.form) @@ plainto_tsquery('simple', :words)
        UNION
        SELECT w.contract_id FROM confirmation_texts t JOIN confirmations w ON w.id = t.confirmation_id
        WHERE to_tsvector('simple', t.words) @@ plainto_tsquery('simple', :words))
    AND (c.created_at, c.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY c.created_at DESC, c.id DESC LIMIT :most;

-- name: shown
-- Up to :most of the contracts :ids, in their order, that have the :status, the :type, the :reference, a party with the
-- number :with_msisdn and the person :with_party, all :words in their terms or in one text that was said, that were made since
-- :since and changed since :updated_since and, if :clock_stopped, whose clock stands. A null limits nothing.
SELECT k.id, row_to_json(c) AS contract
FROM (SELECT k.id, i.place FROM unnest(:ids::uuid[]) WITH ORDINALITY AS i(id, place) JOIN contracts k ON k.id = i.id
    WHERE (:status::text IS NULL OR k.status = :status) AND (NOT :clock_stopped::boolean OR k.clock_stopped_at IS NOT NULL)
        AND (:type::text IS NULL OR k.type = :type) AND (:reference::text IS NULL OR k.reference = :reference)
        AND (:since::timestamptz IS NULL OR k.created_at >= :since)
        AND (:updated_since::timestamptz IS NULL OR EXISTS (SELECT FROM audit_logs a
            WHERE a.chain_id = k.id AND a.at >= :updated_since))
        AND (:with_msisdn::text IS NULL OR EXISTS (SELECT FROM contract_parties p
            WHERE p.contract_id = k.id AND p.phone_id = (SELECT id FROM phones WHERE msisdn = :with_msisdn)))
        AND (:with_party::uuid IS NULL OR EXISTS (SELECT FROM contract_parties p
            WHERE p.contract_id = k.id AND p.phone_id = :with_party))
        AND (:words::text IS NULL
            OR to_tsvector('simple', (k.terms ->> 'product') || ' ' || coalesce(k.terms ->> 'delivery_place', ''))
                @@ plainto_tsquery('simple', :words)
            OR EXISTS (SELECT FROM confirmations w JOIN confirmation_texts t ON t.confirmation_id = w.id
                WHERE w.contract_id = k.id AND to_tsvector('simple', t.words) @@ plainto_tsquery('simple', :words)))
    ORDER BY i.place LIMIT :most) AS k
JOIN contract_records c ON c.id = k.id
ORDER BY k.place;

-- name: audit
-- The actions in the audit chain :chain_id, oldest first; those of one entry have the same seq.
SELECT seq, at, actor_id, channel, action, details, encode(prev_hash, 'hex') AS prev_hash, encode(hash, 'hex') AS hash
FROM audit_actions WHERE chain_id = :chain_id ORDER BY seq, place;
