-- Why: what comes after the confirmation: deliveries, new terms, cancelling together, disputes, and what time brings.
-- Locks: contracts for the time of a scan (the checks of its new columns). Order: before the code.

-- up

ALTER TABLE contracts
    ADD COLUMN terms_version integer NOT NULL DEFAULT 1 CHECK (terms_version > 0),
    ADD COLUMN delivered_at timestamptz,                   -- the seller's word, the last one
    ADD COLUMN next_what text CHECK (next_what IN (        -- the next thing that time brings, and when
        'remind_answer', 'expire', 'remind_delivery', 'remind_receipt', 'complete', 'close_dispute')),
    ADD COLUMN next_at timestamptz,
    ADD CONSTRAINT contracts_next CHECK ((next_what IS NULL) = (next_at IS NULL)),
    ADD CONSTRAINT contracts_active CHECK (status NOT IN ('ACTIVE', 'COMPLETED', 'DISPUTED') OR active_at IS NOT NULL),
    ADD CONSTRAINT contracts_disputed CHECK (status <> 'DISPUTED' OR disputed_at IS NOT NULL);
CREATE INDEX contracts_next ON contracts (next_at) WHERE next_at IS NOT NULL;

-- The legal moves, as the lifecycle in the code has them. A move may pass through ACTIVE, if it says when. All parties
-- together may cancel what they confirmed. Terms change under a new version of theirs only.
CREATE OR REPLACE FUNCTION contracts_move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'), ('CONFIRMED', 'CANCELLED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'), ('ACTIVE', 'CANCELLED'),
        ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED'))
        AND NOT (OLD.status = 'CONFIRMED' AND NEW.status IN ('COMPLETED', 'DISPUTED')
            AND OLD.active_at IS NULL AND NEW.active_at IS NOT NULL) THEN
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

-- What a party asks all others to agree to: new terms, or an end. `n` counts up in a contract, from 2: it is the version
-- of the terms that are proposed, and no number is used twice. `consented`: who has agreed so far, the proposer included.
CREATE TABLE contract_proposals (
    contract_id uuid NOT NULL REFERENCES contracts,
    n           integer NOT NULL CHECK (n > 1),
    kind        text NOT NULL CHECK (kind IN ('amend', 'cancel')),
    terms       jsonb CHECK (jsonb_typeof(terms) = 'object'),
    by_id       uuid NOT NULL REFERENCES phones,
    consented   uuid[] NOT NULL,
    waiting     uuid[] NOT NULL,                           -- those who have not answered yet
    status      text NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'lapsed')),
    created_at  timestamptz NOT NULL,
    settled_at  timestamptz,
    PRIMARY KEY (contract_id, n),
    CHECK ((kind = 'amend') = (terms IS NOT NULL)),
    CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX contract_proposals_one_at_a_time ON contract_proposals (contract_id) WHERE status = 'pending';

CREATE INDEX contract_proposals_waiting ON contract_proposals USING gin (waiting) WHERE status = 'pending';

-- Evidence of an answer to a proposal is a confirmation under its number.
ALTER TABLE confirmations ADD COLUMN subject text NOT NULL DEFAULT 'terms' CHECK (subject IN ('terms', 'cancel'));

