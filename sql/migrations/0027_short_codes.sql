-- Why: each form of a contract has a short code, twelve letters, by which anybody can ask whether it is in force. It takes a
-- quarter of a second to compute, so it is stored, once. Forms from before get theirs when it is needed.
-- Locks: contract_records, briefly. Order: before the code.

-- up

CREATE TABLE form_codes (
    contract_id   uuid NOT NULL,
    terms_version integer NOT NULL,
    code          text NOT NULL CHECK (code ~ '^[BCDFGHJKLMNPRSTVWXYZ]{12}$'),
    PRIMARY KEY (contract_id, terms_version),
    FOREIGN KEY (contract_id, terms_version) REFERENCES contract_forms
);
CREATE TRIGGER form_codes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON form_codes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
        'language', f.language, 'pin_only', f.pin_only, 'told_costs', f.told_costs_at IS NOT NULL, 'signature', s.status,
        'settled_at', s.settled_at
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
 WHERE m.contract_id = c.id) AS forms,
(SELECT jsonb_object_agg(k.terms_version, k.code) FROM form_codes k WHERE k.contract_id = c.id) AS codes
FROM contracts c;

-- down

DROP VIEW contract_records;
CREATE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
        'language', f.language, 'pin_only', f.pin_only, 'told_costs', f.told_costs_at IS NOT NULL, 'signature', s.status,
        'settled_at', s.settled_at
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
DROP TABLE form_codes;
