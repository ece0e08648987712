-- name: keys
-- The keys that may be valid at :now, and those that expired less than 30 days before, with whose they are. A revoked operator has none.
SELECT k.sha256, k.id, k.expires_at, o.id AS operator_id, o.name, o.role, o.scopes
FROM operator_keys k JOIN operators o ON o.id = k.operator_id
WHERE o.revoked_at IS NULL AND k.expires_at > :now::timestamptz - interval '30 days';

-- name: add
-- Make the operator :id with the key of :sha256, valid until :expires_at, and write so into the audit chain :service_chain.
WITH made AS (
    INSERT INTO operators (id, name, role, scopes, created_at, created_by)
    VALUES (:id, :name, :role, :scopes, :now, :operator) RETURNING id
), given AS (
    INSERT INTO operator_keys (sha256, id, operator_id, created_at, expires_at)
    SELECT :sha256, :key_id, m.id, :now, :expires_at FROM made m
)
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT :service_chain, :now, NULL, 'service', 'operator.added', :details, :act_id FROM made;

-- name: lock_active
-- The operator with the :name, who is not revoked, whose row nobody else changes until the transaction ends.
SELECT id, name, role, scopes FROM operators WHERE lower(name) = lower(:name) AND revoked_at IS NULL FOR UPDATE;

-- name: replace
-- Let the current key of the operator :operator_id end at :ends_at, or earlier if it expires before; another becomes the current one.
UPDATE operator_keys SET replaced_at = :now, expires_at = least(expires_at, greatest(:ends_at::timestamptz, created_at))
WHERE operator_id = :operator_id AND replaced_at IS NULL RETURNING id, expires_at;

-- name: give
-- Give the operator :operator_id the key of :sha256 from :now until :expires_at.
INSERT INTO operator_keys (sha256, id, operator_id, created_at, expires_at)
VALUES (:sha256, :key_id, :operator_id, :now, :expires_at);

-- name: revoke
-- Let no key of the operator :operator_id be valid from :now on.
UPDATE operators SET revoked_at = :now, revoked_by = :operator WHERE id = :operator_id;

-- name: note
-- Write the action :action with these :details into the audit chain :service_chain.
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
VALUES (:service_chain, :now, NULL, 'service', :action, :details, :act_id);

-- name: page
-- Up to :most operators with their keys, newest first, that follow the one with id :after_id made at :after_at (nulls: from the
-- newest).
SELECT o.id, o.name, o.role, o.scopes, o.created_at, o.created_by, o.revoked_at, o.revoked_by,
    (SELECT jsonb_agg(jsonb_build_object('id', k.id, 'created_at', k.created_at, 'expires_at', k.expires_at,
        'is_current', k.replaced_at IS NULL) ORDER BY k.created_at DESC, k.id) FROM operator_keys k WHERE k.operator_id = o.id) AS keys
FROM operators o
WHERE (o.created_at, o.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY o.created_at DESC, o.id DESC LIMIT :most;

-- name: keys_named
-- The ids of all keys of operators with this :name, or the key with this id.
SELECT k.id FROM operator_keys k JOIN operators o ON o.id = k.operator_id WHERE lower(o.name) = lower(:name) OR k.id = :name;
