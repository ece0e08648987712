-- name: state
-- The newest log, and the server that this is now. No row: no log has begun.
SELECT s.*, (SELECT system_identifier::text FROM pg_control_system()) AS server_now
FROM log_state s ORDER BY s.log DESC LIMIT 1;

-- name: states
-- All logs, oldest first.
SELECT * FROM log_state ORDER BY log;

-- name: begin
-- Begin the log :log, whose leaf 0 is :leaf, the leaf of the file :beginning. No row: another process has begun it. Where
-- entries have transactions that are still to begin here, they were written on another server: the log is one that moved.
WITH begun AS (
    INSERT INTO log_state (log, origin, beginning, began_at, size, server)
    SELECT :log, :origin, :beginning, :now, 1, CASE WHEN NOT EXISTS (
        SELECT FROM audit_logs WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    ) THEN system_identifier::text ELSE '' END FROM pg_control_system()
    ON CONFLICT DO NOTHING RETURNING log
)
INSERT INTO log_tiles (log, level, place, hashes) SELECT log, 0, 0, :leaf FROM begun RETURNING log;

-- name: new_entries
-- Up to :most entries behind (:xid, :n) in the order of the log, whose transactions and all before are over, each with its
-- leaf. Entries up to :moved_n were taken before the database moved to this server.
SELECT a.xid, a.n, sha256('\x00'::bytea || a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS leaf
FROM audit_logs a
WHERE (a.xid, a.n) > (:xid::bigint, :n::bigint) AND a.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    AND a.n > :moved_n
ORDER BY a.xid, a.n LIMIT :most;

-- name: transactions
-- The lowest transaction that may be running, and the lowest that is still to begin: the same if none is running.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS lowest, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next;

-- name: entries_above
-- Up to :most entries with numbers above :n (null: all), in the order of these, each with its leaf.
SELECT a.xid, a.n, sha256('\x00'::bytea || a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS leaf
FROM audit_logs a WHERE a.n > :n ORDER BY a.n LIMIT :most;

-- name: append
-- Add to the log :log, if it still has :old_size leaves: it has :size afterwards, its last entry is (:xid, :n). The tiles
-- that are new or longer are given as arrays. No row: another process has added something meanwhile, and nothing is written.
WITH grown AS (
    UPDATE log_state SET size = :size, taken_xid = :xid, taken_n = :n, moved_n = :moved_n, server = :server
    WHERE log = :log AND size = :old_size RETURNING log
)
INSERT INTO log_tiles AS t (log, level, place, hashes, min_n, max_n)
SELECT g.log, x.* FROM grown g
CROSS JOIN unnest(:levels::smallint[], :places::bigint[], :hashes::bytea[], :min_n::bigint[], :max_n::bigint[]) AS x
ON CONFLICT (log, level, place) DO UPDATE SET hashes = excluded.hashes,
    min_n = least(t.min_n, excluded.min_n), max_n = greatest(t.max_n, excluded.max_n)
RETURNING log;

-- name: moved
-- Note that the log :log goes on on this server: the last entry is (:xid, :n), those up to :moved_n were taken before.
UPDATE log_state SET taken_xid = :xid, taken_n = :n, moved_n = :moved_n, server = :server WHERE log = :log AND size = :size;

-- name: halt
-- Store why the log :log signs no checkpoint; null: it does.
UPDATE log_state SET halted = :why WHERE log = :log AND halted IS DISTINCT FROM :why;

-- name: tiles
-- Tiles of the log :log by their levels and places, of those that there are.
SELECT t.level, t.place, t.hashes FROM log_tiles t
JOIN unnest(:levels::smallint[], :places::bigint[]) AS x (level, place) USING (level, place) WHERE t.log = :log;

-- name: tiles_after
-- Up to :most tiles of level :level of the log :log from :place on, in order.
SELECT place, hashes, min_n, max_n FROM log_tiles WHERE log = :log AND level = :level AND place >= :place ORDER BY place LIMIT :most;

-- name: tiles_of_entry
-- The tiles of leaves of the log :log that may hold the entry with the number :n, of those whose highest number is not above
-- :up_to.
SELECT place, hashes FROM log_tiles
WHERE log = :log AND level = 0 AND max_n BETWEEN :n AND :up_to AND min_n <= :n ORDER BY max_n;

-- name: tiles_of_entries
-- The tiles of leaves of the log :log that may hold one of the entries with the numbers :numbers, of those whose highest
-- number is at most :near above it.
SELECT DISTINCT t.place, t.hashes FROM unnest(:numbers::bigint[]) AS e (n)
CROSS JOIN LATERAL (
    SELECT place, hashes FROM log_tiles
    WHERE log = :log AND level = 0 AND max_n BETWEEN e.n AND e.n + :near AND min_n <= e.n
) AS t;

-- name: tiles_above
-- The tiles of leaves of the log :log that have entries with numbers above :n.
SELECT place, hashes FROM log_tiles WHERE log = :log AND level = 0 AND max_n > :n;

-- name: highest_taken
-- The highest number of an entry in the log :log; 0 if there is none.
SELECT coalesce(max(max_n), 0) FROM log_tiles WHERE log = :log AND level = 0;

-- name: last_checkpoint
-- The newest checkpoint of the log :log, if there is one.
SELECT size, note, at FROM log_checkpoints WHERE log = :log ORDER BY size DESC LIMIT 1;

-- name: newest_checkpoint
-- The newest checkpoint of the newest log, if there is one.
SELECT log, size, note, at FROM log_checkpoints ORDER BY log DESC, size DESC LIMIT 1;

-- name: checkpoint_before
-- The newest checkpoint of the log :log that was signed before :before, if there is one.
SELECT size, at FROM log_checkpoints WHERE log = :log AND at < :before ORDER BY size DESC LIMIT 1;

-- name: checkpoints_after
-- Up to :most checkpoints of the log :log with sizes above :size, in order.
SELECT size, note, at FROM log_checkpoints WHERE log = :log AND size > :size ORDER BY size LIMIT :most;

-- name: save_checkpoint
-- Store the signed :note on the log :log of :size. No row: there is one of this size.
INSERT INTO log_checkpoints (log, size, note, at) VALUES (:log, :size, :note, :now) ON CONFLICT DO NOTHING RETURNING size;

-- name: save_key
-- Store the public :key of the log, first used at :now. A key that is stored already stays as it is.
INSERT INTO log_keys (key, first_used_at) VALUES (:key, :now) ON CONFLICT DO NOTHING;

-- name: keys
-- All public keys that ever signed for the logs, oldest first.
SELECT key FROM log_keys ORDER BY first_used_at, key;

-- name: keys_since
-- All public keys that ever signed for the logs, oldest first, each with its first use.
SELECT key, first_used_at FROM log_keys ORDER BY first_used_at, key;

-- name: hold_lease
-- Let :holder work on the log for :seconds. No row: it may. Else another process does, whose lease ends in so many seconds. A
-- lease that ends far later was given by a clock that was wrong: a minute is more than any is given for.
WITH held AS (
    INSERT INTO log_lease AS l (id, holder, held_until) VALUES (1, :holder, clock_timestamp() + :seconds * interval '1 second')
    ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
    WHERE l.holder = excluded.holder OR l.held_until NOT BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'
    RETURNING id
)
SELECT coalesce((SELECT extract(epoch FROM held_until - clock_timestamp()) FROM log_lease), 0)::float8
WHERE NOT EXISTS (SELECT FROM held);

-- name: entries_in_order
-- Up to :most entries behind (:xid, :n) in the order in which they entered the log, each with its leaf.
SELECT a.xid, a.n, a.chain_id, a.seq, a.at, sha256('\x00'::bytea || a.prev_hash || convert_to(audit_text(a), 'UTF8')) AS leaf
FROM audit_logs a
WHERE (a.xid, a.n) > (:xid::bigint, :n::bigint)
ORDER BY a.xid, a.n LIMIT :most;

-- name: save_cosignature
-- Store a witness's signature :line on the checkpoint of :size of the log :log. One that is stored already stays.
INSERT INTO log_cosignatures (log, size, witness, line, at) VALUES (:log, :size, :witness, :line, :now)
ON CONFLICT DO NOTHING;

-- name: cosignatures
-- The signatures of witnesses on the checkpoint of :size of the log :log.
SELECT witness, line FROM log_cosignatures WHERE log = :log AND size = :size ORDER BY witness;

-- name: cosignatures_after
-- Up to :most signatures of witnesses on the log :log behind those of :witness on the checkpoint of :size, in order.
SELECT s.size, s.witness, s.line, c.note, c.at FROM log_cosignatures s JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND (s.size, s.witness) > (:size, :witness) ORDER BY s.size, s.witness LIMIT :most;

-- name: save_witness
-- Store what :witness has told of the log :log: the :size that it has, and its :objection, if any.
INSERT INTO log_witnesses (log, witness, size, objection) VALUES (:log, :witness, :size, :objection)
ON CONFLICT (log, witness) DO UPDATE SET size = excluded.size, objection = excluded.objection;

-- name: witnesses
-- What each witness has told of the log :log.
SELECT witness, size, objection FROM log_witnesses WHERE log = :log;

-- name: save_unwitnessed
-- Store since when too few witnesses have cosigned the log :log: since :since, if not since before; null: enough have.
UPDATE log_state SET unwitnessed_since = CASE WHEN :since::timestamptz IS NOT NULL THEN coalesce(unwitnessed_since, :since) END
WHERE log = :log AND (unwitnessed_since IS NULL) <> (:since::timestamptz IS NULL);

-- name: save_timestamp
-- Store the :response of an :authority for the checkpoint of :size of the log :log, which it says to have seen at :at. Of a
-- calendar (OpenTimestamps): the address that was asked, and when it answered, since it says no time.
INSERT INTO log_timestamps (log, size, authority, response, at) VALUES (:log, :size, :authority, :response, :at)
ON CONFLICT DO NOTHING;

-- name: last_timestamp
-- The newest timestamp of :authority on the log :log, if there is one: the `size` and the `signed_at` of its checkpoint.
SELECT t.size, t.at, c.at AS signed_at FROM log_timestamps t JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND t.authority = :authority ORDER BY t.size DESC LIMIT 1;

-- name: newest_timestamp
-- The newest timestamp of an authority (RFC 3161: it begins with 0x30) on a checkpoint of the log :log that has the leaf :index, from 0; with the checkpoint's note.
SELECT t.size, t.response, t.at, c.note FROM log_timestamps t JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND t.size > :index AND get_byte(t.response, 0) = 48 ORDER BY t.size DESC, t.authority LIMIT 1;

-- name: incomplete_anchors
-- What :calendar answered for checkpoints of the log :log that were signed after :since, where nothing that it answered
-- later leads to a block, oldest first.
SELECT t.size, t.response, c.note FROM log_timestamps t JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND t.authority = :calendar || '/digest' AND c.at > :since AND NOT EXISTS (
    SELECT FROM log_timestamps u WHERE u.log = t.log AND u.size = t.size AND starts_with(u.authority, :calendar || '/timestamp/'))
ORDER BY t.size;

-- name: anchors
-- What calendars answered for the checkpoint of :size of the log :log, with its note.
SELECT t.authority, t.response, c.note FROM log_timestamps t JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND size = :size AND get_byte(t.response, 0) <> 48 ORDER BY t.authority;

-- name: anchored_sizes
-- The sizes of the :most newest checkpoints of the log :log for which calendars answered, newest first.
SELECT DISTINCT size FROM log_timestamps WHERE log = :log AND get_byte(response, 0) <> 48 ORDER BY size DESC LIMIT :most;

-- name: timestamps_after
-- Up to :most timestamps on the log :log behind those of :authority on the checkpoint of :size, in order.
SELECT t.size, t.authority, t.response, t.at, c.note FROM log_timestamps t JOIN log_checkpoints c USING (log, size)
WHERE log = :log AND (t.size, t.authority) > (:size, :authority) ORDER BY t.size, t.authority LIMIT :most;
