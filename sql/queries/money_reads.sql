-- name: newest
-- Id and time of up to :most payments, newest first, that follow the one with id :after_id made at :after_at (nulls: from
-- the newest).
SELECT id, created_at AS at FROM payments
WHERE (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: newest_of_status
-- Like `newest`, of those with the :status. Not `status =`: so that only the index of status and time has this order.
SELECT id, created_at AS at FROM payments
WHERE status = ANY (ARRAY[:status])
    AND (created_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY status, created_at DESC, id DESC LIMIT :most;

-- name: shown
-- Up to :most of the payments :ids, in their order, that have the :status (null limits nothing), with the sums of their ledger.
SELECT p.id, p.contract_id, c.reference, p.status, p.due_minor, p.fee_minor, p.currency, p.created_at, p.locked_at, p.ended_at,
    (SELECT jsonb_object_agg(a.account, jsonb_build_array(a.credited, a.debited)) FROM ledger_accounts a
        WHERE a.scope = p.contract_id) AS accounts
FROM unnest(:ids::uuid[]) WITH ORDINALITY AS i(id, place)
JOIN payments p ON p.id = i.id
JOIN contracts c ON c.id = p.contract_id
WHERE :status::text IS NULL OR p.status = :status
ORDER BY i.place LIMIT :most;

-- name: id_of
-- The id of the payment with this id, or of the contract with this id or this reference. No row: there is none.
SELECT p.id FROM payments p JOIN contracts c ON c.id = p.contract_id
WHERE p.id = :id OR p.contract_id = :id OR c.reference = :reference LIMIT 1;

-- name: transfers_of
-- The newest :most transfers of the contract :contract_id, newest first.
SELECT t.id, t.kind, f.msisdn, t.amount_minor, t.currency, t.status, t.rail, t.own_id, t.receipt, t.reason, t.code, t.words,
    t.held_why, t.tries, t.created_at, t.sent_at, t.ended_at, t.due_at, t.retries
FROM transfers t LEFT JOIN phones f ON f.id = t.phone_id
WHERE t.contract_id = :contract_id
ORDER BY t.created_at DESC, t.id DESC LIMIT :most;

-- name: waiting
-- Up to :most transfers that a person has to look at, oldest first: payouts that failed and are not ordered again, wait for
-- approval, or are of an amount that the rail does not move; transfers without an outcome since before :since; and money that belongs to no contract and was not returned.
SELECT t.id, t.kind, f.msisdn, t.amount_minor, t.currency, t.status, t.rail, t.receipt, t.reason, t.held_why, t.account,
    t.created_at, coalesce(c.reference, '') AS reference,
    (SELECT count(*) FROM transfer_approvals a WHERE a.transfer_id = t.id
        AND NOT EXISTS (SELECT FROM operators o WHERE o.revoked_at IS NOT NULL AND a.operator = 'operator ' || o.id)) AS approvals
FROM (
    SELECT * FROM (SELECT * FROM transfers WHERE status = 'failed' AND kind IN ('release', 'refund', 'return')
        AND reason <> 'assigned'
        AND NOT EXISTS (SELECT FROM transfers n WHERE n.retries = transfers.id) ORDER BY created_at LIMIT :most) AS failed
    UNION ALL
    SELECT * FROM (SELECT * FROM transfers WHERE due_at IS NOT NULL AND status NOT IN ('done', 'failed')
        AND (held_why IN ('approval', 'rail_limit') OR sent_at < :since) ORDER BY due_at LIMIT :most) AS unknown
    UNION ALL
    SELECT * FROM (SELECT * FROM transfers WHERE kind = 'paybill' AND contract_id IS NULL AND status = 'done'
        AND NOT EXISTS (SELECT FROM transfers n WHERE n.returns = transfers.id AND n.status <> 'failed')
        ORDER BY created_at LIMIT :most) AS suspense
) AS t
LEFT JOIN phones f ON f.id = t.phone_id LEFT JOIN contracts c ON c.id = t.contract_id
ORDER BY t.created_at LIMIT :most;

-- name: transfer
-- One transfer, as it stands. `returns_failed`: how often it was to go back, and did not.
SELECT id, contract_id, kind, amount_minor, currency, status, rail, receipt, held_why,
    EXISTS (SELECT FROM transfers n WHERE n.returns = transfers.id AND n.status <> 'failed') AS goes_back,
    (SELECT count(*) FROM transfers n WHERE n.returns = transfers.id AND n.status = 'failed') AS returns_failed
FROM transfers WHERE id = :id;

-- name: lock_transfer
-- The transfer, whose row nobody else changes until the transaction ends: of two who approve at once, one sees the other.
SELECT id FROM transfers WHERE id = :id FOR UPDATE;

-- name: approve
-- Keep that an operator wants this to happen to a transfer, and return how many want it by now: nobody who was revoked since,
-- because their key may have been another's when it said so. `operator`: one for all keys of somebody. The audit chain of its contract, or the service's own (:service_chain), has who wanted what, as it names them (:named).
WITH said AS (
    INSERT INTO transfer_approvals (transfer_id, what, operator, at) VALUES (:id, :what, :operator, :now)
    ON CONFLICT DO NOTHING RETURNING transfer_id, what, operator
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT coalesce(t.contract_id, :service_chain), :now, NULL, 'service', 'money.approved',
        jsonb_build_object('transfer', s.transfer_id, 'what', s.what, 'operator', :named::text), :act_id
    FROM said s JOIN transfers t ON t.id = s.transfer_id
)
SELECT count(DISTINCT operator) FROM (
    SELECT operator FROM transfer_approvals WHERE transfer_id = :id AND what = :what UNION ALL SELECT operator FROM said
) AS a WHERE NOT EXISTS (SELECT FROM operators o WHERE o.revoked_at IS NOT NULL AND a.operator = 'operator ' || o.id);

-- name: send_approved
-- Let the loop send what two people have approved.
UPDATE transfers SET due_at = :now WHERE id = :id AND status = 'held';

-- name: send_back
-- Order that money which belongs to no contract goes back to who paid it: once, and again if that failed. The money is decided on
-- once for each number of returns that failed: who gives it a contract at the same moment writes down the same fact.
-- The service's own audit chain, :service_chain, has it.
WITH decided AS (
    INSERT INTO rail_receipts (rail, key, act_id, at)
    SELECT t.rail, t.id || ':decided ' || (SELECT count(*) FROM transfers n WHERE n.returns = t.id AND n.status = 'failed'), :new_id, :now FROM transfers t
    WHERE t.id = :id AND t.kind = 'paybill' AND t.contract_id IS NULL AND t.status = 'done'
        AND EXISTS (SELECT FROM ledger_accounts a WHERE a.scope = t.id AND a.account = 'suspense' AND a.credited > a.debited)
        AND NOT EXISTS (SELECT FROM transfers n WHERE n.returns = t.id AND n.status <> 'failed')
    ON CONFLICT DO NOTHING
    RETURNING rail, key, act_id
), ordered AS (
    INSERT INTO transfers (id, kind, amount_minor, currency, status, returns, due_at, created_at)
    SELECT d.act_id, 'return', t.amount_minor, t.currency, 'queued', t.id, :now, :now
    FROM decided d JOIN transfers t ON t.id = :id
    RETURNING id, returns
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'money.return_ordered', jsonb_build_object('transfer', o.id, 'returns', o.returns,
        'rail', d.rail, 'key', d.key), o.id
    FROM ordered o JOIN decided d ON d.act_id = o.id
)
SELECT id FROM ordered;

-- name: received
-- Up to :most transfers with a receipt of the :rail, done between :since and :until, in the order of time, behind the one with id
-- :after_id that was done at :after_at. `is_in`: whether it came to our account.
SELECT t.id, t.receipt, t.amount_minor, t.currency, t.kind IN ('prompt', 'paybill') AS is_in, t.ended_at,
    coalesce(c.reference, '') AS reference
FROM transfers t LEFT JOIN contracts c ON c.id = t.contract_id
WHERE t.rail = :rail AND t.status = 'done' AND t.receipt IS NOT NULL AND t.ended_at >= :since AND t.ended_at < :until
    AND (t.ended_at, t.id) > (:after_at::timestamptz, :after_id::uuid)
ORDER BY t.ended_at, t.id LIMIT :most;

-- name: known_receipts
-- Those of the :receipts of a :rail that are counted, whenever that was, with their amounts.
SELECT t.receipt, t.amount_minor, t.currency FROM transfers t
WHERE t.rail = :rail AND t.receipt = ANY (:receipts::text[]) AND t.status = 'done';
