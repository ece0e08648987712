-- Why: one growing tree over all entries (RFC 6962), in tiles, whose checkpoints witnesses can watch; it needs 32 bytes for
-- an entry and no row. The seals of before stay as they are. Locks: audit_logs, while an index is built. Order: before the
-- code; what older code writes meanwhile is entered like the rest.

-- up

-- The transaction that wrote an entry: once no lower one is running, no entry can appear before those that are there. 0: from
-- before this migration. Entries enter the log in this order.
ALTER TABLE audit_logs ADD COLUMN xid bigint NOT NULL DEFAULT 0;
ALTER TABLE audit_logs ALTER COLUMN xid SET DEFAULT pg_current_xact_id()::text::bigint;
DROP INDEX audit_logs_in_order;
CREATE UNIQUE INDEX audit_logs_in_order ON audit_logs (xid, n);

-- The logs, one after the other; the newest grows. `beginning` is the file of leaf 0. The last entry that was taken is
-- (taken_xid, taken_n). When the database moves to another server (`server`), numbers of transactions begin anew there: all
-- entries up to moved_n were taken before. `halted`: why no checkpoint is signed.
CREATE TABLE log_state (
    log       smallint PRIMARY KEY CHECK (log > 0),
    origin    text NOT NULL UNIQUE CHECK (origin ~ '^[^[:space:]+]+$'),
    beginning bytea NOT NULL,
    began_at  timestamptz NOT NULL,
    size      bigint NOT NULL CHECK (size > 0),
    taken_xid bigint NOT NULL DEFAULT 0,
    taken_n   bigint NOT NULL DEFAULT 0,
    moved_n   bigint NOT NULL DEFAULT 0,
    server    text NOT NULL,
    halted    text
);

-- Tiles of 256 hashes; the last of each level is replaced by its longer self. min_n and max_n: of the entries in a tile of
-- level 0 (null: only the beginning is in it).
CREATE TABLE log_tiles (
    log    smallint NOT NULL REFERENCES log_state,
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
    place  bigint NOT NULL CHECK (place >= 0),
    hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    min_n  bigint,
    max_n  bigint,
    PRIMARY KEY (log, level, place)
);
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes cannot be compressed
CREATE INDEX log_tiles_of_entries ON log_tiles (log, max_n) WHERE level = 0;

-- Signed notes on where the log stood, as they were signed.
CREATE TABLE log_checkpoints (
    log  smallint NOT NULL REFERENCES log_state,
    size bigint NOT NULL CHECK (size > 0),
    note bytea NOT NULL,
    at   timestamptz NOT NULL,
    PRIMARY KEY (log, size)
);

-- The public keys that signed for the logs, as policy files have them: name+id+base64.
CREATE TABLE log_keys (
    key           text PRIMARY KEY CHECK (key ~ '^[^[:space:]+]+[+][0-9a-f]{8}[+][A-Za-z0-9+/=]+$'),
    first_used_at timestamptz NOT NULL
);

-- Which process works on the log, and until when it may.
CREATE TABLE log_lease (
    id         smallint PRIMARY KEY CHECK (id = 1),
    holder     uuid NOT NULL,
    held_until timestamptz NOT NULL
);

CREATE TRIGGER log_state_grows BEFORE UPDATE ON log_state FOR EACH ROW
    WHEN ((NEW.log, NEW.origin, NEW.beginning, NEW.began_at) IS DISTINCT FROM (OLD.log, OLD.origin, OLD.beginning, OLD.began_at)
        OR NEW.size < OLD.size)
    EXECUTE FUNCTION refuse_impossible('a log keeps its origin and its beginning, and only grows');
CREATE TRIGGER log_state_stays BEFORE DELETE OR TRUNCATE ON log_state FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_tiles_grow BEFORE UPDATE ON log_tiles FOR EACH ROW
    WHEN ((NEW.log, NEW.level, NEW.place) IS DISTINCT FROM (OLD.log, OLD.level, OLD.place)
        OR substring(NEW.hashes FOR length(OLD.hashes)) <> OLD.hashes)
    EXECUTE FUNCTION refuse_impossible('a tile only grows');
CREATE TRIGGER log_tiles_stay BEFORE DELETE OR TRUNCATE ON log_tiles FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- down

DROP TABLE log_lease, log_keys, log_checkpoints, log_tiles, log_state;
DROP INDEX audit_logs_in_order;
ALTER TABLE audit_logs DROP COLUMN xid;
CREATE UNIQUE INDEX audit_logs_in_order ON audit_logs (n);
