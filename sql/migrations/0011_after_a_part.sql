-- Why: after a part nothing ended a contract by itself, one that nobody delivers on expired without a last word, and new
-- terms could say less than had come. Locks: contracts while their next step is set. Order: before the code, and with the
-- code before it stopped: that cannot read the steps that are new here.

-- up

ALTER TABLE contracts
    DROP CONSTRAINT contracts_next_what_check,
    ADD CONSTRAINT contracts_next_what_check CHECK (next_what IN (
        'remind_answer', 'expire', 'remind_delivery', 'remind_expiry', 'remind_receipt', 'complete', 'remind_rest',
        'complete_part', 'close_dispute')),
    -- Where time completed it with a part: how much that was. The seller's share is this out of the terms' quantity;
    -- null: all of it, or as a dispute was decided.
    ADD COLUMN settled_quantity numeric,
    ADD CONSTRAINT contracts_settled CHECK (settled_quantity IS NULL OR CASE WHEN status = 'COMPLETED'
        THEN coalesce(settled_quantity > 0 AND settled_quantity < (terms ->> 'quantity')::numeric, false) ELSE false END);

-- What has come is never more than the terms say, nor in another unit than theirs, whoever changes them.
CREATE FUNCTION contracts_hold_what_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came numeric := (SELECT sum(quantity) FROM deliveries WHERE contract_id = NEW.id AND kind = 'part');
BEGIN
    IF came > (NEW.terms ->> 'quantity')::numeric
        OR came > 0 AND NEW.terms ->> 'unit' IS DISTINCT FROM OLD.terms ->> 'unit' THEN
        RAISE EXCEPTION 'contract % cannot have terms with less than the % that came', NEW.id, came
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contracts_hold_what_came BEFORE UPDATE ON contracts FOR EACH ROW
    WHEN (NEW.terms IS DISTINCT FROM OLD.terms) EXECUTE FUNCTION contracts_hold_what_came();

-- Nobody was told of these two rules yet: silence counts from now, and an expiry is a day away at least.
UPDATE contracts SET version = version + 1, next_what = 'remind_expiry', next_at = next_at - interval '1 day'
WHERE status = 'CONFIRMED' AND next_what = 'expire';
UPDATE contracts
SET version = version + 1, next_what = 'remind_rest',
    next_at = greatest(now(), ((terms ->> 'delivery_date')::date + time '09:00') AT TIME ZONE 'UTC')
        + coalesce((terms ->> 'silence_days')::integer, 7) * interval '1 day'
        - least(interval '1 day', coalesce((terms ->> 'silence_days')::integer, 7) * interval '12 hours')
WHERE status = 'ACTIVE' AND next_what IS NULL;

DROP VIEW contract_records;
CREATE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
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
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received,
(SELECT max(v.at) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part') AS part_at,
(SELECT jsonb_object_agg(m.terms_version, encode(m.sha256, 'hex')) FROM contract_forms m
 WHERE m.contract_id = c.id) AS forms
FROM contracts c;

-- down

UPDATE contracts SET version = version + 1, next_what = 'expire', next_at = next_at + interval '1 day'
WHERE next_what = 'remind_expiry';
UPDATE contracts SET version = version + 1, next_what = NULL, next_at = NULL
WHERE next_what IN ('remind_rest', 'complete_part');
DROP VIEW contract_records;
DROP TRIGGER contracts_hold_what_came ON contracts;
DROP FUNCTION contracts_hold_what_came();
ALTER TABLE contracts
    DROP COLUMN settled_quantity,
    DROP CONSTRAINT contracts_next_what_check,
    ADD CONSTRAINT contracts_next_what_check CHECK (next_what IN (
        'remind_answer', 'expire', 'remind_delivery', 'remind_receipt', 'complete', 'close_dispute'));
CREATE VIEW contract_records AS
SELECT c.*, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
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
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received,
(SELECT jsonb_object_agg(m.terms_version, encode(m.sha256, 'hex')) FROM contract_forms m
 WHERE m.contract_id = c.id) AS forms
FROM contracts c;
