-- Why: whatever binds a party, or moves money, is signed as a yes is; and what does not add up is refused, whoever writes it.
-- Locks: confirmations for the time of a scan. Order: before the code; older code is to be stopped: it is refused
-- deliveries and decisions, and as the service's own role the contracts it makes.

-- up

-- Words of other kinds than yes and no: `contract_version` is what the contract is after one, and there is one to a
-- version. `details` is what else was said: a quantity, or the dispute and what was decided. What an operator writes down
-- is signed as well, as their word and nobody else's: without a person.
ALTER TABLE confirmations
    ALTER COLUMN phone_id DROP NOT NULL,
    ADD COLUMN contract_version integer,
    ADD COLUMN details jsonb,
    DROP CONSTRAINT confirmations_channel_check,
    DROP CONSTRAINT confirmations_subject_check,
    DROP CONSTRAINT confirmations_answer_check,
    ADD CONSTRAINT confirmations_answer_check CHECK (subject || ' ' || answer IN (
        'terms confirm', 'terms decline', 'cancel confirm', 'cancel decline', 'delivery delivered', 'delivery received',
        'delivery received_part', 'dispute complain', 'dispute decide', 'dispute appeal')),
    ADD CONSTRAINT confirmations_giver CHECK (CASE channel WHEN 'api' THEN phone_id IS NULL AND subject = 'dispute'
        ELSE phone_id IS NOT NULL AND answer <> 'decide' AND channel IN ('ussd', 'sms', 'voice') END),
    ADD CONSTRAINT confirmations_act CHECK (CASE WHEN subject IN ('terms', 'cancel')
        THEN contract_version IS NULL AND details IS NULL
        ELSE contract_version IS NOT NULL AND coalesce(details ? CASE subject WHEN 'delivery' THEN 'quantity' ELSE 'dispute' END, false) END),
    DROP CONSTRAINT confirmations_contract_id_phone_id_terms_version_answer_key,
    ADD CONSTRAINT confirmations_once UNIQUE NULLS NOT DISTINCT (contract_id, phone_id, terms_version, answer, contract_version);

-- What the giver of a word wrote themselves; it is under the same hash as the texts they were shown.
ALTER TABLE confirmation_texts ADD COLUMN words text CHECK (length(words) BETWEEN 1 AND 1000);

-- A delivery is a signed word of the same id; what was shown lies with that. Those from before keep it here, unsigned.
ALTER TABLE deliveries ALTER COLUMN evidence SET DEFAULT '{}';
CREATE UNIQUE INDEX deliveries_all_once ON deliveries (contract_id) WHERE kind = 'full';

CREATE FUNCTION refuse_impossible() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME;
END $$;

-- Offers are made of what the service may insert (sql/grants.sql), and cost what their terms say.
ALTER TABLE contracts
    ALTER COLUMN status SET DEFAULT 'PENDING',
    ADD CONSTRAINT contracts_total CHECK (total_minor = (terms ->> 'total_minor')::bigint AND currency = terms ->> 'currency')
        NOT VALID;

-- What follows is looked at when all of a statement is done. Every step of every contract comes by here, and a condition
-- in a CREATE TRIGGER is read anew by each statement: so there is one function, and it asks only what it must.
-- A yes may become a no, as long as not all have said yes; nothing else that is settled changes.
CREATE FUNCTION contract_signatures_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'pending' THEN
        IF (OLD.status, NEW.status) <> ('signed', 'rejected') OR NOT EXISTS (
            SELECT FROM contracts WHERE id = NEW.contract_id AND status = 'CANCELLED' AND confirmed_at IS NULL) THEN
            RAISE EXCEPTION 'signature of % on contract % is settled', NEW.phone_id, NEW.contract_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_signatures_stay AFTER UPDATE ON contract_signatures
    FOR EACH ROW EXECUTE FUNCTION contract_signatures_stay();