-- What was said of a delivery. Nobody takes back a word: a new one follows.
CREATE TABLE deliveries (
    id          uuid PRIMARY KEY,                          -- the act's
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('said', 'full', 'part')),
    quantity    numeric CHECK (quantity > 0),
    evidence    jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'object'),  -- what was shown, and by what way it was said
    at          timestamptz NOT NULL,
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties,
    CHECK ((kind = 'part') = (quantity IS NOT NULL))
);
CREATE INDEX deliveries_of_contract ON deliveries (contract_id, at);
CREATE TRIGGER deliveries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A problem, until it is settled. While it is open, nothing that time brings happens to its contract.
CREATE TABLE disputes (
    id           uuid PRIMARY KEY,
    contract_id  uuid NOT NULL REFERENCES contracts,
    opened_by    uuid REFERENCES phones,                   -- null: an operator
    words        text NOT NULL CHECK (length(words) BETWEEN 1 AND 500),
    status       text NOT NULL CHECK (status IN ('open', 'decided', 'appealed', 'closed')),
    decision     text CHECK (decision IN ('complete', 'cancel', 'split')),
    split_minor  bigint CHECK (split_minor > 0),           -- what the seller gets of the total
    reasons      text CHECK (length(reasons) BETWEEN 1 AND 1000),
    opened_at    timestamptz NOT NULL,
    decided_at   timestamptz,
    appealed_by  uuid REFERENCES phones,
    appeal_words text CHECK (length(appeal_words) BETWEEN 1 AND 500),
    appealed_at  timestamptz,
    closed_at    timestamptz,
    CHECK ((status IN ('decided', 'closed')) <= (decision IS NOT NULL AND reasons IS NOT NULL AND decided_at IS NOT NULL)),
    CHECK (coalesce(decision = 'split', false) = (split_minor IS NOT NULL)),
    CHECK (status <> 'appealed' OR appealed_at IS NOT NULL),
    CHECK ((appealed_at IS NULL) = (appeal_words IS NULL)),
    CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX disputes_one_at_a_time ON disputes (contract_id) WHERE status <> 'closed';
CREATE INDEX disputes_newest ON disputes (opened_at DESC, id DESC);

CREATE TABLE dispute_files (
    id         uuid PRIMARY KEY,
    dispute_id uuid NOT NULL REFERENCES disputes,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    media_type text NOT NULL,
    content    bytea NOT NULL,
    sha256     bytea NOT NULL,
    added_at   timestamptz NOT NULL,
    UNIQUE (dispute_id, sha256)
);
CREATE TRIGGER dispute_files_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_files
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DROP VIEW contract_records;
CREATE VIEW contract_records AS
SELECT c.*, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name,
        'language', f.language, 'signature', s.status, 'settled_at', s.settled_at
    ) ORDER BY p.role, f.msisdn)
    FROM contract_parties p
    JOIN phones f ON f.id = p.phone_id
    LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
    WHERE p.contract_id = c.id
) AS parties,
(SELECT to_jsonb(o) FROM contract_proposals o WHERE o.contract_id = c.id AND o.status = 'pending') AS proposal,
(SELECT max(o.n) FROM contract_proposals o WHERE o.contract_id = c.id) AS last_proposal,
(SELECT to_jsonb(d) FROM disputes d WHERE d.contract_id = c.id AND d.status <> 'closed') AS dispute,
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received
FROM contracts c;

-- down

DROP VIEW contract_records;
DROP TABLE dispute_files, disputes, deliveries, contract_proposals;
ALTER TABLE confirmations DROP COLUMN subject;
CREATE OR REPLACE FUNCTION contracts_move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'),
        ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED')) THEN
        RAISE EXCEPTION 'contract % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'contract % must go from version % to the next', OLD.id, OLD.version USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at) THEN
        RAISE EXCEPTION 'contract % keeps its identity', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP INDEX contracts_next;
ALTER TABLE contracts DROP CONSTRAINT contracts_disputed, DROP CONSTRAINT contracts_active, DROP CONSTRAINT contracts_next,
    DROP COLUMN next_at, DROP COLUMN next_what, DROP COLUMN delivered_at, DROP COLUMN terms_version;
CREATE VIEW contract_records AS
SELECT c.*, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name,
        'language', f.language, 'signature', s.status, 'settled_at', s.settled_at
    ) ORDER BY p.role, f.msisdn)
    FROM contract_parties p
    JOIN phones f ON f.id = p.phone_id
    LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
    WHERE p.contract_id = c.id
) AS parties
FROM contracts c;
