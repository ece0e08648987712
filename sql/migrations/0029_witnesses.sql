-- Why: witnesses, on machines that are not ours, cosign the checkpoints of the log; a pack shows it, and a witness that knows
-- more than this database stops the signing. Locks: log_state, briefly. Order: before the code.

-- up

-- Signatures of witnesses on checkpoints. `witness`: its key, as policy files have it; `line`: as a note has it.
CREATE TABLE log_cosignatures (
    log     smallint NOT NULL,
    size    bigint NOT NULL,
    witness text NOT NULL CHECK (witness ~ '^[^[:space:]+]+[+][0-9a-f]{8}[+][A-Za-z0-9+/=]+$'),
    line    text NOT NULL CHECK (line ~ '^— [^[:space:]+]+ [A-Za-z0-9+/=]+\n$'),
    at      timestamptz NOT NULL,
    PRIMARY KEY (log, size, witness),
    FOREIGN KEY (log, size) REFERENCES log_checkpoints
);

-- What each witness has told last. `size`: of the latest checkpoint that it has, as far as we know; `objection`: why no
-- checkpoint may be signed. A witness is its key, or the address of its folder.
CREATE TABLE log_witnesses (
    log       smallint NOT NULL REFERENCES log_state,
    witness   text NOT NULL,
    size      bigint NOT NULL CHECK (size >= 0),
    objection text,
    PRIMARY KEY (log, witness)
);

-- Since which checkpoint too few witnesses have cosigned; null: enough have, or none is asked.
ALTER TABLE log_state ADD COLUMN unwitnessed_since timestamptz;

CREATE TRIGGER log_cosignatures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- down

DROP TABLE log_cosignatures, log_witnesses;
ALTER TABLE log_state DROP COLUMN unwitnessed_since;
