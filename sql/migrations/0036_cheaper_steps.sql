-- Why: two triggers looked at each change of a contract, though they have something to say of few: with a usual step, that is a
-- tenth of an act. What they refuse is as before. Locks: contracts, briefly. Order: before the code; older code may run on.

-- up

-- The function is called for what may be illegal; it knows all that is legal. What is left out here: a usual step, or a change
-- without one, to the next version of a contract that is not over, under the same terms.
DROP TRIGGER contracts_move ON contracts;
CREATE TRIGGER contracts_move BEFORE UPDATE ON contracts FOR EACH ROW
WHEN (NEW.version <> OLD.version + 1
    OR OLD.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
    OR NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('CONFIRMED', 'ACTIVE'), ('ACTIVE', 'COMPLETED'))
    OR NEW.terms_version <> OLD.terms_version
    OR (NEW.terms, NEW.total_minor, NEW.currency) IS DISTINCT FROM (OLD.terms, OLD.total_minor, OLD.currency)
    OR (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at))
EXECUTE FUNCTION contracts_move_legally();

DROP TRIGGER contracts_hold_together ON contracts;
CREATE TRIGGER contracts_hold_together AFTER UPDATE ON contracts FOR EACH ROW
WHEN (NEW.status <> OLD.status OR NEW.terms_version <> OLD.terms_version)
EXECUTE FUNCTION contracts_hold_together();

-- down

DROP TRIGGER contracts_hold_together ON contracts;
CREATE TRIGGER contracts_hold_together AFTER UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION contracts_hold_together();
DROP TRIGGER contracts_move ON contracts;
CREATE TRIGGER contracts_move BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION contracts_move_legally();