CREATE FUNCTION contracts_hold_together() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    IF NEW.terms_version <> OLD.terms_version THEN
        IF NOT EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = NEW.id AND o.n = NEW.terms_version
            AND o.kind = 'amend' AND o.status = 'accepted' AND o.terms = NEW.terms) THEN
            missing := 'nobody agreed to these terms';
        END IF;
    END IF;
    IF NEW.status = OLD.status THEN
        NULL;
    ELSIF NEW.status = 'CONFIRMED' THEN
        -- It counts, because every confirmation waits for it: that is half as dear as to look at each party.
        IF (SELECT count(*) FROM contract_parties WHERE contract_id = NEW.id AND role IN ('buyer', 'seller')) <> (
            SELECT count(*) FROM contract_signatures s
            JOIN confirmations w ON w.contract_id = s.contract_id AND w.phone_id = s.phone_id
                AND w.terms_version = NEW.terms_version AND w.answer = 'confirm'
            WHERE s.contract_id = NEW.id AND s.status = 'signed') THEN
            missing := 'a yes is missing';
        END IF;
    ELSIF NEW.status = 'DISPUTED' OR OLD.status = 'DISPUTED' THEN
        IF NEW.status IS DISTINCT FROM (SELECT CASE WHEN status <> 'closed' THEN 'DISPUTED'
            WHEN decision = 'cancel' THEN 'CANCELLED' ELSE 'COMPLETED' END
            FROM disputes WHERE contract_id = NEW.id ORDER BY closed_at DESC NULLS FIRST LIMIT 1) THEN
            missing := 'its dispute does not stand so';
        END IF;
    ELSIF NEW.status = 'ACTIVE' THEN
        IF NOT EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id) THEN
            missing := 'nobody spoke of a delivery';
        END IF;
    ELSIF NEW.status = 'CANCELLED' AND OLD.status <> 'PENDING' THEN
        IF NOT EXISTS (
            SELECT FROM contract_proposals WHERE contract_id = NEW.id AND kind = 'cancel' AND status = 'accepted') THEN
            missing := 'not all agreed';
        END IF;
    -- Where time completes it, that was to come next, and the record said so.
    ELSIF NEW.status = 'COMPLETED' AND coalesce(OLD.next_what, '') NOT IN ('complete', 'complete_part') THEN
        IF NOT EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id HAVING bool_or(kind = 'full')
            OR sum(quantity) FILTER (WHERE kind = 'part') = (NEW.terms ->> 'quantity')::numeric) THEN
            missing := 'not all was received';
        END IF;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'contract % cannot be % under terms %: %', NEW.id, NEW.status, NEW.terms_version, missing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contracts_hold_together AFTER UPDATE ON contracts
    FOR EACH ROW EXECUTE FUNCTION contracts_hold_together();

CREATE FUNCTION deliveries_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contract contracts;
BEGIN
    SELECT * INTO contract FROM contracts WHERE id = NEW.contract_id FOR NO KEY UPDATE;
    IF (SELECT sum(quantity) FROM deliveries WHERE contract_id = contract.id AND kind = 'part') > (contract.terms ->> 'quantity')::numeric THEN
        RAISE EXCEPTION 'contract %: more is received than was agreed', contract.id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM confirmations w JOIN contract_parties p ON p.contract_id = w.contract_id AND p.phone_id = w.phone_id
        WHERE w.id = NEW.id AND w.contract_id = contract.id AND w.phone_id = NEW.phone_id
            AND w.contract_version = contract.version
            AND (NEW.kind, p.role, w.answer, contract.status) IN (
                ('said', 'seller', 'delivered', 'ACTIVE'), ('full', 'buyer', 'received', 'COMPLETED'),
                ('part', 'buyer', 'received_part', 'ACTIVE'), ('part', 'buyer', 'received_part', 'COMPLETED'))
            AND (NEW.kind <> 'part' OR (w.details ->> 'quantity')::numeric = NEW.quantity)) THEN
        RAISE EXCEPTION 'delivery % is not what was said and signed', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
-- What an operator reports of a delivery is nobody's word.
CREATE TRIGGER deliveries_add_up AFTER INSERT ON deliveries FOR EACH ROW
    WHEN (NEW.kind <> 'reported') EXECUTE FUNCTION deliveries_add_up();

-- A proposal takes the next number, stays what it is, and is accepted when every buyer and seller has said yes to it.
CREATE FUNCTION contract_proposals_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'pending' OR NEW.n <> (
        SELECT coalesce(max(n), 1) + 1 FROM contract_proposals WHERE contract_id = NEW.contract_id AND n <> NEW.n) THEN
        RAISE EXCEPTION 'proposal % of contract % is not the next', NEW.n, NEW.contract_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_proposals_follow AFTER INSERT ON contract_proposals
    FOR EACH ROW EXECUTE FUNCTION contract_proposals_follow();
CREATE TRIGGER contract_proposals_stay BEFORE UPDATE ON contract_proposals FOR EACH ROW
    WHEN (OLD.status <> 'pending' OR (NEW.contract_id, NEW.n, NEW.kind, NEW.terms, NEW.by_id, NEW.created_at)
        IS DISTINCT FROM (OLD.contract_id, OLD.n, OLD.kind, OLD.terms, OLD.by_id, OLD.created_at))
    EXECUTE FUNCTION refuse_impossible('what is proposed stays, and is settled once');
CREATE FUNCTION contract_proposals_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM contract_parties p WHERE p.contract_id = NEW.contract_id AND p.role IN ('buyer', 'seller')
        AND NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = p.contract_id AND w.phone_id = p.phone_id
            AND w.terms_version = NEW.n AND w.answer = 'confirm'
            AND w.subject = CASE NEW.kind WHEN 'cancel' THEN 'cancel' ELSE 'terms' END)) THEN
        RAISE EXCEPTION 'proposal % of contract % is not accepted: a yes is missing', NEW.n, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_proposals_agreed AFTER UPDATE ON contract_proposals FOR EACH ROW
    WHEN (NEW.status = 'accepted') EXECUTE FUNCTION contract_proposals_agreed();

