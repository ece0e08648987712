-- Why: a dispute had no way out but a decision that an operator wrote down. Who reported it may take it back, both sides may
-- settle it, the other side may answer, the mediator decides on their own phone, and it is noticed when nobody does.
-- Locks: confirmations, contract_proposals and disputes, while they are read once. Order: before the code; older code is to
-- be stopped: it opens disputes that escalate never, and closes them without saying how.

-- up

ALTER TABLE contracts
    DROP CONSTRAINT contracts_next_what_check,
    ADD CONSTRAINT contracts_next_what_check CHECK (next_what IN (
        'remind_answer', 'expire', 'remind_delivery', 'remind_expiry', 'remind_receipt', 'complete', 'remind_rest',
        'complete_part', 'close_dispute', 'escalate_dispute')),
    -- A clock that stood before a dispute still stands if the contract goes on.
    DROP CONSTRAINT contracts_clock,
    ADD CONSTRAINT contracts_clock CHECK (CASE WHEN clock_stopped_at IS NULL THEN clock_stopped_by IS NULL
        ELSE clock_stopped_by IS NOT NULL AND (status = 'DISPUTED' OR status = 'ACTIVE' AND next_what IS NULL) END);

-- To settle a dispute all agree that the contract counts as completed, or on what the seller gets of the total.
ALTER TABLE contract_proposals
    ADD COLUMN split_minor bigint CHECK (split_minor > 0),
    DROP CONSTRAINT contract_proposals_kind_check,
    ADD CONSTRAINT contract_proposals_kind_check CHECK (kind IN ('amend', 'cancel', 'complete', 'split')),
    ADD CONSTRAINT contract_proposals_split CHECK ((kind = 'split') = (split_minor IS NOT NULL));
DROP TRIGGER contract_proposals_stay ON contract_proposals;
CREATE TRIGGER contract_proposals_stay BEFORE UPDATE ON contract_proposals FOR EACH ROW
    WHEN (OLD.status <> 'pending' OR (NEW.contract_id, NEW.n, NEW.kind, NEW.terms, NEW.by_id, NEW.created_at, NEW.split_minor)
        IS DISTINCT FROM (OLD.contract_id, OLD.n, OLD.kind, OLD.terms, OLD.by_id, OLD.created_at, OLD.split_minor))
    EXECUTE FUNCTION refuse_impossible('what is proposed stays, and is settled once');

-- How a dispute ended; what parties wrote about it after it was reported (`by`: who, `words`); when the office was last told
-- that nobody had decided.
ALTER TABLE disputes
    ADD COLUMN ended text CHECK (ended IN ('decided', 'settled', 'withdrawn')),
    ADD COLUMN settled_n integer,
    ADD COLUMN replies jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(replies) = 'array'),
    ADD COLUMN escalated_at timestamptz,
    ADD CONSTRAINT disputes_settled_n_fkey FOREIGN KEY (contract_id, settled_n) REFERENCES contract_proposals;
UPDATE disputes SET ended = 'decided' WHERE status = 'closed';
ALTER TABLE disputes
    DROP CONSTRAINT disputes_check,
    ADD CONSTRAINT disputes_decided CHECK (NOT (status = 'decided' OR coalesce(ended = 'decided', false))
        OR (decision IS NOT NULL AND reasons IS NOT NULL AND decided_at IS NOT NULL)),
    ADD CONSTRAINT disputes_ended CHECK ((status = 'closed') = (ended IS NOT NULL)),
    ADD CONSTRAINT disputes_settled CHECK (coalesce(ended = 'settled', false) = (settled_n IS NOT NULL)),
    ADD CONSTRAINT disputes_withdrawn CHECK (coalesce(ended <> 'withdrawn', true) OR decision IS NULL);
-- Nobody has waited for these yet: the office is told when nobody has decided a week from now.
UPDATE contracts SET version = version + 1, next_what = 'escalate_dispute', next_at = now() + interval '7 days'
WHERE status = 'DISPUTED' AND next_what IS NULL;

