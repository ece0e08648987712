-- Why: a buyer who wrote "I have not received it" was taken for silent, and the contract was completed without them. Who
-- writes stops the clock that counts their silence; their words are signed and kept. Locks: contracts and confirmations,
-- while the tables are read once. Order: before the code; code from before it cannot restart a clock, and stops none.

-- up

ALTER TABLE contracts
    ADD COLUMN clock_stopped_at timestamptz,
    ADD COLUMN clock_stopped_by uuid,
    ADD COLUMN clock_started_at timestamptz,
    ADD CONSTRAINT contracts_clock_party FOREIGN KEY (id, clock_stopped_by)
        REFERENCES contract_parties (contract_id, phone_id),
    -- While it stands time does nothing: there is no next step, so none can be carried out.
    ADD CONSTRAINT contracts_clock CHECK (CASE WHEN clock_stopped_at IS NULL THEN clock_stopped_by IS NULL
        ELSE clock_stopped_by IS NOT NULL AND status = 'ACTIVE' AND next_what IS NULL END);
CREATE INDEX contracts_clock_stands ON contracts (created_at DESC, id DESC) WHERE clock_stopped_at IS NOT NULL;

-- "wrote": a party's words about a delivery that are neither receipt nor complaint. An operator stops the clock for a
-- party who called, and starts it; words are the party's, or the operator's reason.
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

-- A clock that stands runs again by a buyer's part, a seller's word where only a seller had stopped it, or an operator's
-- signed word; else only the contract's end or a dispute takes it away.
CREATE FUNCTION contracts_clock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = NEW.id AND w.contract_version = NEW.version
        AND (w.answer IN ('received_part', 'start_clock') OR w.answer = 'delivered' AND EXISTS (
            SELECT FROM contract_parties p
            WHERE p.contract_id = NEW.id AND p.phone_id = OLD.clock_stopped_by AND p.role = 'seller'))) THEN
        RAISE EXCEPTION 'contract %: nobody answered what its clock stands for', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contracts_clock_stays AFTER UPDATE ON contracts FOR EACH ROW
    WHEN (OLD.clock_stopped_at IS NOT NULL AND NEW.clock_stopped_at IS NULL AND NEW.status = 'ACTIVE')
    EXECUTE FUNCTION contracts_clock_stays();

DROP VIEW contract_records;
CREATE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
        'language', f.language, 'pin_only', f.pin_only, 'signature', s.status, 'settled_at', s.settled_at
    ) ORDER BY p.role, f.msisdn)
    FROM contract_parties p
    JOIN phones f ON f.id = p.phone_id
    LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
    WHERE p.contract_id = c.id
) AS parties,
(SELECT to_jsonb(o) FROM contract_proposals o WHERE o.contract_id = c.id AND o.status = 'pending') AS proposal,
(SELECT max(o.n) FROM contract_proposals o WHERE o.contract_id = c.id) AS last_proposal,
(SELECT to_jsonb(d) FROM disputes d WHERE d.contract_id = c.id AND d.status <> 'closed') AS dispute,
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received,
(SELECT max(v.at) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part') AS part_at,
(SELECT jsonb_object_agg(m.terms_version, encode(m.sha256, 'hex')) FROM contract_forms m
 WHERE m.contract_id = c.id) AS forms
FROM contracts c;

-- down

-- The older code knows no stopped clock: silence counts again from now, in full, so that nobody is surprised.
DROP TRIGGER contracts_clock_stays ON contracts;
DROP FUNCTION contracts_clock_stays();
ALTER TABLE contracts DROP CONSTRAINT contracts_clock;
UPDATE contracts c
SET version = version + 1, clock_stopped_at = NULL, clock_stopped_by = NULL,
    next_what = CASE WHEN delivered_at > coalesce(part_at, '-infinity') THEN 'remind_receipt' ELSE 'remind_rest' END,
    next_at = now() + coalesce((terms ->> 'silence_days')::integer, 7) * interval '1 day'
        - least(interval '1 day', coalesce((terms ->> 'silence_days')::integer, 7) * interval '12 hours')
FROM (SELECT s.id AS about, max(d.at) FILTER (WHERE d.kind = 'part') AS part_at
    FROM contracts s JOIN deliveries d ON d.contract_id = s.id GROUP BY s.id) AS came
WHERE came.about = c.id AND clock_stopped_at IS NOT NULL;
DROP VIEW contract_records;
DROP INDEX contracts_clock_stands;
ALTER TABLE contracts
    DROP CONSTRAINT contracts_clock_party,
    DROP COLUMN clock_stopped_at,
    DROP COLUMN clock_stopped_by,
    DROP COLUMN clock_started_at;
CREATE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
        'language', f.language, 'pin_only', f.pin_only, 'signature', s.status, 'settled_at', s.settled_at
    ) ORDER BY p.role, f.msisdn)
    FROM contract_parties p
    JOIN phones f ON f.id = p.phone_id
    LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
    WHERE p.contract_id = c.id
) AS parties,
(SELECT to_jsonb(o) FROM contract_proposals o WHERE o.contract_id = c.id AND o.status = 'pending') AS proposal,
(SELECT max(o.n) FROM contract_proposals o WHERE o.contract_id = c.id) AS last_proposal,
(SELECT to_jsonb(d) FROM disputes d WHERE d.contract_id = c.id AND d.status <> 'closed') AS dispute,
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received,
(SELECT max(v.at) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part') AS part_at,
(SELECT jsonb_object_agg(m.terms_version, encode(m.sha256, 'hex')) FROM contract_forms m
 WHERE m.contract_id = c.id) AS forms
FROM contracts c;
-- The older table has no such words: they go.
ALTER TABLE confirmations DISABLE TRIGGER confirmations_append_only;
DELETE FROM confirmation_texts t USING confirmations c
WHERE c.id = t.confirmation_id AND c.answer IN ('wrote', 'stop_clock', 'start_clock');
DELETE FROM confirmations WHERE answer IN ('wrote', 'stop_clock', 'start_clock');
ALTER TABLE confirmations ENABLE TRIGGER confirmations_append_only;
ALTER TABLE confirmations
    DROP CONSTRAINT confirmations_answer_check,
    DROP CONSTRAINT confirmations_giver,
    DROP CONSTRAINT confirmations_act,
    ADD CONSTRAINT confirmations_answer_check CHECK (subject || ' ' || answer IN (
        'terms confirm', 'terms decline', 'cancel confirm', 'cancel decline', 'delivery delivered', 'delivery received',
        'delivery received_part', 'dispute complain', 'dispute decide', 'dispute appeal')),
    ADD CONSTRAINT confirmations_giver CHECK (CASE channel WHEN 'api' THEN phone_id IS NULL AND subject = 'dispute'
        ELSE phone_id IS NOT NULL AND answer <> 'decide' AND channel IN ('ussd', 'sms', 'voice') END),
    ADD CONSTRAINT confirmations_act CHECK (CASE WHEN subject IN ('terms', 'cancel')
        THEN contract_version IS NULL AND details IS NULL
        ELSE contract_version IS NOT NULL AND coalesce(details ? CASE subject WHEN 'delivery' THEN 'quantity' ELSE 'dispute' END, false) END);
