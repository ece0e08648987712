-- Why: an act is one entry in an audit chain, whose text binds all that the act wrote (contracts/proof/entries.py); the
-- head of a chain is in the row of its contract or person, so that a writer looks nothing up and a missing end shows.
-- Locks: audit_logs for a scan; contracts and phones while each row gets its head. Order: before the code; older code is
-- to be stopped: its acts write no entries of this form, and are refused.

-- up

-- The text of an entry, byte for byte as it was hashed behind the hash of the entry before. Null: an entry from before,
-- which has its one action in columns, and its text by audit_text.
ALTER TABLE audit_logs
    ADD COLUMN text text,
    ALTER COLUMN channel DROP NOT NULL,
    ALTER COLUMN action DROP NOT NULL,
    ALTER COLUMN details DROP NOT NULL,
    ADD CONSTRAINT audit_logs_form CHECK (num_nonnulls(channel, action, details) = CASE WHEN text IS NULL THEN 3 ELSE 0 END);

-- The hash of the last entry in the chain of this row's id (null: there is none), and how many the chain has.
ALTER TABLE contracts ADD COLUMN head bytea, ADD COLUMN entries bigint NOT NULL DEFAULT 0;
ALTER TABLE phones ADD COLUMN head bytea, ADD COLUMN entries bigint NOT NULL DEFAULT 0;

-- Each text that an entry binds is hashed with a salt of its own, so that nobody can guess it once both are erased.
ALTER TABLE sms_logs ADD COLUMN salt bytea;

ALTER TABLE contracts DISABLE TRIGGER USER;
UPDATE contracts c SET head = a.hash, entries = a.seq
FROM (SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM audit_logs ORDER BY chain_id, seq DESC) AS a
WHERE c.id = a.chain_id;
ALTER TABLE contracts ENABLE TRIGGER USER;
UPDATE phones f SET head = a.hash, entries = a.seq
FROM (SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM audit_logs ORDER BY chain_id, seq DESC) AS a
WHERE f.id = a.chain_id;

CREATE OR REPLACE FUNCTION audit_text(entry audit_logs) RETURNS text LANGUAGE sql STABLE
RETURN coalesce(entry.text, jsonb_build_object(
    'chain_id', entry.chain_id, 'seq', entry.seq,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_id', entry.actor_id, 'channel', entry.channel, 'action', entry.action, 'details', entry.details,
    'act_id', entry.act_id)::text);

-- JSON as RFC 8785 writes it, of values with ASCII keys and whole numbers.
CREATE FUNCTION canonical_json(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN (
            SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || canonical_json(part), ',' ORDER BY key COLLATE "C"), '') || '}'
            FROM jsonb_each(value) AS parts(key, part))
        WHEN 'array' THEN (
            SELECT '[' || coalesce(string_agg(canonical_json(part), ',' ORDER BY place), '') || ']'
            FROM jsonb_array_elements(value) WITH ORDINALITY AS parts(part, place))
        ELSE value::text END;
END $$;

-- An entry comes with its text and its place, which must be the next one of its chain. Or it comes as one action in
-- columns: then the text is made here, and the head of the chain goes on. A chain of neither a contract nor a person has
-- no head; its writers wait for each other.
CREATE OR REPLACE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chain_head bytea;
    chain_length bigint;
    last_hash bytea;
