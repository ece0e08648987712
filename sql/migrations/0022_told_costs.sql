-- Why: what a contract costs is told to a person once, with their first confirmed contract, and not in every SMS.
-- Locks: phones and contract_records, briefly. Order: before the code.

-- up

ALTER TABLE phones ADD COLUMN told_costs_at timestamptz;  -- NULL: not told yet, so the next confirmed contract tells it

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
 WHERE m.contract_id = c.id) AS forms
FROM contracts c;

-- down

CREATE OR REPLACE VIEW contract_records AS
SELECT c.*, c.settled_quantity::text AS settled, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'),
        'language', f.language, 'pin_only', f.pin_only, 'signature', s.status,
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
ALTER TABLE phones DROP COLUMN told_costs_at;
