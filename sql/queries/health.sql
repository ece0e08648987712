-- name: beat
-- Write one row, and return what health tells of the database: the `version` of the schema, and since when the longest
-- unsent message waits (`unsent_since`): from its time to be sent, or from when it was made if it was tried in vain. Looks
-- at the first messages of each priority only, so that a long queue costs no more than a short one. `log_halted`: whether
-- the log of entries may not be signed; `unwitnessed_since`: since when too few witnesses have cosigned it;
-- `unlogged_since`: the time of the first entry that is not in it.
WITH beaten AS (
    INSERT INTO heartbeats (id, beaten_at) VALUES (1, :now)
    ON CONFLICT (id) DO UPDATE SET beaten_at = excluded.beaten_at
)
SELECT (SELECT max(version) FROM schema_migrations) AS version, (
    SELECT min(CASE WHEN m.tries = 0 THEN m.due_at ELSE m.created_at END)
    FROM unnest(ARRAY[1, 5, 9]) AS p (priority), LATERAL (
        SELECT due_at, created_at, tries FROM sms_logs
        WHERE priority = p.priority AND due_at IS NOT NULL ORDER BY due_at LIMIT 20) AS m
    WHERE m.tries > 0 OR m.due_at <= :now
) AS unsent_since,
    coalesce((SELECT halted IS NOT NULL FROM log_state ORDER BY log DESC LIMIT 1), false) AS log_halted,
    (SELECT unwitnessed_since FROM log_state ORDER BY log DESC LIMIT 1) AS unwitnessed_since, (
    SELECT a.at FROM (SELECT * FROM log_state ORDER BY log DESC LIMIT 1) AS s, LATERAL (
        SELECT at FROM audit_logs WHERE (xid, n) > (s.taken_xid, s.taken_n) AND n > s.moved_n
            AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint ORDER BY xid, n LIMIT 1) AS a
) AS unlogged_since;
