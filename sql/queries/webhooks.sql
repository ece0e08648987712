-- name: add
-- Add an endpoint, to which events behind :cursor are sent. No row: there is one with this address. As all that operators do
-- here, it is in the audit chain :service_chain.
WITH added AS (
    INSERT INTO webhook_endpoints (id, url, secret, types, cursor, created_at) VALUES (:id, :url, :secret, :types, :cursor, :now)
    ON CONFLICT (url) DO NOTHING
    RETURNING id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'webhook.added', jsonb_build_object('operator', :operator::text, 'webhook', id), :act_id
    FROM added
)
SELECT id FROM added;

-- name: all
-- All endpoints, oldest first. `waiting`: events that are not delivered yet, `failed`: that were given up; each up to 1000.
SELECT e.*,
    (SELECT count(*) FROM (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.status = 'pending' LIMIT 1000) AS w) AS waiting,
    (SELECT count(*) FROM (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.status = 'failed' LIMIT 1000) AS f) AS failed
FROM webhook_endpoints e WHERE e.id = coalesce(:id::uuid, e.id) ORDER BY e.created_at, e.id;

-- name: remove
-- Remove an endpoint with all that waits for it. No row: there is none.
WITH removed AS (
    DELETE FROM webhook_endpoints WHERE id = :id RETURNING id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'webhook.removed', jsonb_build_object('operator', :operator::text, 'webhook', id), :act_id
    FROM removed
)
SELECT id FROM removed;

-- name: rotate
-- Sign with :secret from now on, and until :until also with the secret before. No row: there is no such endpoint.
WITH rotated AS (
    UPDATE webhook_endpoints SET old_secret = secret, old_secret_until = :until, secret = :secret WHERE id = :id RETURNING id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'webhook.rotated', jsonb_build_object('operator', :operator::text, 'webhook', id), :act_id
    FROM rotated
)
SELECT id FROM rotated;

-- name: encrypt_again
-- Store the secrets as they are encrypted now, unless they were rotated meanwhile.
UPDATE webhook_endpoints SET secret = :secret, old_secret = :old_secret, old_secret_until = :old_secret_until
WHERE id = :id AND secret = :was;

-- name: disable
-- Send nothing more to an endpoint, because of :why. What waits goes on waiting. :operator: null if its receiver wants it.
WITH disabled AS (
    UPDATE webhook_endpoints SET status = 'disabled', why = :why WHERE id = :id AND status = 'active' RETURNING id
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'webhook.disabled', jsonb_build_object('operator', :operator::text, 'webhook', id), :act_id
    FROM disabled
)
SELECT id FROM disabled;

-- name: enable
-- Send to an endpoint again. What waits is due at :now.
WITH enabled AS (
    UPDATE webhook_endpoints SET status = 'active', why = NULL WHERE id = :id AND status = 'disabled' RETURNING id
), due AS (
    UPDATE webhook_deliveries d SET due_at = :now, since = NULL FROM enabled e WHERE d.endpoint_id = e.id AND d.status = 'pending'
), noted AS (
    INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
    SELECT :service_chain, :now, NULL, 'service', 'webhook.enabled', jsonb_build_object('operator', :operator::text, 'webhook', id), :act_id
    FROM enabled
)
SELECT id FROM enabled;

-- name: hold
-- Hold the active endpoints that nobody holds, or :holder does, for so many seconds, and return them all.
UPDATE webhook_endpoints SET holder = :holder, held_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE status = 'active' AND (holder IS NULL OR holder = :holder OR held_until < clock_timestamp())
RETURNING id, url, secret, old_secret, old_secret_until, types, cursor;

-- name: release
-- Hold none any longer.
UPDATE webhook_endpoints SET holder = NULL, held_until = NULL WHERE holder = :holder;

