-- name: begin
-- Lock the database against a second seed, until this connection closes. `is_alone`: nobody else has; `service`: whether a
-- service or worker of :applications is connected to this database.
SELECT pg_try_advisory_lock(hashtextextended('voicepact seed', 0)) AS is_alone, EXISTS (
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = ANY (:applications::text[])
) AS service;

-- name: known_phones
-- The ids of those of :msisdns whom the record knows.
SELECT id, msisdn FROM phones WHERE msisdn = ANY (:msisdns::text[]);

-- name: tell_costs
-- Note since when people (:msisdns, and :since at the same places) know what a contract costs, unless they know it already.
UPDATE phones f SET told_costs_at = t.at
FROM unnest(:msisdns::text[], :since::timestamptz[]) AS t(msisdn, at)
WHERE f.msisdn = t.msisdn AND f.told_costs_at IS NULL;

-- name: counts
-- How many contracts, payments, messages and transfers there are of each status, with one contract of each as an example.
SELECT 'contracts' AS what, status, count(*) AS rows, (array_agg(reference ORDER BY created_at DESC))[1] AS example
FROM contracts GROUP BY status
UNION ALL
SELECT 'payments', p.status, count(*), (array_agg(c.reference ORDER BY p.created_at DESC))[1]
FROM payments p JOIN contracts c ON c.id = p.contract_id GROUP BY p.status
UNION ALL
SELECT 'messages', status, count(*), NULL FROM sms_logs GROUP BY status;

-- name: known_references
-- Those of :references that contracts have.
SELECT reference FROM contracts WHERE reference = ANY (:references::text[]);