-- "settle": a yes or no to what only settles a dispute, with the share that is meant. "reply": what a party says about the
-- problem. "decide" comes from an operator, or from a mediator's own phone with their PIN.
ALTER TABLE confirmations
    DROP CONSTRAINT confirmations_answer_check,
    DROP CONSTRAINT confirmations_giver,
    DROP CONSTRAINT confirmations_act,
    ADD CONSTRAINT confirmations_answer_check CHECK (subject || ' ' || answer IN (
        'terms confirm', 'terms decline', 'cancel confirm', 'cancel decline', 'settle confirm', 'settle decline',
        'delivery delivered', 'delivery received', 'delivery received_part', 'delivery wrote', 'delivery stop_clock',
        'delivery start_clock', 'dispute complain', 'dispute reply', 'dispute withdraw', 'dispute decide',
        'dispute appeal')),
    ADD CONSTRAINT confirmations_giver CHECK (CASE channel
        WHEN 'api' THEN phone_id IS NULL AND (answer IN ('stop_clock', 'start_clock') OR subject = 'dispute' AND answer <> 'reply')
        ELSE phone_id IS NOT NULL AND answer NOT IN ('stop_clock', 'start_clock')
            AND (channel IN ('ussd', 'voice') OR channel = 'sms' AND answer <> 'decide') END),
    ADD CONSTRAINT confirmations_act CHECK (CASE WHEN subject IN ('terms', 'cancel')
        THEN contract_version IS NULL AND details IS NULL
        ELSE contract_version IS NOT NULL AND details IS NOT NULL AND CASE
            WHEN answer IN ('wrote', 'stop_clock', 'start_clock') THEN true
            WHEN subject = 'settle' THEN details ?& ARRAY['dispute', 'kind']
            WHEN subject = 'delivery' THEN details ? 'quantity' ELSE details ? 'dispute' END END);

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

CREATE OR REPLACE FUNCTION contracts_hold_together() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing text;
    goes_on text;
BEGIN
    IF NEW.terms_version <> OLD.terms_version THEN
        IF NOT EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = NEW.id AND o.n = NEW.terms_version
            AND o.kind = 'amend' AND o.status = 'accepted' AND o.terms = NEW.terms) THEN
            missing := 'nobody agreed to these terms';
        END IF;
    END IF;
    IF NEW.status = OLD.status THEN
        NULL;
    ELSIF NEW.status = 'DISPUTED' OR OLD.status = 'DISPUTED' THEN
        -- A contract that goes on is what it was: under way once a party has spoken of a delivery. Settled with new terms it
        -- is completed if all of them has come.
        goes_on := CASE WHEN EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id AND kind <> 'reported')
            THEN 'ACTIVE' ELSE 'CONFIRMED' END;
        IF NEW.status IS DISTINCT FROM (SELECT CASE
                WHEN d.status <> 'closed' THEN 'DISPUTED'
                WHEN d.ended = 'withdrawn' THEN goes_on
                WHEN coalesce(o.kind, d.decision) = 'cancel' THEN 'CANCELLED'
                WHEN coalesce(o.kind, d.decision) = 'amend' AND coalesce((SELECT sum(quantity) FROM deliveries
                    WHERE contract_id = NEW.id AND kind = 'part'), 0) < (NEW.terms ->> 'quantity')::numeric THEN goes_on
                ELSE 'COMPLETED' END
            FROM disputes d LEFT JOIN contract_proposals o ON o.contract_id = d.contract_id AND o.n = d.settled_n
            WHERE d.contract_id = NEW.id ORDER BY d.closed_at DESC NULLS FIRST LIMIT 1) THEN
            missing := 'its dispute does not stand so';
        END IF;
    ELSIF NEW.status = 'CONFIRMED' THEN
        -- It counts, because every confirmation waits for it: that is half as dear as to look at each party.
        IF (SELECT count(*) FROM contract_parties WHERE contract_id = NEW.id AND role IN ('buyer', 'seller')) <> (
            SELECT count(*) FROM contract_signatures s
            JOIN confirmations w ON w.contract_id = s.contract_id AND w.phone_id = s.phone_id
                AND w.terms_version = NEW.terms_version AND w.answer = 'confirm'
            WHERE s.contract_id = NEW.id AND s.status = 'signed') THEN
            missing := 'a yes is missing';
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

