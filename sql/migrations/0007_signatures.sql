-- Why: every word that binds is signed, over the contract's canonical form and over what its giver was shown.
-- Locks: confirmations and contract_parties while they are rewritten. Order: before the code.

-- up

-- Our public keys, each from the first start with it: what an old one signed is checked with it for ever.
CREATE TABLE signature_keys (
    key_id        text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    public_key    bytea NOT NULL UNIQUE CHECK (length(public_key) = 32),
    first_used_at timestamptz NOT NULL
);

-- A contract, written down canonically (RFC 8785), at each version of its terms. People are in it as hashes only.
CREATE TABLE contract_forms (
    contract_id   uuid NOT NULL REFERENCES contracts,
    terms_version integer NOT NULL CHECK (terms_version > 0),
    form          bytea NOT NULL,
    sha256        bytea NOT NULL UNIQUE GENERATED ALWAYS AS (sha256(form)) STORED,
    blake2b       bytea NOT NULL CHECK (length(blake2b) = 32),
    made_at       timestamptz NOT NULL,
    PRIMARY KEY (contract_id, terms_version)
);

-- What makes a person's hash in a form: without the salt nobody can tell whose it was. Null: the person was erased.
ALTER TABLE contract_parties ADD COLUMN salt bytea DEFAULT uuid_send(gen_random_uuid());

-- Words from before this migration stay as they are, unsigned; no new one is taken without a signature.
ALTER TABLE confirmations
    ADD COLUMN form_sha256 bytea REFERENCES contract_forms (sha256),
    ADD COLUMN shown_sha256 bytea,
    ADD COLUMN signature bytea,
    ADD COLUMN key_id text REFERENCES signature_keys,
    ADD CONSTRAINT confirmations_signed CHECK (form_sha256 IS NOT NULL AND coalesce(length(shown_sha256) = 32, false)
        AND coalesce(length(signature) = 64, false) AND key_id IS NOT NULL) NOT VALID;

-- The texts themselves may name people's numbers, so they lie apart, where a person can be erased from.
CREATE TABLE confirmation_texts (
    confirmation_id uuid PRIMARY KEY REFERENCES confirmations,
    salt            bytea NOT NULL,
    texts           jsonb NOT NULL CHECK (jsonb_typeof(texts) = 'array')
);
INSERT INTO confirmation_texts SELECT id, uuid_send(gen_random_uuid()), shown FROM confirmations;
ALTER TABLE confirmations DROP COLUMN shown;

CREATE TRIGGER signature_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signature_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_forms_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_forms
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER confirmation_texts_stay BEFORE UPDATE OR TRUNCATE ON confirmation_texts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DROP VIEW contract_records;
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

-- down

DROP VIEW contract_records;
ALTER TABLE confirmations ADD COLUMN shown jsonb CHECK (jsonb_typeof(shown) = 'array');
ALTER TABLE confirmations DISABLE TRIGGER confirmations_append_only;
UPDATE confirmations c SET shown = coalesce((SELECT texts FROM confirmation_texts t WHERE t.confirmation_id = c.id), '[]');
ALTER TABLE confirmations ENABLE TRIGGER confirmations_append_only;
ALTER TABLE confirmations ALTER COLUMN shown SET NOT NULL, DROP CONSTRAINT confirmations_signed, DROP COLUMN key_id,
    DROP COLUMN signature, DROP COLUMN shown_sha256, DROP COLUMN form_sha256;
ALTER TABLE contract_parties DROP COLUMN salt;
DROP TABLE confirmation_texts, contract_forms, signature_keys;
CREATE VIEW contract_records AS
SELECT c.*, (
    SELECT jsonb_agg(jsonb_build_object(
        'phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name,
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
(SELECT sum(v.quantity) FROM deliveries v WHERE v.contract_id = c.id AND v.kind = 'part')::text AS received
FROM contracts c;
