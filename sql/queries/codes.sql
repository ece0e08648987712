-- name: form
-- The canonical form of the terms :terms_version of the contract :contract_id, and its short code (null: it has none yet).
SELECT f.form, k.code FROM contract_forms f LEFT JOIN form_codes k USING (contract_id, terms_version)
WHERE f.contract_id = :contract_id AND f.terms_version = :terms_version;

-- name: save
-- Store the short :code of a form. One that is stored already stays.
INSERT INTO form_codes (contract_id, terms_version, code) VALUES (:contract_id, :terms_version, :code) ON CONFLICT DO NOTHING;
