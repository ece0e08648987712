-- name: page
-- Disputes newest first, $3 at most, after the one opened at $1 with id $2 (nulls: from the newest); $4 only those of
-- this status, $5 only those of this contract (nulls: any).
SELECT d.*, d.opened_at AS created_at, c.reference, c.terms, CASE d.status WHEN 'decided' THEN c.next_at END AS stands_at,
    (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'added_at', f.added_at,
        'size', octet_length(f.content), 'sha256', encode(f.sha256, 'hex')) ORDER BY f.added_at, f.id)
     FROM dispute_files f WHERE f.dispute_id = d.id) AS files
FROM disputes d JOIN contracts c ON c.id = d.contract_id
WHERE (d.opened_at, d.id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($4::text IS NULL OR d.status = $4)
    AND ($5::uuid IS NULL OR d.contract_id = $5)
ORDER BY d.opened_at DESC, d.id DESC
LIMIT $3;

-- name: one
-- The dispute $1, as a page shows it.
SELECT d.*, d.opened_at AS created_at, c.reference, c.terms, CASE d.status WHEN 'decided' THEN c.next_at END AS stands_at,
    (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'added_at', f.added_at,
        'size', octet_length(f.content), 'sha256', encode(f.sha256, 'hex')) ORDER BY f.added_at, f.id)
     FROM dispute_files f WHERE f.dispute_id = d.id) AS files
FROM disputes d JOIN contracts c ON c.id = d.contract_id
WHERE d.id = $1;

-- name: opened_by
-- The dispute that the act $1 opened.
SELECT (details ->> 'dispute')::uuid FROM confirmations WHERE id = $1 AND answer = 'complain';

-- name: add_file
-- Keep a file ($2 its id, $3 name, $4 media type, $5 content) with the dispute $1 at $6, and say so, and which operator
-- it was ($8), in the contract's audit; the contract is held meanwhile, as for every entry. No row: the dispute is closed, has $7 files, or this one.
WITH held AS (
    SELECT d.id, c.id AS contract_id FROM contracts c JOIN disputes d ON d.contract_id = c.id
    WHERE d.id = $1::uuid AND d.status <> 'closed'
        AND (SELECT count(*) FROM dispute_files f WHERE f.dispute_id = d.id) < $7::integer
    FOR NO KEY UPDATE OF c
), added AS (
    INSERT INTO dispute_files (id, dispute_id, name, media_type, content, sha256, added_at)
    SELECT $2::uuid, h.id, $3::text, $4::text, $5::bytea, sha256($5::bytea), $6::timestamptz FROM held h
    ON CONFLICT (dispute_id, sha256) DO NOTHING
    RETURNING id, dispute_id, sha256
), audited AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT h.contract_id, $6::timestamptz, NULL, 'api', 'dispute.file',
        jsonb_build_object('dispute', a.dispute_id, 'file', a.id, 'sha256', encode(a.sha256, 'hex'), 'operator', $8::text),
        a.id
    FROM added a JOIN held h ON h.id = a.dispute_id
)
SELECT id FROM added;

-- name: file
-- A file $2 of the dispute $1, whole.
SELECT name, media_type, content, sha256 FROM dispute_files WHERE dispute_id = $1 AND id = $2;
