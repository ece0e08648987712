-- name: due
-- The contracts to which time has brought something by $1, those that wait longest first; $3 at most, none of $2.
SELECT to_jsonb(c) AS contract FROM contract_records c
WHERE c.next_at <= $1 AND c.id <> ALL ($2::uuid[])
ORDER BY c.next_at
LIMIT $3;

-- name: next
-- When time brings something next, to any contract but those of $1. No row: to none.
SELECT next_at FROM contracts WHERE next_at IS NOT NULL AND id <> ALL ($1::uuid[]) ORDER BY next_at LIMIT 1;
