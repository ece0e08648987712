-- name: next
-- The next contract after :after whose rows no entry binds yet, locked until the transaction ends; one that somebody else
-- changes or binds is left out. No row: there is none.
SELECT u.contract_id FROM unbound_contracts u JOIN contracts c ON c.id = u.contract_id
WHERE u.contract_id > :after ORDER BY u.contract_id LIMIT 1
FOR UPDATE OF u SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED;

-- name: are_left
-- Whether there is a contract whose rows no entry binds yet.
SELECT EXISTS (SELECT FROM unbound_contracts);

-- name: salt_messages
-- Give each SMS about the contract :contract_id a salt, except those that somebody else is changing now.
WITH free AS MATERIALIZED (
    SELECT id FROM sms_logs WHERE contract_id = :contract_id AND salt IS NULL AND wiped_at IS NULL FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE sms_logs m SET salt = uuid_send(gen_random_uuid()) FROM free WHERE m.id = free.id;

-- name: salt_disputes
-- Give each dispute over the contract :contract_id a salt, except one that somebody else is changing now.
WITH free AS MATERIALIZED (
    SELECT id FROM disputes WHERE contract_id = :contract_id AND salt IS NULL FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE disputes d SET salt = uuid_send(gen_random_uuid()) FROM free WHERE d.id = free.id;

-- name: bind
-- Write the entry with :text into the chain of the contract :contract_id, in the act :act_id at :now.
WITH entry AS (
    INSERT INTO audit_logs (chain_id, seq, at, actor_id, act_id, prev_hash, hash, text)
    SELECT c.id, c.entries + 1, :now::timestamptz, NULL, :act_id::uuid, c.head, sha256(c.head || convert_to(:text::text, 'UTF8')), :text::text
    FROM contracts c WHERE c.id = :contract_id
    RETURNING chain_id, seq, hash
)
UPDATE contracts c SET head = e.hash, entries = e.seq FROM entry e WHERE c.id = e.chain_id;

-- name: done
-- The contract :contract_id is bound.
DELETE FROM unbound_contracts WHERE contract_id = :contract_id;
