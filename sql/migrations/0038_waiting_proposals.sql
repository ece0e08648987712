-- Why: who has a hundred thousand contracts made each dial, hop and SMS look at a hundred offers, and at all proposals that wait
-- for them: the index of these knows no order. Both have the order of the contracts' ids now, so that a look reads the newest
-- few and stops. Nothing is decided by the list: it says where to look.
-- Locks: contract_proposals and contract_signatures, while their index is read and made (some ten seconds for ten million
-- contracts). Order: before the code; older code may run on, but looks at all proposals that wait for anybody.

-- up

-- A row for each person for whose answer the open proposal about a contract waits. The trigger keeps it, whatever version of
-- the code writes.
CREATE TABLE waiting_proposals (
    phone_id    uuid NOT NULL,
    contract_id uuid NOT NULL,
    PRIMARY KEY (phone_id, contract_id),
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties
);

-- The trigger writes with the rights of the service's own role, also until sql/grants.sql runs after the last migration.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'voicepact_app') THEN
        GRANT SELECT, INSERT, DELETE ON waiting_proposals TO voicepact_app;
    END IF;
END $$;

LOCK TABLE contract_proposals IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO waiting_proposals (phone_id, contract_id)
SELECT DISTINCT w.phone_id, o.contract_id FROM contract_proposals o, unnest(o.waiting) AS w(phone_id) WHERE o.status = 'pending';

CREATE FUNCTION contract_proposals_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM waiting_proposals WHERE phone_id = ANY (OLD.waiting) AND contract_id = OLD.contract_id;
    END IF;
    IF NEW.status = 'pending' THEN
        INSERT INTO waiting_proposals (phone_id, contract_id) SELECT DISTINCT unnest(NEW.waiting), NEW.contract_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_proposals_wait AFTER INSERT OR UPDATE OF status, waiting ON contract_proposals
    FOR EACH ROW EXECUTE FUNCTION contract_proposals_wait();
DROP INDEX contract_proposals_waiting;

DROP INDEX contract_signatures_waiting;
CREATE INDEX contract_signatures_waiting ON contract_signatures (phone_id, contract_id) WHERE status = 'pending';

-- down

DROP INDEX contract_signatures_waiting;
CREATE INDEX contract_signatures_waiting ON contract_signatures (phone_id) WHERE status = 'pending';
CREATE INDEX contract_proposals_waiting ON contract_proposals USING gin (waiting) WHERE status = 'pending';
DROP TRIGGER contract_proposals_wait ON contract_proposals;
DROP FUNCTION contract_proposals_wait();
DROP TABLE waiting_proposals;
