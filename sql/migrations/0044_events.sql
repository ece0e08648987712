-- Why: programs of operators follow what happens, in one order in which nothing is missing; and what they receive by webhook is
-- sent until they have it. Locks: sms_logs, briefly. Order: before the code; what older code writes meanwhile is in the feed too.

-- up

-- What became of a message: a row for each step of sms_logs.status that says something (not `sending`, nor that a try is put off).
-- A message that an audit entry binds was queued, or came, with that entry, and has no row for it. `n`: from the sequence of
-- audit_logs, so that what caused something has a lower number in whichever of the two tables it is.
CREATE TABLE message_fates (
    xid        bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    n          bigint NOT NULL,
    message_id uuid NOT NULL,
    status     text NOT NULL
        CHECK (status IN ('received', 'queued', 'submitted', 'delivered', 'failed', 'rejected', 'expired', 'unconfirmed')),
    at         timestamptz NOT NULL,
    PRIMARY KEY (xid, n)
);
CREATE INDEX message_fates_age ON message_fates USING brin (at);

CREATE FUNCTION message_fates_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO message_fates (n, message_id, status, at)
    VALUES (nextval('audit_logs_n_seq'), NEW.id, NEW.status, CASE NEW.status WHEN 'submitted' THEN NEW.submitted_at
        WHEN 'unconfirmed' THEN clock_timestamp() ELSE coalesce(NEW.settled_at, NEW.created_at) END);
    RETURN NULL;
END $$;
CREATE TRIGGER message_fates_begin AFTER INSERT ON sms_logs FOR EACH ROW WHEN (NEW.salt IS NULL)
    EXECUTE FUNCTION message_fates_follow();
CREATE TRIGGER message_fates_follow AFTER UPDATE OF status ON sms_logs FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status NOT IN ('sending', 'queued'))
    EXECUTE FUNCTION message_fates_follow();

-- The order of the feed: which audit entry or fate is at which position. `position`: of its first event; `events`: how many it is.
CREATE TABLE feed_positions (
    position bigint PRIMARY KEY CHECK (position > 0),
    events   integer NOT NULL CHECK (events > 0),
    is_fate  boolean NOT NULL,
    xid      bigint NOT NULL,
    n        bigint NOT NULL UNIQUE
);

-- What is at a position: an audit entry with its contract, or a fate with its message. One whose fate or message was deleted has
-- neither.
CREATE VIEW feed_records AS
SELECT p.position, p.events, p.is_fate, a.chain_id, a.text, a.at, a.actor_id, a.channel, a.action, a.details,
    c.id AS contract_id, c.reference,
    (SELECT jsonb_object_agg(t.phone_id, t.role) FROM contract_parties t WHERE t.contract_id = c.id) AS roles,
    f.at AS fate_at, f.status, m.id AS message_id, m.direction, m.kind, m.phone_id, CASE WHEN m.status = f.status THEN m.why END AS why
FROM feed_positions p
LEFT JOIN audit_logs a ON a.xid = p.xid AND a.n = p.n AND NOT p.is_fate
LEFT JOIN message_fates f ON f.xid = p.xid AND f.n = p.n AND p.is_fate
LEFT JOIN sms_logs m ON m.id = f.message_id
LEFT JOIN contracts c ON c.id = coalesce(a.chain_id, m.contract_id);

-- How far the feed is. All that transactions below seen_xid have written is numbered, except by those in seen_open, which were
-- running then. Numbers of transactions are those of `server`: on another one all is looked at once, and up to moved_n nothing
-- afterwards. `version` grows with each step, so that of two steps at the same moment one does nothing.
CREATE TABLE feed_state (
    id        smallint PRIMARY KEY CHECK (id = 1),
    version   bigint NOT NULL,
    last      bigint NOT NULL,
    seen_xid  bigint NOT NULL,
    seen_open bigint[] NOT NULL,
    moved_n   bigint NOT NULL,
    server    text NOT NULL
);

-- Where events are sent. `secret` and, until old_secret_until, old_secret sign them; both are encrypted. `types`: null for all.
-- `cursor`: events up to this position are among webhook_deliveries. `why`: it is disabled.
CREATE TABLE webhook_endpoints (
    id               uuid PRIMARY KEY,
    url              text NOT NULL UNIQUE,
    secret           bytea NOT NULL,
    old_secret       bytea,
    old_secret_until timestamptz,
    types            text[] CHECK (cardinality(types) > 0),
    status           text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    why              text,
    cursor           bigint NOT NULL CHECK (cursor >= 0),
    created_at       timestamptz NOT NULL,
    holder           uuid,
    held_until       timestamptz,
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((status = 'disabled') = (why IS NOT NULL)),
    CHECK ((holder IS NULL) = (held_until IS NULL))
);

-- Events for an endpoint. Of one lane (a contract, or a person) they are sent in order, each once the one before has arrived or
-- is given up. `since`: of the first try.
CREATE TABLE webhook_deliveries (
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    position    bigint NOT NULL,
    lane        uuid NOT NULL,
    status      text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    tries       integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at      timestamptz,
    since       timestamptz,
    settled_at  timestamptz,
    PRIMARY KEY (endpoint_id, position),
    CHECK ((status = 'pending') = (due_at IS NOT NULL)),
    CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, lane, position) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries USING brin (settled_at);

CREATE TABLE webhook_attempts (
    endpoint_id uuid NOT NULL,
    position    bigint NOT NULL,
    at          timestamptz NOT NULL,
    http_status smallint,
    why         text,
    took_ms     integer NOT NULL,
    PRIMARY KEY (endpoint_id, at, position),
    FOREIGN KEY (endpoint_id, position) REFERENCES webhook_deliveries ON DELETE CASCADE
);

-- down

DROP VIEW feed_records;
DROP TABLE webhook_attempts, webhook_deliveries, webhook_endpoints, feed_state, feed_positions;
DROP TRIGGER message_fates_follow ON sms_logs;
DROP TRIGGER message_fates_begin ON sms_logs;
DROP FUNCTION message_fates_follow();
DROP TABLE message_fates;
