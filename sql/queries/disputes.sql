-- name: newest
-- Id and time of up to :most disputes, newest first, that follow the one with id :after_id opened at :after_at (nulls: from
-- the newest).
SELECT id, opened_at AS at FROM disputes
WHERE (opened_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY opened_at DESC, id DESC LIMIT :most;

-- name: newest_of_contract
-- Like `newest`, about the contract :contract_id.
SELECT id, opened_at AS at FROM disputes
WHERE contract_id = :contract_id
    AND (opened_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY opened_at DESC, id DESC LIMIT :most;

-- name: newest_waiting
-- Like `newest`, of those that wait for a decision.
SELECT id, opened_at AS at FROM disputes
WHERE status IN ('open', 'appealed')
    AND (opened_at, id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY opened_at DESC, id DESC LIMIT :most;

-- name: shown
-- Up to :most of the disputes :ids, in their order, with the :status; :escalated: only those that nobody decided in time, and
-- that still wait. A null limits nothing. `decide_by`: when it escalates next. `stands_at`: when a decision becomes final.
SELECT d.*, d.opened_at AS created_at, c.reference, c.terms, CASE d.status WHEN 'decided' THEN c.next_at END AS stands_at,
    CASE WHEN d.status IN ('open', 'appealed') THEN c.next_at END AS decide_by,
    (SELECT to_jsonb(o) FROM contract_proposals o WHERE o.contract_id = d.contract_id AND o.n = d.settled_n) AS settlement,
    (SELECT w.phone_id FROM confirmations w WHERE w.contract_id = d.contract_id AND w.answer = 'decide'
        AND w.details ->> 'dispute' = d.id::text ORDER BY w.contract_version DESC LIMIT 1) AS decided_by,
    (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'added_at', f.added_at,
        'size', octet_length(f.content), 'sha256', encode(f.sha256, 'hex')) ORDER BY f.added_at, f.id)
     FROM dispute_files f WHERE f.dispute_id = d.id) AS files
FROM unnest(:ids::uuid[]) WITH ORDINALITY AS i(id, place)
JOIN disputes d ON d.id = i.id JOIN contracts c ON c.id = d.contract_id
WHERE (:status::text IS NULL OR d.status = :status)
    AND (NOT :escalated::boolean OR d.escalated_at IS NOT NULL AND d.status IN ('open', 'appealed'))
ORDER BY i.place
LIMIT :most;

-- name: one
-- The dispute :dispute_id, with the columns of `shown`.
SELECT d.*, d.opened_at AS created_at, c.reference, c.terms, CASE d.status WHEN 'decided' THEN c.next_at END AS stands_at,
    CASE WHEN d.status IN ('open', 'appealed') THEN c.next_at END AS decide_by,
    (SELECT to_jsonb(o) FROM contract_proposals o WHERE o.contract_id = d.contract_id AND o.n = d.settled_n) AS settlement,
    (SELECT w.phone_id FROM confirmations w WHERE w.contract_id = d.contract_id AND w.answer = 'decide'
        AND w.details ->> 'dispute' = d.id::text ORDER BY w.contract_version DESC LIMIT 1) AS decided_by,
    (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'added_at', f.added_at,
        'size', octet_length(f.content), 'sha256', encode(f.sha256, 'hex')) ORDER BY f.added_at, f.id)
     FROM dispute_files f WHERE f.dispute_id = d.id) AS files
FROM disputes d JOIN contracts c ON c.id = d.contract_id
WHERE d.id = :dispute_id;

-- name: opened_by
-- The dispute that the act :act_id opened.
SELECT (details ->> 'dispute')::uuid FROM confirmations WHERE id = :act_id AND answer = 'complain';

-- name: add_file
-- Store a file with the dispute :dispute_id, and write it with the :operator into the contract's audit; the contract is
-- locked for that, as for every audit entry. No row: the dispute is closed, has :most files, or has this content
-- already.
WITH held AS (
    SELECT d.id, c.id AS contract_id FROM contracts c JOIN disputes d ON d.contract_id = c.id
    WHERE d.id = :dispute_id::uuid AND d.status <> 'closed'
        AND (SELECT count(*) FROM dispute_files f WHERE f.dispute_id = d.id) < :most::integer
    FOR NO KEY UPDATE OF c
), added AS (
    INSERT INTO dispute_files (id, dispute_id, name, media_type, content, sha256, added_at)
    SELECT :file_id::uuid, h.id, :name::text, :media_type::text, :content::bytea, sha256(:content::bytea), :now::timestamptz FROM held h
    ON CONFLICT (dispute_id, sha256) DO NOTHING
    RETURNING id, dispute_id, sha256, media_type
), audited AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT h.contract_id, :now::timestamptz, NULL, 'api', 'dispute.file',
        jsonb_build_object('dispute', a.dispute_id, 'file', a.id, 'sha256', encode(a.sha256, 'hex'), 'media_type', a.media_type,
            'operator', :operator::text, 'role', 'operator'),
        a.id
    FROM added a JOIN held h ON h.id = a.dispute_id
)
SELECT id FROM added;

-- name: file
-- The file :file_id of the dispute :dispute_id, with its content.
SELECT name, media_type, content, sha256 FROM dispute_files WHERE dispute_id = :dispute_id AND id = :file_id;
