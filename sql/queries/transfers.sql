-- name: claim
-- Take up to :most transfers that are due, until :until; no other process gets them before. Each with what a rail needs: the
-- recipient's or payer's phone, and the contract's reference.
WITH due AS (
    SELECT id FROM transfers
    WHERE due_at <= :now AND status NOT IN ('done', 'failed') AND (leased_until IS NULL OR leased_until <= :now)
    ORDER BY due_at LIMIT :most
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE transfers t SET leased_until = :until FROM due WHERE t.id = due.id RETURNING t.*
)
SELECT t.id, t.contract_id, t.kind, t.status, t.phone_id, f.msisdn, t.amount_minor, t.currency, t.rail, t.own_id, t.rail_id,
    t.receipt, t.account, t.payer, t.tries, t.asked, t.held_why, t.created_at, t.sent_at, t.escalated_at,
    coalesce(c.reference, '') AS reference,
    (SELECT o.receipt FROM transfers o WHERE o.id = t.returns) AS returned_receipt,
    (SELECT o.own_id FROM transfers o WHERE o.id = t.returns AND o.kind = 'prompt') AS returned_id,
    (SELECT count(*) FROM transfer_approvals a WHERE a.transfer_id = t.id AND a.what = 'send'
        AND NOT EXISTS (SELECT FROM operators o WHERE o.revoked_at IS NOT NULL AND a.operator = 'operator ' || o.id)) AS approvals,
    t.told_receipt
FROM taken t LEFT JOIN phones f ON f.id = t.phone_id LEFT JOIN contracts c ON c.id = t.contract_id
ORDER BY t.due_at;

-- name: next_due
-- When the next transfer or callback is due; NULL: none is.
-- What another process has taken is due when its lease is over.
SELECT least((SELECT min(greatest(due_at, leased_until)) FROM (SELECT due_at, leased_until FROM transfers
        WHERE due_at IS NOT NULL AND status NOT IN ('done', 'failed') ORDER BY due_at LIMIT 100) AS first),
    (SELECT min(due_at) FROM rail_callbacks WHERE due_at IS NOT NULL));

-- name: begin
-- Write down, before the rail hears of it, what it is about to be asked. No row: somebody else has, it is over, or it is not owed
-- (any more): what leaves is in its account, because a rail may have paid an order that it had called failed. Nor a payout with
-- which more than :per_day (null: no limit) would have left to its phone since :since.
UPDATE transfers t
SET status = 'sending', rail = coalesce(rail, :rail), own_id = coalesce(own_id, :own_id),
    amount_minor = CASE WHEN own_id IS NULL THEN :amount_minor ELSE amount_minor END, sent_at = coalesce(sent_at, :now),
    tries = least(tries + 1, 1000), held_why = NULL, leased_until = :until
WHERE id = :id AND status IN ('queued', 'held') AND coalesce(rail, :rail) = :rail AND (kind NOT IN ('release', 'refund', 'return') OR EXISTS (
    SELECT FROM ledger_accounts a
    WHERE a.scope = coalesce(t.contract_id, t.returns) AND a.credited - a.debited >= t.amount_minor
        AND a.account = CASE t.kind WHEN 'release' THEN 'payable' WHEN 'refund' THEN 'refundable' ELSE 'suspense' END))
    AND (:per_day::bigint IS NULL OR kind NOT IN ('release', 'refund')
        OR payout_fits_day(phone_id, currency, amount_minor, :since, :per_day))
RETURNING own_id, amount_minor;

-- name: by_hand
-- Say that somebody pays by hand, and no rail, what was never given to a rail.
UPDATE transfers SET rail = 'hand', own_id = 'hand ' || id WHERE id = :id AND status IN ('queued', 'held') AND own_id IS NULL;

-- name: hold
-- A transfer that was not sent waits, and why. Nothing changes if somebody else sends it meanwhile.
UPDATE transfers SET status = 'held', held_why = :why, due_at = :due_at, leased_until = NULL,
    escalated_at = coalesce(escalated_at, :escalated_at)
WHERE id = :id AND status IN ('queued', 'held');

-- name: wait
-- Record where a transfer stands that is not over, and when it is due again.
UPDATE transfers
SET status = :status, held_why = :held_why, rail_id = coalesce(:rail_id, rail_id), words = coalesce(:words, words),
    due_at = :due_at, asked = asked + :asked::integer, leased_until = NULL,
    told_receipt = coalesce(:told_receipt, told_receipt), escalated_at = coalesce(escalated_at, :escalated_at)
WHERE id = :id AND status NOT IN ('done', 'failed');

-- name: ask_now
-- Let the loop ask about this transfer as soon as it can.
UPDATE transfers SET due_at = :now WHERE id = :id AND status IN ('sending', 'accepted', 'unknown');