-- A dispute is opened, decided by a signed word, perhaps appealed once and decided again, and closed. A split leaves each
-- side something. Texts of a dispute that is closed are changed by erasing a person only, which is the owner's.
CREATE TRIGGER disputes_begin BEFORE INSERT ON disputes FOR EACH ROW WHEN (NEW.status <> 'open')
    EXECUTE FUNCTION refuse_impossible('a dispute begins open');
CREATE TRIGGER disputes_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN ((NEW.id, NEW.contract_id, NEW.opened_by, NEW.opened_at) IS DISTINCT FROM
            (OLD.id, OLD.contract_id, OLD.opened_by, OLD.opened_at)
        OR (NEW.status = OLD.status AND
            (NEW.decision, NEW.split_minor, NEW.decided_at, NEW.appealed_by, NEW.appealed_at, NEW.closed_at) IS DISTINCT FROM
            (OLD.decision, OLD.split_minor, OLD.decided_at, OLD.appealed_by, OLD.appealed_at, OLD.closed_at))
        OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
            (('open', 'decided'), ('decided', 'appealed'), ('appealed', 'closed'), ('decided', 'closed'))))
    EXECUTE FUNCTION refuse_impossible('a dispute keeps what it is, and takes its steps in order');
CREATE FUNCTION disputes_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contract contracts;
BEGIN
    SELECT * INTO contract FROM contracts WHERE id = NEW.contract_id;
    IF NEW.split_minor >= contract.total_minor THEN
        RAISE EXCEPTION 'dispute %: the seller''s part of % is all of it or more', NEW.id, contract.total_minor
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status = 'decided' AND (NEW.decision, NEW.split_minor) IS DISTINCT FROM (OLD.decision, OLD.split_minor)
        OR OLD.status <> 'decided' AND NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = contract.id
            AND w.contract_version = contract.version AND w.answer = 'decide' AND w.details ->> 'dispute' = NEW.id::text
            AND w.details ->> 'decision' = NEW.decision
            AND (w.details ->> 'split_minor')::bigint IS NOT DISTINCT FROM NEW.split_minor) THEN
        RAISE EXCEPTION 'dispute %: nobody signed this decision', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disputes_decided AFTER UPDATE ON disputes FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status IN ('decided', 'appealed', 'closed')) EXECUTE FUNCTION disputes_decided();
CREATE FUNCTION disputes_texts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'disputes: what was said stays' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disputes_texts_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN (NEW.words <> OLD.words OR (NEW.status = OLD.status AND
        (NEW.reasons, NEW.appeal_words) IS DISTINCT FROM (OLD.reasons, OLD.appeal_words)))
    EXECUTE FUNCTION disputes_texts_stay();

-- down

DROP TRIGGER disputes_texts_stay ON disputes;
DROP TRIGGER disputes_decided ON disputes;
DROP TRIGGER disputes_stay ON disputes;
DROP TRIGGER disputes_begin ON disputes;
DROP TRIGGER contract_proposals_agreed ON contract_proposals;
DROP TRIGGER contract_proposals_stay ON contract_proposals;
DROP TRIGGER contract_proposals_follow ON contract_proposals;
DROP TRIGGER deliveries_add_up ON deliveries;
DROP TRIGGER contracts_hold_together ON contracts;
DROP TRIGGER contract_signatures_stay ON contract_signatures;
ALTER TABLE contracts DROP CONSTRAINT contracts_total, ALTER COLUMN status DROP DEFAULT;
DROP FUNCTION disputes_texts_stay(), disputes_decided(), contract_proposals_agreed(), contract_proposals_follow(),
    deliveries_add_up(), contracts_hold_together(), contract_signatures_stay(), refuse_impossible();
DROP INDEX deliveries_all_once;
ALTER TABLE deliveries ALTER COLUMN evidence DROP DEFAULT;
-- The older table holds yes and no only: the other words go, and with them what they were said about stays unsigned.
ALTER TABLE confirmations DISABLE TRIGGER confirmations_append_only;
DELETE FROM confirmation_texts t USING confirmations c WHERE c.id = t.confirmation_id AND c.contract_version IS NOT NULL;
DELETE FROM confirmations WHERE contract_version IS NOT NULL;
ALTER TABLE confirmations ENABLE TRIGGER confirmations_append_only;
ALTER TABLE confirmation_texts DROP COLUMN words;
ALTER TABLE confirmations
    DROP CONSTRAINT confirmations_once,
    DROP CONSTRAINT confirmations_act,
    DROP CONSTRAINT confirmations_giver,
    DROP CONSTRAINT confirmations_answer_check,
    DROP COLUMN details,
    DROP COLUMN contract_version,
    ALTER COLUMN phone_id SET NOT NULL,
    ADD CONSTRAINT confirmations_answer_check CHECK (answer IN ('confirm', 'decline')),
    ADD CONSTRAINT confirmations_subject_check CHECK (subject IN ('terms', 'cancel')),
    ADD CONSTRAINT confirmations_channel_check CHECK (channel IN ('ussd', 'sms', 'voice')),
    ADD CONSTRAINT confirmations_contract_id_phone_id_terms_version_answer_key
        UNIQUE (contract_id, phone_id, terms_version, answer);