CREATE OR REPLACE FUNCTION contract_proposals_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.split_minor >= (SELECT total_minor FROM contracts WHERE id = NEW.contract_id) THEN
        RAISE EXCEPTION 'proposal % of contract %: the seller''s part is all of it or more', NEW.n, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM contract_parties p WHERE p.contract_id = NEW.contract_id AND p.role IN ('buyer', 'seller')
        AND NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = p.contract_id AND w.phone_id = p.phone_id
            AND w.terms_version = NEW.n AND w.answer = 'confirm' AND CASE NEW.kind
                WHEN 'cancel' THEN w.subject = 'cancel' WHEN 'amend' THEN w.subject = 'terms'
                ELSE w.subject = 'settle' AND w.details ->> 'kind' = NEW.kind
                    AND (w.details ->> 'split_minor')::bigint IS NOT DISTINCT FROM NEW.split_minor END)) THEN
        RAISE EXCEPTION 'proposal % of contract % is not accepted: a yes is missing', NEW.n, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- A dispute is closed by a decision, by what all have agreed to, or by who reported it, before there is a decision.
DROP TRIGGER disputes_stay ON disputes;
CREATE TRIGGER disputes_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN ((NEW.id, NEW.contract_id, NEW.opened_by, NEW.opened_at) IS DISTINCT FROM
            (OLD.id, OLD.contract_id, OLD.opened_by, OLD.opened_at)
        OR (NEW.status = OLD.status AND
            (NEW.decision, NEW.split_minor, NEW.decided_at, NEW.appealed_by, NEW.appealed_at, NEW.closed_at, NEW.ended, NEW.settled_n)
            IS DISTINCT FROM
            (OLD.decision, OLD.split_minor, OLD.decided_at, OLD.appealed_by, OLD.appealed_at, OLD.closed_at, OLD.ended, OLD.settled_n))
        OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
            (('open', 'decided'), ('decided', 'appealed'), ('appealed', 'closed'), ('decided', 'closed'), ('open', 'closed'))))
    EXECUTE FUNCTION refuse_impossible('a dispute keeps what it is, and takes its steps in order');
CREATE OR REPLACE FUNCTION disputes_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contract contracts;
    missing text;
BEGIN
    SELECT * INTO contract FROM contracts WHERE id = NEW.contract_id;
    IF NEW.ended = 'withdrawn' THEN
        IF OLD.status <> 'open' OR NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = contract.id
            AND w.contract_version = contract.version AND w.answer = 'withdraw' AND w.details ->> 'dispute' = NEW.id::text
            AND w.phone_id IS NOT DISTINCT FROM NEW.opened_by) THEN
            missing := 'who reported it has not withdrawn it';
        END IF;
    ELSIF NEW.ended = 'settled' THEN
        IF OLD.status NOT IN ('open', 'appealed') OR NOT EXISTS (SELECT FROM contract_proposals o
            WHERE o.contract_id = contract.id AND o.n = NEW.settled_n AND o.status = 'accepted') THEN
            missing := 'not all agreed to settle it';
        END IF;
    ELSIF NEW.split_minor >= contract.total_minor THEN
        missing := 'the seller''s part is all of it or more';
    ELSIF OLD.status = 'decided' THEN
        IF (NEW.decision, NEW.split_minor) IS DISTINCT FROM (OLD.decision, OLD.split_minor) THEN
            missing := 'nobody signed this decision';
        END IF;
    ELSIF NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = contract.id
        AND w.contract_version = contract.version AND w.answer = 'decide' AND w.details ->> 'dispute' = NEW.id::text
        AND w.details ->> 'decision' = NEW.decision
        AND (w.details ->> 'split_minor')::bigint IS NOT DISTINCT FROM NEW.split_minor
        AND (w.phone_id IS NULL OR EXISTS (SELECT FROM contract_parties p
            WHERE p.contract_id = w.contract_id AND p.phone_id = w.phone_id AND p.role = 'mediator'))) THEN
        missing := 'nobody signed this decision';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'dispute %: %', NEW.id, missing USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- What a party says about the problem is signed, and added to what was said before.
