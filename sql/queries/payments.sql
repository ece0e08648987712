-- name: of_caller
-- Of the newest 100 contracts of :msisdn those whose money waits with us, or did, up to 40, newest first, as a list shows
-- them. `escrow`: the payment and the sums of its ledger, as contract_records gives them.
SELECT r.id, r.status, r.terms ->> 'product' AS product, r.total_minor, r.currency, p.role, r.escrow
FROM (SELECT contract_id, since, role FROM contract_parties
    WHERE phone_id = (SELECT id FROM phones WHERE msisdn = :msisdn) ORDER BY since DESC, contract_id DESC LIMIT 100) AS p
JOIN payments m ON m.contract_id = p.contract_id
JOIN contract_records r ON r.id = p.contract_id
WHERE p.role IN ('buyer', 'seller')
ORDER BY p.since DESC, p.contract_id DESC LIMIT 40;

-- name: of_contract
-- The contract :contract_id with the newest 20 movements of its money, oldest first. Prompts that came to nothing, and the second word of
-- a rail about money that was counted, are left out.
SELECT row_to_json(r) AS contract,
    (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.at, x.id) FROM (
        SELECT t.id, t.kind, t.amount_minor, t.status, t.receipt, t.reason, coalesce(t.ended_at, t.created_at) AS at
        FROM transfers t
        WHERE t.contract_id = r.id AND NOT (t.kind IN ('prompt', 'paybill') AND t.status = 'failed')
            AND NOT (t.kind = 'prompt' AND t.status = 'done' AND EXISTS (SELECT FROM transfers b
                WHERE b.contract_id = t.contract_id AND b.kind = 'paybill' AND b.status = 'done' AND b.receipt = t.receipt))
        ORDER BY t.created_at DESC, t.id DESC LIMIT 20) AS x) AS movements
FROM contract_records r
WHERE r.id = :contract_id;
