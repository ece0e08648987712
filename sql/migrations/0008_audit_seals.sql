-- Why: one chain over all chains, and a signed word on it every hour: an entry that is taken out leaves a hole that shows.
-- Locks: audit_logs while it is numbered. Order: before the code.

-- up

-- Entries in the order they were written, whatever chain they are of; numbers of what was rolled back are left out.
ALTER TABLE audit_logs ADD COLUMN n bigint NOT NULL GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX audit_logs_in_order ON audit_logs (n);

-- What an entry's hash is taken over, behind the 32 bytes of the hash before it.
CREATE FUNCTION audit_text(entry audit_logs) RETURNS text LANGUAGE sql STABLE
RETURN jsonb_build_object(
    'chain_id', entry.chain_id, 'seq', entry.seq,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_id', entry.actor_id, 'channel', entry.channel, 'action', entry.action, 'details', entry.details,
    'act_id', entry.act_id)::text;

-- The chain over everything: a seal for each entry, each hashing the one before. `n` repeats the entry's number.
CREATE TABLE audit_seals (
    seq        bigint PRIMARY KEY CHECK (seq > 0),
    n          bigint NOT NULL UNIQUE,
    chain_id   uuid NOT NULL,
    chain_seq  bigint NOT NULL,
    entry_hash bytea NOT NULL,
    prev_hash  bytea NOT NULL,
    hash       bytea NOT NULL,
    UNIQUE (chain_id, chain_seq)
);

-- As in audit_logs_chain, the writer cannot choose the place. Two writers meet at the key, and one of them writes nothing.
CREATE FUNCTION audit_seals_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_seals;
BEGIN
    SELECT * INTO before FROM audit_seals ORDER BY seq DESC LIMIT 1;
    SELECT hash INTO STRICT NEW.entry_hash FROM audit_logs WHERE chain_id = NEW.chain_id AND seq = NEW.chain_seq;
    NEW.seq := coalesce(before.seq, 0) + 1;
    NEW.prev_hash := coalesce(before.hash, sha256('voicepact-seals/1'));
    NEW.hash := sha256(NEW.prev_hash || NEW.entry_hash);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_seals_chain BEFORE INSERT ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_seals_chain();

-- A signed word on where the seals stood: `statement` is canonical JSON and says so much that this row need not.
CREATE TABLE audit_checkpoints (
    number    bigint PRIMARY KEY CHECK (number > 0),
    from_seq  bigint NOT NULL CHECK (from_seq > 0),
    to_seq    bigint NOT NULL UNIQUE REFERENCES audit_seals,
    statement bytea NOT NULL,
    signature bytea NOT NULL CHECK (length(signature) = 64),
    key_id    text NOT NULL REFERENCES signature_keys,
    at        timestamptz NOT NULL,
    CHECK (from_seq <= to_seq)
);

CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- down

DROP TABLE audit_checkpoints, audit_seals;
DROP FUNCTION audit_seals_chain(), audit_text(audit_logs);
ALTER TABLE audit_logs DROP COLUMN n;