BEGIN
    IF NEW.text IS NULL THEN
        IF (NEW.action IS NOT NULL AND NEW.details IS NOT NULL
            AND NEW.channel IN ('ussd', 'sms', 'voice', 'api', 'service')) IS NOT TRUE THEN
            RAISE EXCEPTION 'an action of chain % needs a name, details and a channel', NEW.chain_id
                USING ERRCODE = 'check_violation', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_channel_check';
        END IF;
        NEW.text := canonical_json(jsonb_build_object('format', 'voicepact-entry/2', 'chain', NEW.chain_id,
            'act', NEW.act_id, 'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'actions', jsonb_build_array(jsonb_build_object('action', NEW.action, 'actor', NEW.actor_id,
                'channel', NEW.channel, 'details', NEW.details))));
        NEW.channel := NULL;
        NEW.action := NULL;
        NEW.details := NULL;
        SELECT head, entries INTO chain_head, chain_length FROM contracts WHERE id = NEW.chain_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            SELECT head, entries INTO chain_head, chain_length FROM phones WHERE id = NEW.chain_id FOR NO KEY UPDATE;
        END IF;
        IF NOT FOUND THEN
            PERFORM pg_advisory_xact_lock(hashtextextended(NEW.chain_id::text, 0));
            SELECT hash, seq INTO chain_head, chain_length FROM audit_logs
            WHERE chain_id = NEW.chain_id ORDER BY seq DESC LIMIT 1;
        END IF;
        NEW.seq := coalesce(chain_length, 0) + 1;
        NEW.prev_hash := coalesce(chain_head, sha256(convert_to(NEW.chain_id::text, 'UTF8')));
        NEW.hash := sha256(NEW.prev_hash || convert_to(NEW.text, 'UTF8'));
        UPDATE contracts SET head = NEW.hash, entries = NEW.seq WHERE id = NEW.chain_id;
        IF NOT FOUND THEN
            UPDATE phones SET head = NEW.hash, entries = NEW.seq WHERE id = NEW.chain_id;
        END IF;
    END IF;
    SELECT hash INTO last_hash FROM audit_logs WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1;
    IF last_hash IS NULL AND NEW.seq = 1 THEN
        last_hash := sha256(convert_to(NEW.chain_id::text, 'UTF8'));
    END IF;
    IF (NEW.prev_hash, NEW.hash) IS DISTINCT FROM (last_hash, sha256(last_hash || convert_to(NEW.text, 'UTF8'))) THEN
        RAISE EXCEPTION 'entry % of chain % does not follow from the one before', NEW.seq, NEW.chain_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- A chain may go on without a step of its contract: a file of a dispute, a hold, an erasure.
CREATE OR REPLACE FUNCTION contracts_move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chained contracts;
BEGIN
    IF NEW.version = OLD.version AND NEW.entries = OLD.entries + 1 THEN
        chained := OLD;
        chained.head := NEW.head;
        chained.entries := NEW.entries;
        IF NEW IS NOT DISTINCT FROM chained THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'), ('CONFIRMED', 'CANCELLED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'), ('ACTIVE', 'CANCELLED'),
        ('DISPUTED', 'CONFIRMED'), ('DISPUTED', 'ACTIVE'), ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED'))
        AND NOT (OLD.status = 'CONFIRMED' AND NEW.status IN ('COMPLETED', 'DISPUTED') AND NEW.active_at IS NOT NULL) THEN
        RAISE EXCEPTION 'contract % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'contract % must go from version % to the next', OLD.id, OLD.version USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at) THEN
        RAISE EXCEPTION 'contract % keeps its identity', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.terms, NEW.total_minor, NEW.currency) IS DISTINCT FROM (OLD.terms, OLD.total_minor, OLD.currency)
        AND NEW.terms_version <= OLD.terms_version OR NEW.terms_version < OLD.terms_version THEN
        RAISE EXCEPTION 'contract % changes its terms under a new version only', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED') THEN
        RAISE EXCEPTION 'contract % is over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- The audit by single actions: those of an entry have its seq, and their place in it.
CREATE VIEW audit_actions AS
SELECT a.chain_id, a.seq, 1::bigint AS place, a.at, a.actor_id, a.channel, a.action, a.details, a.act_id, a.prev_hash,
    a.hash, a.n
FROM audit_logs a WHERE a.text IS NULL
UNION ALL
SELECT a.chain_id, a.seq, x.place, a.at, (x.one ->> 'actor')::uuid, x.one ->> 'channel', x.one ->> 'action',
    x.one -> 'details', a.act_id, a.prev_hash, a.hash, a.n
