-- Why: the hashes of audit entries are in no order, so among many contracts each act reads a page of their index and writes it
-- whole; and nobody looks by it. No two entries can have the same hash without it: a chain's name is in its first hash, the
-- place in the chain is the primary key, and a trigger compares each entry with the one before. And a trigger was called for
-- each answer, to say that it may be given. Locks: audit_logs and contract_signatures, briefly. Order: before the code; older
-- code may run on.

-- up

ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_hash_key;

-- What is refused is as before: an answer that was given stays.
DROP TRIGGER contract_signatures_stay ON contract_signatures;
CREATE TRIGGER contract_signatures_stay AFTER UPDATE ON contract_signatures FOR EACH ROW WHEN (OLD.status <> 'pending')
EXECUTE FUNCTION contract_signatures_stay();

-- down

DROP TRIGGER contract_signatures_stay ON contract_signatures;
CREATE TRIGGER contract_signatures_stay AFTER UPDATE ON contract_signatures FOR EACH ROW EXECUTE FUNCTION contract_signatures_stay();
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_hash_key UNIQUE (hash);
