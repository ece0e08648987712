-- Why: a trader may have fifty thousand contracts, and an SMS without a number is looked up among those that are not over.
-- They are listed here by person, newest first, so that a look costs the same whoever asks. The triggers keep the list
-- whatever version of the code writes. Nothing is decided by it: it says where to look.
-- Locks: contract_parties and contracts, while the list is made (about a minute for ten million). Order: before the code.

-- up

-- A row for each party of each contract that is not over. silence_at: when the contract goes on although its buyer says
-- nothing; null: it does not.
CREATE TABLE open_contracts (
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    role        text NOT NULL,
    since       timestamptz NOT NULL,
    silence_at  timestamptz,
    PRIMARY KEY (contract_id, phone_id),
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties
);

-- The triggers write with the rights of the service's own role, also until sql/grants.sql runs after the last migration.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'voicepact_app') THEN
        GRANT SELECT, INSERT, DELETE ON open_contracts TO voicepact_app;
        GRANT UPDATE (silence_at) ON open_contracts TO voicepact_app;
    END IF;
END $$;

LOCK TABLE contract_parties, contracts IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO open_contracts (contract_id, phone_id, role, since, silence_at)
SELECT p.contract_id, p.phone_id, p.role, p.since,
    CASE WHEN c.status = 'ACTIVE' AND c.next_what IN ('remind_receipt', 'complete', 'remind_rest', 'complete_part')
        THEN c.next_at END
FROM contract_parties p JOIN contracts c ON c.id = p.contract_id
WHERE c.status IN ('PENDING', 'CONFIRMED', 'ACTIVE', 'DISPUTED');

CREATE INDEX open_contracts_newest ON open_contracts (phone_id, since DESC, contract_id DESC);
CREATE INDEX open_contracts_silence ON open_contracts (phone_id, silence_at) WHERE silence_at IS NOT NULL;

CREATE FUNCTION contract_parties_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_contracts (contract_id, phone_id, role, since)
    SELECT new.contract_id, new.phone_id, new.role, new.since
    FROM contracts c WHERE c.id = new.contract_id AND c.status IN ('PENDING', 'CONFIRMED', 'ACTIVE', 'DISPUTED');
    RETURN NULL;
END $$;
CREATE TRIGGER contract_parties_open AFTER INSERT ON contract_parties
    FOR EACH ROW EXECUTE FUNCTION contract_parties_open();

CREATE FUNCTION contracts_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    silence_ends timestamptz := CASE WHEN new.status = 'ACTIVE'
        AND new.next_what IN ('remind_receipt', 'complete', 'remind_rest', 'complete_part') THEN new.next_at END;
BEGIN
    IF new.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED') THEN
        DELETE FROM open_contracts WHERE contract_id = new.id;
    ELSE
        UPDATE open_contracts SET silence_at = silence_ends
        WHERE contract_id = new.id AND silence_at IS DISTINCT FROM silence_ends;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contracts_open AFTER UPDATE ON contracts
    FOR EACH ROW WHEN (new.status IN ('ACTIVE', 'COMPLETED', 'CANCELLED', 'EXPIRED') OR old.status = 'ACTIVE')
    EXECUTE FUNCTION contracts_open();

-- Lists of one status, of one contract's disputes, and of those that wait for a decision, newest first.
CREATE INDEX contracts_of_status ON contracts (status, created_at DESC, id DESC);
CREATE INDEX disputes_of_contract ON disputes (contract_id, opened_at DESC, id DESC);
CREATE INDEX disputes_waiting ON disputes (opened_at DESC, id DESC) WHERE status IN ('open', 'appealed');

-- down

DROP TRIGGER contracts_open ON contracts;
DROP TRIGGER contract_parties_open ON contract_parties;
DROP FUNCTION contracts_open();
DROP FUNCTION contract_parties_open();
DROP INDEX contracts_of_status;
DROP INDEX disputes_of_contract;
DROP INDEX disputes_waiting;
DROP TABLE open_contracts;