FROM audit_logs a CROSS JOIN LATERAL jsonb_array_elements(a.text::jsonb -> 'actions') WITH ORDINALITY AS x(one, place)
WHERE a.text IS NOT NULL;

-- down

DROP VIEW audit_actions;
-- The older table cannot hold an entry of several actions: such entries go, with their seals and the checkpoints on them.
ALTER TABLE audit_logs DISABLE TRIGGER USER;
ALTER TABLE audit_seals DISABLE TRIGGER USER;
ALTER TABLE audit_checkpoints DISABLE TRIGGER USER;
DELETE FROM audit_checkpoints WHERE to_seq >= (SELECT min(s.seq) FROM audit_seals s
    JOIN audit_logs a ON a.chain_id = s.chain_id AND a.seq = s.chain_seq WHERE a.text IS NOT NULL);
DELETE FROM audit_seals WHERE seq >= (SELECT min(s.seq) FROM audit_seals s
    JOIN audit_logs a ON a.chain_id = s.chain_id AND a.seq = s.chain_seq WHERE a.text IS NOT NULL);
DELETE FROM audit_logs WHERE text IS NOT NULL;
ALTER TABLE audit_logs ENABLE TRIGGER USER;
ALTER TABLE audit_seals ENABLE TRIGGER USER;
ALTER TABLE audit_checkpoints ENABLE TRIGGER USER;
CREATE OR REPLACE FUNCTION audit_text(entry audit_logs) RETURNS text LANGUAGE sql STABLE
RETURN jsonb_build_object(
    'chain_id', entry.chain_id, 'seq', entry.seq,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_id', entry.actor_id, 'channel', entry.channel, 'action', entry.action, 'details', entry.details,
    'act_id', entry.act_id)::text;
CREATE OR REPLACE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_logs;
BEGIN
    SELECT * INTO before FROM audit_logs WHERE chain_id = NEW.chain_id ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(before.seq, 0) + 1;
    NEW.prev_hash := coalesce(before.hash, sha256(convert_to(NEW.chain_id::text, 'UTF8')));
    NEW.hash := sha256(NEW.prev_hash || convert_to(jsonb_build_object(
        'chain_id', NEW.chain_id, 'seq', NEW.seq, 'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor_id', NEW.actor_id, 'channel', NEW.channel, 'action', NEW.action, 'details', NEW.details,
        'act_id', NEW.act_id)::text, 'UTF8'));
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION contracts_move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'), ('CONFIRMED', 'CANCELLED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'), ('ACTIVE', 'CANCELLED'),
        ('DISPUTED', 'CONFIRMED'), ('DISPUTED', 'ACTIVE'), ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED'))
        AND NOT (OLD.status = 'CONFIRMED' AND NEW.status IN ('COMPLETED', 'DISPUTED') AND NEW.active_at IS NOT NULL) THEN
        RAISE EXCEPTION 'contract % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'contract % must go from version % to the next', OLD.id, OLD.version USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at) THEN
        RAISE EXCEPTION 'contract % keeps its identity', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.terms, NEW.total_minor, NEW.currency) IS DISTINCT FROM (OLD.terms, OLD.total_minor, OLD.currency)
        AND NEW.terms_version <= OLD.terms_version OR NEW.terms_version < OLD.terms_version THEN
        RAISE EXCEPTION 'contract % changes its terms under a new version only', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED') THEN
        RAISE EXCEPTION 'contract % is over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP FUNCTION canonical_json(jsonb);
ALTER TABLE sms_logs DROP COLUMN salt;
ALTER TABLE phones DROP COLUMN head, DROP COLUMN entries;
ALTER TABLE contracts DROP COLUMN head, DROP COLUMN entries;
ALTER TABLE audit_logs
    DROP CONSTRAINT audit_logs_form,
    DROP COLUMN text,
    ALTER COLUMN channel SET NOT NULL,
    ALTER COLUMN action SET NOT NULL,
    ALTER COLUMN details SET NOT NULL;
