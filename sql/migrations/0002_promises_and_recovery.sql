-- Why: an effect that is late is promised, and kept later; a caller who forgot the PIN gets a code in person.
-- Locks: phones, briefly. Order: before the code.

-- up

-- Effects that were wanted, with the right PIN, and were late: under the key of the hop that wanted them.
CREATE TABLE promises (
    provider   text NOT NULL,
    session_id text NOT NULL,
    hop_key    bytea NOT NULL,
    sealed     bytea NOT NULL,                             -- the effect and who wanted it, readable with SECRET_KEY
    made_at    timestamptz NOT NULL,
    due_at     timestamptz,
    tries      integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    kept_at    timestamptz,
    PRIMARY KEY (provider, session_id, hop_key),
    CHECK ((due_at IS NULL) = (kept_at IS NOT NULL))
);
CREATE INDEX promises_due ON promises (due_at) WHERE due_at IS NOT NULL;

-- A recovery code lets this phone choose a new PIN: a keyed hash, for a while, for a few tries, once.
ALTER TABLE phones
    ADD COLUMN recovery_key bytea,
    ADD COLUMN recovery_until timestamptz,
    ADD COLUMN recovery_tries integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT phones_recovery CHECK ((recovery_key IS NULL) = (recovery_until IS NULL));

-- down

ALTER TABLE phones DROP COLUMN recovery_tries, DROP COLUMN recovery_until, DROP COLUMN recovery_key;
DROP TABLE promises;