CREATE FUNCTION disputes_answered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := NEW.replies -> -1;
BEGIN
    IF NEW.replies IS DISTINCT FROM OLD.replies || jsonb_build_array(said) OR NEW.status NOT IN ('open', 'appealed')
        OR NOT EXISTS (SELECT FROM confirmations w
            JOIN contracts c ON c.id = w.contract_id AND c.version = w.contract_version
            JOIN confirmation_texts t ON t.confirmation_id = w.id
            WHERE w.contract_id = NEW.contract_id AND w.answer = 'reply' AND w.details ->> 'dispute' = NEW.id::text
                AND w.phone_id::text = said ->> 'by' AND t.words = said ->> 'words') THEN
        RAISE EXCEPTION 'dispute %: nobody signed these words', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disputes_answered AFTER UPDATE ON disputes FOR EACH ROW
    WHEN (jsonb_array_length(NEW.replies) > jsonb_array_length(OLD.replies)) EXECUTE FUNCTION disputes_answered();
DROP TRIGGER disputes_texts_stay ON disputes;
CREATE TRIGGER disputes_texts_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN (NEW.words <> OLD.words OR (NEW.status = OLD.status AND
        (NEW.reasons, NEW.appeal_words) IS DISTINCT FROM (OLD.reasons, OLD.appeal_words))
        OR (NEW.replies <> OLD.replies AND jsonb_array_length(NEW.replies) <= jsonb_array_length(OLD.replies)))
    EXECUTE FUNCTION disputes_texts_stay();

-- down

-- The older code knows decisions only: another end is written as one, and what it has no words for goes.
DROP TRIGGER disputes_texts_stay ON disputes;
DROP TRIGGER disputes_answered ON disputes;
DROP FUNCTION disputes_answered();
DROP TRIGGER disputes_stay ON disputes;
DROP TRIGGER contract_proposals_stay ON contract_proposals;
ALTER TABLE disputes
    DROP CONSTRAINT disputes_decided,
    DROP CONSTRAINT disputes_withdrawn;
UPDATE disputes d
SET decision = CASE WHEN d.ended = 'settled' AND c.status = 'CANCELLED' THEN 'cancel' ELSE 'complete' END,
    reasons = coalesce(d.reasons, 'Not decided: ' || d.ended), decided_at = d.closed_at
FROM contracts c WHERE c.id = d.contract_id AND d.status = 'closed' AND d.decision IS NULL;
ALTER TABLE disputes
    DROP COLUMN ended,
    DROP COLUMN settled_n,
    DROP COLUMN replies,
    DROP COLUMN escalated_at,
    ADD CONSTRAINT disputes_check CHECK ((status IN ('decided', 'closed')) <= (decision IS NOT NULL AND reasons IS NOT NULL AND decided_at IS NOT NULL));
UPDATE contracts SET version = version + 1, next_what = NULL, next_at = NULL, clock_stopped_at = NULL, clock_stopped_by = NULL
WHERE next_what = 'escalate_dispute' OR status = 'DISPUTED' AND clock_stopped_at IS NOT NULL;
ALTER TABLE contracts
    DROP CONSTRAINT contracts_next_what_check,
    ADD CONSTRAINT contracts_next_what_check CHECK (next_what IN (
        'remind_answer', 'expire', 'remind_delivery', 'remind_expiry', 'remind_receipt', 'complete', 'remind_rest',
        'complete_part', 'close_dispute')),
    DROP CONSTRAINT contracts_clock,
    ADD CONSTRAINT contracts_clock CHECK (CASE WHEN clock_stopped_at IS NULL THEN clock_stopped_by IS NULL
        ELSE clock_stopped_by IS NOT NULL AND status = 'ACTIVE' AND next_what IS NULL END);