-- name: find
-- The id of the transfer with our id, or the rail's id, of it. No row: there is none.
SELECT id FROM transfers WHERE rail = :rail AND (own_id = :own_id OR :own_id::text IS NULL AND rail_id = :rail_id)
ORDER BY created_at DESC LIMIT 1;

-- name: with_contract
-- A transfer and, as of the same moment, the whole contract that it belongs to (NULL: to none), and whether money with this receipt
-- is counted already, and for another contract or none. Of money that came by itself, :minor of it in the rail's books: the numbers
-- (`prompted_elsewhere`) that another contract has asked for as much, and of which nobody knows whether they paid: the request is
-- open, or ended without an outcome within a day and was on the phone of the :payer.
SELECT t.id, t.kind, t.status, t.amount_minor, t.currency, t.rail, t.own_id, t.receipt, t.account, row_to_json(r) AS contract,
    EXISTS (SELECT FROM rail_receipts k WHERE k.rail = coalesce(t.rail, 'none') AND k.key = :receipt) AS is_counted,
    EXISTS (SELECT FROM transfers o WHERE o.rail = t.rail AND o.receipt = :receipt AND o.kind = 'paybill' AND o.status = 'done'
        AND o.contract_id IS DISTINCT FROM t.contract_id) AS is_counted_elsewhere,
    EXISTS (SELECT FROM transfers n WHERE n.retries = t.id) AS is_retried,
    t.asked,
    CASE WHEN t.kind = 'paybill' THEN ARRAY(
        SELECT f.msisdn FROM transfers p JOIN phones f ON f.id = p.phone_id
        WHERE p.kind = 'prompt' AND p.status NOT IN ('done', 'failed') AND p.sent_at IS NOT NULL
            AND p.contract_id IS DISTINCT FROM t.contract_id
            AND (p.rail, p.currency, p.amount_minor) = (t.rail, t.currency, coalesce(:minor, t.amount_minor))
        UNION
        SELECT f.msisdn FROM phones f JOIN transfers p ON p.phone_id = f.id
        WHERE f.msisdn = :payer AND p.created_at > :now::timestamptz - interval '3 days' AND p.ended_at > :now::timestamptz - interval '1 day'
            AND p.kind = 'prompt' AND p.status = 'failed' AND (p.reason = 'given_up' OR p.reason = 'no_answer' AND p.code = 'none')
            AND p.contract_id IS DISTINCT FROM t.contract_id
            AND (p.rail, p.currency, p.amount_minor) = (t.rail, t.currency, coalesce(:minor, t.amount_minor))
    ) ELSE '{}' END AS prompted_elsewhere
FROM transfers t LEFT JOIN contract_records r ON r.id = t.contract_id
WHERE t.id = :id;

-- name: came
-- Write down that a rail told of money that came by itself, for the contract :reference if there is one with escrow (and nobody
-- in it was erased, who could not be paid); once for each receipt, and not if it is counted already.
INSERT INTO transfers (id, contract_id, kind, amount_minor, currency, status, rail, own_id, receipt, payer, account, due_at,
    created_at)
SELECT :id, (SELECT c.id FROM contracts c JOIN payments p ON p.contract_id = c.id
        WHERE c.reference = :reference AND c.currency = :currency AND NOT EXISTS (SELECT FROM contract_parties y
            JOIN phones f ON f.id = y.phone_id WHERE y.contract_id = c.id AND f.erased_at IS NOT NULL)),
    'paybill', :amount_minor, :currency, 'queued', :rail, :own_id, :receipt, :payer, :account, :now, :now
WHERE NOT EXISTS (SELECT FROM rail_receipts WHERE rail = :rail AND key = :receipt)
ON CONFLICT DO NOTHING;

-- name: suspend
-- Put money that belongs to no contract into suspense, :amount_minor of it: once for its receipt. The service's own audit chain, :service_chain, has it.
WITH once AS (
    INSERT INTO rail_receipts (rail, key, act_id, at)
    SELECT t.rail, t.receipt, t.id, :now FROM transfers t WHERE t.id = :id AND t.status NOT IN ('done', 'failed')
    ON CONFLICT DO NOTHING
    RETURNING act_id
), ended AS (
    UPDATE transfers t SET status = 'done', amount_minor = :amount_minor, ended_at = :now, due_at = NULL, leased_until = NULL
    FROM once WHERE t.id = once.act_id
    RETURNING t.id, t.amount_minor, t.currency, t.rail, t.receipt
), posted AS (
    INSERT INTO ledger_entries (posting, account, scope, amount_minor, currency, transfer_id, act_id, at)
    SELECT :posting, side.account, e.id, side.amount_minor, e.currency, e.id, e.id, :now
    FROM ended e CROSS JOIN LATERAL (VALUES ('rail', -e.amount_minor), ('suspense', e.amount_minor)) AS side(account, amount_minor)
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'money.suspended', jsonb_build_object('transfer', e.id, 'posting', :posting::uuid,
        'amount_minor', e.amount_minor, 'currency', e.currency, 'rail', e.rail, 'receipt', e.receipt), e.id
    FROM ended e
)
SELECT id FROM ended;

