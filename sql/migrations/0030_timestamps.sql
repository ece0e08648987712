-- Why: a time-stamping authority (RFC 3161) that courts know says when a checkpoint was there. Locks: none. Order: before the
-- code.

-- up

-- What an authority answered for a checkpoint, byte for byte. `at`: when it says it saw it.
CREATE TABLE log_timestamps (
    log       smallint NOT NULL,
    size      bigint NOT NULL,
    authority text NOT NULL CHECK (authority ~ '^https?://'),
    response  bytea NOT NULL CHECK (length(response) BETWEEN 1 AND 65536),
    at        timestamptz NOT NULL,
    PRIMARY KEY (log, size, authority),
    FOREIGN KEY (log, size) REFERENCES log_checkpoints
);
CREATE TRIGGER log_timestamps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_timestamps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- down

DROP TABLE log_timestamps;
