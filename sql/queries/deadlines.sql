-- name: due
-- The contracts to which time has brought something by :now, those that wait longest first; :most at most, none of :excluded.
SELECT to_jsonb(c) AS contract FROM contract_records c
WHERE c.next_at <= :now AND c.id <> ALL (:excluded::uuid[])
ORDER BY c.next_at
LIMIT :most;

-- name: next
-- When time brings something next, to any contract but those of :excluded. No row: to none.
SELECT next_at FROM contracts WHERE next_at IS NOT NULL AND id <> ALL (:excluded::uuid[]) ORDER BY next_at LIMIT 1;