DELETE FROM contract_proposals WHERE kind IN ('complete', 'split');
ALTER TABLE contract_proposals
    DROP CONSTRAINT contract_proposals_kind_check,
    ADD CONSTRAINT contract_proposals_kind_check CHECK (kind IN ('amend', 'cancel')),
    DROP COLUMN split_minor;
ALTER TABLE confirmations DISABLE TRIGGER confirmations_append_only;
DELETE FROM confirmation_texts t USING confirmations c WHERE c.id = t.confirmation_id
    AND (c.subject = 'settle' OR c.answer IN ('reply', 'withdraw') OR c.answer = 'decide' AND c.phone_id IS NOT NULL);
DELETE FROM confirmations
WHERE subject = 'settle' OR answer IN ('reply', 'withdraw') OR answer = 'decide' AND phone_id IS NOT NULL;
ALTER TABLE confirmations ENABLE TRIGGER confirmations_append_only;
ALTER TABLE confirmations
    DROP CONSTRAINT confirmations_answer_check,
    DROP CONSTRAINT confirmations_giver,
    DROP CONSTRAINT confirmations_act,
    ADD CONSTRAINT confirmations_answer_check CHECK (subject || ' ' || answer IN (
        'terms confirm', 'terms decline', 'cancel confirm', 'cancel decline', 'delivery delivered', 'delivery received',
        'delivery received_part', 'delivery wrote', 'delivery stop_clock', 'delivery start_clock', 'dispute complain',
        'dispute decide', 'dispute appeal')),
    ADD CONSTRAINT confirmations_giver CHECK (CASE channel
        WHEN 'api' THEN phone_id IS NULL AND (subject = 'dispute' OR answer IN ('stop_clock', 'start_clock'))
        ELSE phone_id IS NOT NULL AND answer NOT IN ('decide', 'stop_clock', 'start_clock')
            AND channel IN ('ussd', 'sms', 'voice') END),
    ADD CONSTRAINT confirmations_act CHECK (CASE WHEN subject IN ('terms', 'cancel')
        THEN contract_version IS NULL AND details IS NULL
        ELSE contract_version IS NOT NULL AND details IS NOT NULL AND CASE
            WHEN answer IN ('wrote', 'stop_clock', 'start_clock') THEN true
            WHEN subject = 'delivery' THEN details ? 'quantity' ELSE details ? 'dispute' END END);
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
CREATE OR REPLACE FUNCTION contracts_hold_together() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION contract_proposals_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER contract_proposals_stay BEFORE UPDATE ON contract_proposals FOR EACH ROW
    WHEN (OLD.status <> 'pending' OR (NEW.contract_id, NEW.n, NEW.kind, NEW.terms, NEW.by_id, NEW.created_at)
        IS DISTINCT FROM (OLD.contract_id, OLD.n, OLD.kind, OLD.terms, OLD.by_id, OLD.created_at))
    EXECUTE FUNCTION refuse_impossible('what is proposed stays, and is settled once');
CREATE TRIGGER disputes_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN ((NEW.id, NEW.contract_id, NEW.opened_by, NEW.opened_at) IS DISTINCT FROM
            (OLD.id, OLD.contract_id, OLD.opened_by, OLD.opened_at)
        OR (NEW.status = OLD.status AND
            (NEW.decision, NEW.split_minor, NEW.decided_at, NEW.appealed_by, NEW.appealed_at, NEW.closed_at) IS DISTINCT FROM
            (OLD.decision, OLD.split_minor, OLD.decided_at, OLD.appealed_by, OLD.appealed_at, OLD.closed_at))
        OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
            (('open', 'decided'), ('decided', 'appealed'), ('appealed', 'closed'), ('decided', 'closed'))))
    EXECUTE FUNCTION refuse_impossible('a dispute keeps what it is, and takes its steps in order');
CREATE OR REPLACE FUNCTION disputes_decided() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER disputes_texts_stay BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN (NEW.words <> OLD.words OR (NEW.status = OLD.status AND
        (NEW.reasons, NEW.appeal_words) IS DISTINCT FROM (OLD.reasons, OLD.appeal_words)))
    EXECUTE FUNCTION disputes_texts_stay();
