-- name: note
-- Write the look :id: who saw, at :now, which of the contracts, people and messages with these :ids or :msisdns. A look at a
-- contract is one at its parties, and a look at a message is one at its phone. Nothing is written if nothing of these is known.
WITH contract AS MATERIALIZED (
    SELECT c.id FROM contracts c WHERE c.id = ANY (:ids::uuid[])
), message AS MATERIALIZED (
    SELECT m.id, m.phone_id FROM sms_logs m WHERE m.id = ANY (:ids::uuid[])
), person AS MATERIALIZED (
    SELECT f.id FROM phones f WHERE f.id = ANY (:ids::uuid[])
    UNION SELECT f.id FROM phones f WHERE f.msisdn = ANY (:msisdns::text[])
    UNION SELECT p.phone_id FROM contract c JOIN contract_parties p ON p.contract_id = c.id
    UNION SELECT phone_id FROM message WHERE phone_id IS NOT NULL
), look AS (
    INSERT INTO looks (id, at, key_id, name, what, contracts, phones, messages)
    SELECT :id, :now, :key_id, :name, :what, f.contracts, f.phones, f.messages
    FROM (SELECT ARRAY(SELECT id FROM contract) AS contracts, ARRAY(SELECT id FROM person) AS phones,
        ARRAY(SELECT id FROM message) AS messages) AS f
    WHERE cardinality(f.contracts || f.phones || f.messages) > 0
    RETURNING id
)
INSERT INTO look_subjects (about, look_id) SELECT s.id, l.id FROM look l, (SELECT id FROM contract UNION SELECT id FROM person) AS s;

-- name: newest
-- Up to :most looks, newest first, that follow the look :after_id (null: from the newest).
SELECT l.id, l.at AS created_at, l.key_id, l.name, l.what, l.contracts, l.phones, l.messages FROM looks l
WHERE l.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY l.id DESC LIMIT :most;

-- name: newest_about
-- Up to :most looks at the contract or person :about, newest first, that follow the look :after_id (null: from the newest).
SELECT l.id, l.at AS created_at, l.key_id, l.name, l.what, l.contracts, l.phones, l.messages
FROM (SELECT look_id FROM look_subjects WHERE about = :about AND look_id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY look_id DESC LIMIT :most) AS s
JOIN looks l ON l.id = s.look_id ORDER BY l.id DESC;

-- name: newest_by
-- Up to :most looks with the keys :key_ids, newest first, that follow the look :after_id (null: from the newest).
SELECT l.id, l.at AS created_at, l.key_id, l.name, l.what, l.contracts, l.phones, l.messages
FROM unnest(:key_ids::text[]) AS k(id)
CROSS JOIN LATERAL (SELECT * FROM looks b
    WHERE b.key_id = k.id AND b.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY b.id DESC LIMIT :most) AS l
ORDER BY l.id DESC LIMIT :most;
