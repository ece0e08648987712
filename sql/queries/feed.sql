-- name: begin
-- Begin the feed, if it has not begun: nothing is numbered yet, whichever server this is.
INSERT INTO feed_state (id, version, last, seen_xid, seen_open, moved_n, server)
SELECT 1, 1, 0, 0, '{}', 0, '' WHERE NOT EXISTS (SELECT FROM feed_state)
ON CONFLICT DO NOTHING;

-- name: state
-- How far the feed is numbered, the server that this is now, and whether there may be something new (`number` would find it).
SELECT s.*, (SELECT system_identifier::text FROM pg_control_system()) AS server_now,
    EXISTS (SELECT FROM audit_logs WHERE xid >= s.seen_xid AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AND n > s.moved_n)
    OR EXISTS (SELECT FROM message_fates WHERE xid >= s.seen_xid AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AND n > s.moved_n)
    OR EXISTS (SELECT FROM audit_logs WHERE xid = ANY (s.seen_open) AND n > s.moved_n)
    OR EXISTS (SELECT FROM message_fates WHERE xid = ANY (s.seen_open) AND n > s.moved_n) AS is_new
FROM feed_state s WHERE s.id = 1;

-- name: number
-- Give positions to the audit entries and fates that are committed now and were not at the step before, in the order of their
-- numbers: behind one that made it wait, or that it follows from, each has a higher one. Their transactions are not below
-- :seen_xid, or are in :seen_open. Returns the last position, and tells all who listen. No row: there is nothing new, or the
-- state is not of :version any more. One snapshot decides what is new and what the state says of it; a lock that is waited for
-- would let the state be newer than the snapshot.
WITH state AS MATERIALIZED (
    SELECT * FROM feed_state WHERE id = 1 AND version = :version FOR UPDATE SKIP LOCKED
), found AS (
    SELECT a.xid, a.n, a.text, false AS is_fate FROM audit_logs a
    WHERE a.xid >= :seen_xid AND a.xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AND a.n > :moved_n
    UNION ALL
    SELECT a.xid, a.n, a.text, false FROM audit_logs a WHERE a.xid = ANY (:seen_open::bigint[]) AND a.n > :moved_n
    UNION ALL
    SELECT f.xid, f.n, NULL, true FROM message_fates f
    WHERE f.xid >= :seen_xid AND f.xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AND f.n > :moved_n
    UNION ALL
    SELECT f.xid, f.n, NULL, true FROM message_fates f WHERE f.xid = ANY (:seen_open::bigint[]) AND f.n > :moved_n
), sized AS (
    SELECT f.xid, f.n, f.is_fate, coalesce(jsonb_array_length(x.text -> 'actions'), 1)
        + coalesce(jsonb_array_length(x.text -> 'texts'), 0) + (x.text ? 'heard' AND x.text IS NOT NULL)::integer AS events
    FROM found f CROSS JOIN LATERAL (SELECT f.text::jsonb AS text) AS x
), placed AS MATERIALIZED (
    SELECT s.last + sum(z.events) OVER (ORDER BY z.n) - z.events + 1 AS position, z.events, z.is_fate, z.xid, z.n
    FROM sized z CROSS JOIN state s
), written AS (
    INSERT INTO feed_positions (position, events, is_fate, xid, n) SELECT position, events, is_fate, xid, n FROM placed
), grown AS (
    UPDATE feed_state f SET version = f.version + 1, last = p.last,
        seen_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
        seen_open = ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) AS x)
    FROM (SELECT max(position + events - 1) AS last FROM placed) AS p
    WHERE f.id = 1 AND p.last IS NOT NULL
    RETURNING f.last
)
SELECT last, pg_notify('events', last::text) FROM grown;

-- name: number_all
-- Like `number`, for all that has no position: when the feed begins, and when the database has moved to the server :server, where
-- transactions are numbered anew. What seems to be of transactions that are still to begin came from the server before.
WITH state AS MATERIALIZED (
    SELECT * FROM feed_state WHERE id = 1 AND version = :version FOR UPDATE SKIP LOCKED
), found AS MATERIALIZED (
    SELECT a.xid, a.n, a.text, false AS is_fate FROM audit_logs a
    WHERE NOT EXISTS (SELECT FROM feed_positions p WHERE p.n = a.n)
    UNION ALL
    SELECT f.xid, f.n, NULL, true FROM message_fates f WHERE NOT EXISTS (SELECT FROM feed_positions p WHERE p.n = f.n)
), placed AS MATERIALIZED (
    SELECT s.last + sum(z.events) OVER (ORDER BY z.n) - z.events + 1 AS position, z.events, z.is_fate, z.xid, z.n
    FROM (
        SELECT f.xid, f.n, f.is_fate, coalesce(jsonb_array_length(x.text -> 'actions'), 1)
            + coalesce(jsonb_array_length(x.text -> 'texts'), 0) + (x.text ? 'heard' AND x.text IS NOT NULL)::integer AS events
        FROM found f CROSS JOIN LATERAL (SELECT f.text::jsonb AS text) AS x) AS z
    CROSS JOIN state s
), written AS (
    INSERT INTO feed_positions (position, events, is_fate, xid, n) SELECT position, events, is_fate, xid, n FROM placed
), grown AS (
    UPDATE feed_state f SET version = f.version + 1, server = :server,
        last = coalesce((SELECT max(position + events - 1) FROM placed), f.last),
        seen_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
        seen_open = ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) AS x),
        moved_n = greatest(f.moved_n,
            (SELECT max(n) FROM audit_logs WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint),
            (SELECT max(n) FROM message_fates WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint))
    FROM state s WHERE f.id = s.id
    RETURNING f.last
)
SELECT last, pg_notify('events', last::text) FROM grown;

-- name: last
-- The position of the newest event; 0 if there is none.
SELECT coalesce((SELECT last FROM feed_state WHERE id = 1), 0);

-- name: after
-- Up to :most rows of feed_records in order, from the one on that has the event behind :after.
SELECT * FROM feed_records
WHERE position >= coalesce((SELECT max(position) FROM feed_positions WHERE position <= :after::bigint + 1), 0)
ORDER BY position LIMIT :most;

-- name: at
-- The rows of feed_records that have the events at :positions.
SELECT r.* FROM feed_records r
WHERE r.position = ANY (ARRAY(SELECT (SELECT max(position) FROM feed_positions WHERE position <= x.at)
    FROM unnest(:positions::bigint[]) AS x(at)))
ORDER BY r.position;