-- name: fail
-- End a transfer that belongs to no contract, and that moved nothing.
UPDATE transfers SET status = 'failed', reason = :reason, code = :code, words = :words, ended_at = :now, due_at = NULL,
    leased_until = NULL, held_why = NULL
WHERE id = :id AND status NOT IN ('done', 'failed');

-- name: returned
-- Money in suspense went back to who paid it: once. The service's own audit chain, :service_chain, has it.
WITH ended AS (
    UPDATE transfers t SET status = 'done', receipt = :receipt, ended_at = :now, due_at = NULL, leased_until = NULL, held_why = NULL
    WHERE t.id = :id AND t.status <> 'done'
    RETURNING t.id, t.returns, t.amount_minor, t.currency, t.rail, t.receipt
), posted AS (
    INSERT INTO ledger_entries (posting, account, scope, amount_minor, currency, transfer_id, act_id, at)
    SELECT :posting, side.account, e.returns, side.amount_minor, e.currency, e.id, e.id, :now
    FROM ended e CROSS JOIN LATERAL (VALUES ('suspense', -e.amount_minor), ('rail', e.amount_minor)) AS side(account, amount_minor)
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'money.returned', jsonb_strip_nulls(jsonb_build_object('transfer', e.id,
        'returns', e.returns, 'posting', :posting::uuid, 'amount_minor', e.amount_minor, 'currency', e.currency, 'rail', e.rail,
        'receipt', e.receipt)), e.id
    FROM ended e
)
SELECT id FROM ended;

-- name: end_not_found
-- End what is said to have come by itself since before :before, and what the rail does not find, though it was asked at least
-- :questions times. No row: it was not, or is over.
UPDATE transfers SET status = 'failed', reason = 'not_found', ended_at = :now, due_at = NULL, leased_until = NULL, held_why = NULL
WHERE id = :id AND kind = 'paybill' AND status NOT IN ('done', 'failed') AND created_at <= :before AND asked >= :questions
RETURNING id;

-- name: dismiss
-- End what is said to have come by itself, and was not counted, because an operator says so (:named), and why. No row: it is
-- something else, or over. The audit chain of its contract, or the service's own (:service_chain), has it.
WITH ended AS (
    UPDATE transfers SET status = 'failed', reason = 'dismissed', words = :why, ended_at = :now, due_at = NULL, leased_until = NULL,
        held_why = NULL
    WHERE id = :id AND kind = 'paybill' AND status NOT IN ('done', 'failed')
    RETURNING id, contract_id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT coalesce(e.contract_id, :service_chain), :now, NULL, 'service', 'money.approved', jsonb_build_object('transfer', e.id,
        'what', 'dismiss: ' || :why::text, 'operator', :named::text), :act_id
    FROM ended e
)
SELECT id FROM ended;

-- name: end_assigned
-- End a return that was never sent, of money that a contract has got: it is not in suspense any more. No row: it is not so.
UPDATE transfers t SET status = 'failed', reason = 'assigned', ended_at = :now, due_at = NULL, leased_until = NULL, held_why = NULL
WHERE t.id = :id AND t.kind = 'return' AND t.status IN ('queued', 'held') AND t.own_id IS NULL
    AND EXISTS (SELECT FROM transfers m WHERE m.id = t.returns AND m.contract_id IS NOT NULL)
RETURNING id;

-- name: end_counted
-- End the second word of a rail about money that is counted already.
UPDATE transfers SET status = 'failed', reason = 'counted', ended_at = :now, due_at = NULL, leased_until = NULL
WHERE id = :id AND status NOT IN ('done', 'failed');

-- name: keep_callback
-- Keep a callback as it came, before it is answered; a copy of one that is there changes nothing.
INSERT INTO rail_callbacks (id, rail, kind, own_id, digest, body, at, due_at)
VALUES (:id, :rail, :kind, :own_id, :digest, :body, :now, :now)
ON CONFLICT DO NOTHING;

-- name: due_callbacks
-- Take callbacks that are due; no other process gets them before :until.
UPDATE rail_callbacks SET due_at = :until, tries = least(tries + 1, 1000)
WHERE id IN (SELECT id FROM rail_callbacks WHERE due_at <= :now ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING id, rail, kind, own_id, body, tries;

-- name: end_callback
-- A callback is dealt with: what came of it.
UPDATE rail_callbacks SET due_at = NULL, outcome = :outcome WHERE id = :id AND due_at IS NOT NULL;

-- name: of_day
-- How much of :currency has left to this phone since :since, in minor units, or is on its way.
SELECT coalesce(sum(amount_minor), 0)::bigint FROM transfers
WHERE phone_id = :phone_id AND currency = :currency AND kind IN ('release', 'refund') AND status NOT IN ('failed', 'queued', 'held') AND sent_at >= :since;
