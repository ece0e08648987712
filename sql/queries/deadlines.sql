-- name: due
-- Up to :most contracts whose deadline is at or before :now, the oldest deadline first, without those in :excluded.
SELECT row_to_json(c) AS contract FROM contract_records c
WHERE c.next_at <= :now AND c.id <> ALL (:excluded::uuid[])
ORDER BY c.next_at
LIMIT :most;

-- name: next
-- The earliest deadline of any contract that is not in :excluded. No row: no contract has one.
SELECT next_at FROM contracts WHERE next_at IS NOT NULL AND id <> ALL (:excluded::uuid[]) ORDER BY next_at LIMIT 1;