-- name: deal
-- Put events at :positions, of :lanes, among the deliveries of the endpoint :id, and its cursor from :cursor to :to. No row: who
-- asks does not hold it any more, or another has done so.
WITH moved AS (
    UPDATE webhook_endpoints SET cursor = :to WHERE id = :id AND holder = :holder AND cursor = :cursor RETURNING id
), dealt AS (
    INSERT INTO webhook_deliveries (endpoint_id, position, lane, status, due_at)
    SELECT m.id, x.position, x.lane, 'pending', :now FROM moved m
    CROSS JOIN unnest(:positions::bigint[], :lanes::uuid[]) AS x(position, lane)
    ON CONFLICT DO NOTHING
)
SELECT id FROM moved;

-- name: heads
-- The first event that waits in each lane of the endpoint :id, except :lanes; the :most that are due first. `waiting`: how many
-- events wait in all.
SELECT h.position, h.lane, h.tries, h.since, h.due_at, (SELECT count(*) FROM webhook_deliveries
    WHERE endpoint_id = :id AND status = 'pending') AS waiting
FROM (
    SELECT DISTINCT ON (lane) position, lane, tries, since, due_at FROM webhook_deliveries
    WHERE endpoint_id = :id AND status = 'pending' ORDER BY lane, position) AS h
WHERE h.lane <> ALL (:lanes::uuid[])
ORDER BY h.due_at, h.position LIMIT :most;

-- name: record
-- Record :results, a jsonb array of what became of tries: `status` delivered, failed (given up), or pending until `due_at`. One
-- that was never sent, because its event is gone, has no `took_ms`.
WITH results AS (
    SELECT * FROM jsonb_to_recordset(:results) AS x(
        endpoint_id uuid, position bigint, status text, due_at timestamptz, at timestamptz, http_status smallint, why text,
        took_ms integer)
), moved AS (
    UPDATE webhook_deliveries d
    SET status = x.status, tries = d.tries + 1, due_at = x.due_at, since = coalesce(d.since, x.at),
        settled_at = CASE WHEN x.status <> 'pending' THEN x.at END
    FROM results x WHERE d.endpoint_id = x.endpoint_id AND d.position = x.position AND d.status = 'pending'
)
INSERT INTO webhook_attempts (endpoint_id, position, at, http_status, why, took_ms)
SELECT x.endpoint_id, x.position, x.at, x.http_status, x.why, x.took_ms FROM results x
JOIN webhook_deliveries d ON d.endpoint_id = x.endpoint_id AND d.position = x.position
WHERE x.took_ms IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: replay
-- Send the events at :positions, of :lanes, to the endpoint :id once more, from :now on, as if for the first time; those that wait
-- are left alone. Returns how many.
WITH again AS (
    INSERT INTO webhook_deliveries AS d (endpoint_id, position, lane, status, due_at)
    SELECT e.id, x.position, x.lane, 'pending', :now FROM webhook_endpoints e
    CROSS JOIN unnest(:positions::bigint[], :lanes::uuid[]) AS x(position, lane)
    WHERE e.id = :id AND x.position <= e.cursor
    ON CONFLICT (endpoint_id, position) DO UPDATE
        SET status = 'pending', due_at = :now, tries = 0, since = NULL, settled_at = NULL WHERE d.status <> 'pending'
    RETURNING 1
)
SELECT count(*) FROM again;

-- name: replay_failed
-- Like `replay`, for all events that were given up.
WITH again AS (
    UPDATE webhook_deliveries SET status = 'pending', due_at = :now, tries = 0, since = NULL, settled_at = NULL
    WHERE endpoint_id = :id AND status = 'failed' RETURNING 1
)
SELECT count(*) FROM again;

-- name: attempts
-- The newest :most tries for the endpoint :id, newest first, each with what its event is now; with a :position those of one event.
SELECT a.position, a.at, a.http_status, a.why, a.took_ms, d.status, d.tries, d.due_at
FROM webhook_attempts a JOIN webhook_deliveries d ON d.endpoint_id = a.endpoint_id AND d.position = a.position
WHERE a.endpoint_id = :id AND a.position = coalesce(:position::bigint, a.position)
ORDER BY a.at DESC, a.position DESC LIMIT :most;
