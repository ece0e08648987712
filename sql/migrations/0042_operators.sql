-- Why: one key opened everything, and nobody could say whose hand it was. Operators have keys of their own, with a role and
-- scopes; each look at personal data is a row; and an erasure is wanted by two. Locks: none. Order: before the code; older code
-- may run on, which knows only API_KEY, and writes no looks.

-- up

-- A person, or a program, that acts on the service. `created_by`, `revoked_by`: who did that, as the audit names them.
CREATE TABLE operators (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) >= 1 AND length(name) <= 60),
    role       text NOT NULL CHECK (role IN ('operator', 'arbiter', 'auditor', 'admin')),
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL CHECK (created_by <> ''),
    revoked_at timestamptz,
    revoked_by text,
    CONSTRAINT operators_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ CASE role
        WHEN 'operator' THEN ARRAY['read', 'write', 'money', 'people']
        WHEN 'arbiter' THEN ARRAY['read', 'write']
        WHEN 'auditor' THEN ARRAY['read']
        WHEN 'admin' THEN ARRAY['read', 'write', 'money', 'people', 'admin']
    END),
    CONSTRAINT operators_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX operators_one_name ON operators (lower(name)) WHERE revoked_at IS NULL;
CREATE INDEX operators_newest ON operators (created_at, id);

-- A key is 256 random bits, and only its SHA-256 is here: nobody can guess such a key, so a slow hash would guard nothing more.
-- `id` is how the audit names it. Of the keys of an operator one is current; those before it are valid until they expire.
CREATE TABLE operator_keys (
    sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
    id          text NOT NULL UNIQUE,
    operator_id uuid NOT NULL REFERENCES operators (id),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    replaced_at timestamptz,
    CONSTRAINT operator_keys_id CHECK (id = encode(substring(sha256 FROM 1 FOR 8), 'hex')),
    CONSTRAINT operator_keys_expires CHECK (expires_at >= created_at),
    CONSTRAINT operator_keys_replaced CHECK (replaced_at >= created_at)
);
CREATE UNIQUE INDEX operator_keys_one_current ON operator_keys (operator_id) WHERE replaced_at IS NULL;
CREATE INDEX operator_keys_of_operator ON operator_keys (operator_id, created_at);

-- Nobody comes back, gets more than was said, or lives longer; and what old entries name stays.
CREATE TRIGGER operators_stay BEFORE UPDATE ON operators FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL OR (NEW.id, NEW.name, NEW.role, NEW.scopes, NEW.created_at, NEW.created_by)
        IS DISTINCT FROM (OLD.id, OLD.name, OLD.role, OLD.scopes, OLD.created_at, OLD.created_by))
    EXECUTE FUNCTION refuse_impossible('an operator keeps what they may do, and is revoked once');
CREATE TRIGGER operators_kept BEFORE DELETE OR TRUNCATE ON operators
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operator_keys_stay BEFORE UPDATE ON operator_keys FOR EACH ROW
    WHEN (OLD.replaced_at IS NOT NULL OR NEW.expires_at > OLD.expires_at OR (NEW.sha256, NEW.id, NEW.operator_id, NEW.created_at)
        IS DISTINCT FROM (OLD.sha256, OLD.id, OLD.operator_id, OLD.created_at))
    EXECUTE FUNCTION refuse_impossible('a key keeps whose it is, and is replaced once');
CREATE TRIGGER operator_keys_kept BEFORE DELETE OR TRUNCATE ON operator_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who looked at whom, and when. `key_id`: the operator's key; NULL: a command outside production, by nobody's key. `what`: the
-- route or the command. No number and no text of a person is here, only ids.
CREATE TABLE looks (
    id        uuid PRIMARY KEY,
    at        timestamptz NOT NULL,
    key_id    text CHECK (key_id ~ '^[0-9a-f]{16}$'),
    name      text NOT NULL CHECK (name <> ''),
    what      text NOT NULL CHECK (what <> ''),
    contracts uuid[] NOT NULL,
    phones    uuid[] NOT NULL,
    messages  uuid[] NOT NULL,
    CONSTRAINT looks_about CHECK (cardinality(contracts || phones || messages) > 0)
);
CREATE INDEX looks_of_key ON looks (key_id, id);
CREATE INDEX looks_old ON looks (at);

-- The same by whom it was about: a row for each contract and each person of a look.
CREATE TABLE look_subjects (
    about   uuid NOT NULL,
    look_id uuid NOT NULL REFERENCES looks (id) ON DELETE CASCADE,
    PRIMARY KEY (about, look_id)
);
CREATE INDEX look_subjects_of_look ON look_subjects (look_id);

-- A look stays a year whatever RETENTION_LOOKS_DAYS says: who looked cannot make it undone.
CREATE TRIGGER looks_stay BEFORE UPDATE OR TRUNCATE ON looks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER looks_kept_a_year BEFORE DELETE ON looks FOR EACH ROW WHEN (OLD.at > now() - interval '365 days')
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER look_subjects_stay BEFORE UPDATE OR TRUNCATE ON look_subjects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER look_subjects_go_with_looks BEFORE DELETE ON look_subjects FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change();

-- Who wants a person erased: it happens when a second operator wants it within seven days. `person`: one for all keys of an
-- operator; `operator`: as the audit names them.
CREATE TABLE erasure_requests (
    phone_id uuid NOT NULL REFERENCES phones (id),
    person   text NOT NULL CHECK (person <> ''),
    operator text NOT NULL CHECK (operator <> ''),
    at       timestamptz NOT NULL,
    PRIMARY KEY (phone_id, person)
);

-- down

DROP TABLE erasure_requests;
DROP TABLE look_subjects;
DROP TABLE looks;
DROP TABLE operator_keys;
DROP TABLE operators;
