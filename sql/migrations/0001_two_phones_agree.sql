-- Why: the record of one agreement: who is in it, what they said, what we told them, and the chain that proves it.
-- Locks: none that matter, the database is empty. Order: before the code.

-- up

-- The one place where a phone number lives. Every other table names people by phones.id.
CREATE TABLE phones (
    id               uuid PRIMARY KEY,
    msisdn           text NOT NULL UNIQUE CHECK (msisdn ~ '^\+[1-9][0-9]{6,14}$'),
    language         text CHECK (language ~ '^[a-z]{2,3}$'),
    pin_hash         text,
    pin_proved_at    timestamptz,                          -- typed right at least once; until then the PIN is only a proposal
    pin_tries        integer NOT NULL DEFAULT 0 CHECK (pin_tries >= 0),
    pin_locked_until timestamptz,
    opted_out_at     timestamptz,
    created_at       timestamptz NOT NULL,
    CHECK (pin_proved_at IS NULL OR pin_hash IS NOT NULL)
);

CREATE TABLE contracts (
    id           uuid PRIMARY KEY,
    reference    text NOT NULL UNIQUE CHECK (reference ~ '^[1-9][0-9]{7}$'),
    version      integer NOT NULL DEFAULT 1 CHECK (version > 0),
    status       text NOT NULL CHECK (status IN
                 ('PENDING', 'CONFIRMED', 'ACTIVE', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'DISPUTED')),
    type         text NOT NULL CHECK (type IN
                 ('agricultural_supply', 'service_agreement', 'goods_purchase', 'logistics', 'other')),
    terms        jsonb NOT NULL CHECK (jsonb_typeof(terms) = 'object'),
    total_minor  bigint NOT NULL CHECK (total_minor > 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    source       text NOT NULL CHECK (source IN ('ussd', 'sms', 'voice', 'api')),
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    active_at    timestamptz,
    completed_at timestamptz,
    cancelled_at timestamptz,
    expired_at   timestamptz,
    disputed_at  timestamptz,
    CHECK (status NOT IN ('CONFIRMED', 'ACTIVE', 'COMPLETED', 'DISPUTED') OR confirmed_at IS NOT NULL),
    CHECK (status <> 'PENDING' OR confirmed_at IS NULL),
    CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
    CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CHECK ((status = 'EXPIRED') = (expired_at IS NOT NULL))
);
CREATE INDEX contracts_newest ON contracts (created_at DESC, id DESC);

-- The legal moves, as the lifecycle in the code has them; a move that is not here is refused whoever asks for it.
CREATE FUNCTION contracts_move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'),
        ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED')) THEN
        RAISE EXCEPTION 'contract % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'contract % must go from version % to the next', OLD.id, OLD.version USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at) THEN
        RAISE EXCEPTION 'contract % keeps its identity', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contracts_move BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION contracts_move_legally();

CREATE TABLE contract_parties (
    contract_id uuid NOT NULL REFERENCES contracts,
    phone_id    uuid NOT NULL REFERENCES phones,
    role        text NOT NULL CHECK (role IN ('buyer', 'seller', 'mediator', 'witness')),
    name        text CHECK (length(name) BETWEEN 1 AND 60),
    since       timestamptz NOT NULL,                      -- the contract's created_at: a caller's list is one index walk
    PRIMARY KEY (contract_id, phone_id)
);
CREATE INDEX contract_parties_newest ON contract_parties (phone_id, since DESC, contract_id DESC);

-- What follows from a confirmation: one row per person whose word binds.
CREATE TABLE contract_signatures (
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    status      text NOT NULL CHECK (status IN ('pending', 'signed', 'rejected', 'expired')),
    settled_at  timestamptz,
    PRIMARY KEY (contract_id, phone_id),
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties,
    CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX contract_signatures_waiting ON contract_signatures (phone_id) WHERE status = 'pending';

-- Evidence: what a person was shown and what they answered. A person says each answer to a version of the terms once.
CREATE TABLE confirmations (
    id            uuid PRIMARY KEY,
    contract_id   uuid NOT NULL,
    phone_id      uuid NOT NULL,
    terms_version integer NOT NULL DEFAULT 1 CHECK (terms_version > 0),
    answer        text NOT NULL CHECK (answer IN ('confirm', 'decline')),
    channel       text NOT NULL CHECK (channel IN ('ussd', 'sms', 'voice')),
    provider      text NOT NULL,
    network_code  text NOT NULL,
    conversation  text NOT NULL,                           -- the USSD session's id, or the message's
    language      text NOT NULL,
    menu_version  text NOT NULL,
    shown         jsonb NOT NULL CHECK (jsonb_typeof(shown) = 'array'),
    answered_at   timestamptz NOT NULL,
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties,
    UNIQUE (contract_id, phone_id, terms_version, answer)
);

-- A chain of entries per contract (or per person, for what concerns no contract), each hashing the one before.
CREATE TABLE audit_logs (
    chain_id  uuid NOT NULL,
    seq       bigint NOT NULL CHECK (seq > 0),
    at        timestamptz NOT NULL,
    actor_id  uuid REFERENCES phones,                      -- null: the operator or the service itself
    channel   text NOT NULL CHECK (channel IN ('ussd', 'sms', 'voice', 'api', 'service')),
    action    text NOT NULL,
    details   jsonb NOT NULL,
    act_id    uuid NOT NULL,
    prev_hash bytea NOT NULL,
    hash      bytea NOT NULL UNIQUE,
    PRIMARY KEY (chain_id, seq)
);

-- The writer cannot choose its place in the chain: the table finds the entry before and hashes over it.
CREATE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_logs;
BEGIN
    SELECT * INTO before FROM audit_logs WHERE chain_id = NEW.chain_id ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(before.seq, 0) + 1;
    NEW.prev_hash := coalesce(before.hash, sha256(convert_to(NEW.chain_id::text, 'UTF8')));
    NEW.hash := sha256(NEW.prev_hash || convert_to(jsonb_build_object(
        'chain_id', NEW.chain_id, 'seq', NEW.seq, 'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor_id', NEW.actor_id, 'channel', NEW.channel, 'action', NEW.action, 'details', NEW.details,
        'act_id', NEW.act_id)::text, 'UTF8'));
    RETURN NEW;
END $$;
CREATE TRIGGER audit_logs_chain BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_chain();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER confirmations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON confirmations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Messages, both ways. An MT row is also the queue entry.
CREATE TABLE sms_logs (
    id                  uuid PRIMARY KEY,
    direction           text NOT NULL CHECK (direction IN ('in', 'out')),
    phone_id            uuid REFERENCES phones,
    raw_sender          text,                              -- MO only, where the sender is no phone number
    shortcode           text,                              -- ours: the MO's `to`, the MT's sender id
    text                text NOT NULL,
    language            text,
    kind                text NOT NULL,                     -- which wording it is (MT), or what was understood (MO)
    contract_id         uuid REFERENCES contracts,
    act_id              uuid NOT NULL,
    status              text NOT NULL,
    segments            smallint NOT NULL CHECK (segments > 0),
    provider            text,
    provider_message_id text,
    tries               integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at              timestamptz,
    leased_until        timestamptz,
    why                 text,                              -- the last refusal, or why it is final
    cost                text,                              -- the provider's own words, once it says
    network_code        text,
    created_at          timestamptz NOT NULL,
    submitted_at        timestamptz,
    settled_at          timestamptz,
    CHECK (direction = 'out' OR status = 'received'),
    CHECK (direction = 'in' OR status IN
        ('queued', 'sending', 'submitted', 'delivered', 'failed', 'rejected', 'expired', 'unconfirmed')),
    CHECK (direction = 'in' OR phone_id IS NOT NULL),
    CHECK ((phone_id IS NULL) = (raw_sender IS NOT NULL)),
    CHECK (status <> 'queued' OR due_at IS NOT NULL),
    CHECK (due_at IS NULL OR status IN ('queued', 'unconfirmed')),  -- an unconfirmed one may be due to go again
    CHECK ((status = 'sending') = (leased_until IS NOT NULL)),
    CHECK (status NOT IN ('submitted', 'delivered') OR provider_message_id IS NOT NULL),
    CHECK (status <> 'submitted' OR submitted_at IS NOT NULL),
    CHECK ((status IN ('delivered', 'failed', 'rejected', 'expired')) = (settled_at IS NOT NULL))
);
CREATE INDEX sms_logs_due ON sms_logs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sms_logs_leased ON sms_logs (leased_until) WHERE status = 'sending';
CREATE INDEX sms_logs_of_phone ON sms_logs (phone_id, created_at DESC, id DESC);
CREATE INDEX sms_logs_of_contract ON sms_logs (contract_id, created_at DESC) WHERE contract_id IS NOT NULL;
CREATE INDEX sms_logs_newest ON sms_logs (created_at DESC, id DESC);
CREATE UNIQUE INDEX sms_logs_mt_of_provider ON sms_logs (provider, provider_message_id)
    WHERE direction = 'out' AND provider_message_id IS NOT NULL;

-- Every delivery report as it came, also those that came before the send was recorded.
CREATE TABLE sms_reports (
    provider            text NOT NULL,
    provider_message_id text NOT NULL,
    status              text NOT NULL,                     -- the provider's word
    state               text NOT NULL CHECK (state IN
                        ('submitted', 'delivered', 'failed', 'rejected', 'expired', 'unknown')),
    reason              text,
    network_code        text,
    received_at         timestamptz NOT NULL,
    PRIMARY KEY (provider, provider_message_id, status)
);

CREATE TABLE ussd_sessions (
    provider     text NOT NULL,
    session_id   text NOT NULL,
    phone_id     uuid REFERENCES phones,
    network_code text NOT NULL,
    status       text NOT NULL,
    hops         integer,
    duration_ms  integer,
    cost         text,
    ended_at     timestamptz NOT NULL,
    PRIMARY KEY (provider, session_id)
);

-- What makes a thing happen once. A hop that tries a PIN is here from the try on; act_id comes with the effect.
CREATE TABLE acted_hops (
    provider   text NOT NULL,
    session_id text NOT NULL,
    hop_key    bytea NOT NULL,                             -- a keyed hash: the text itself may hold a PIN
    at         timestamptz NOT NULL,
    act_id     uuid,
    reply      text,
    ends       boolean,
    session    bytea,                                      -- sealed, as in the session store
    PRIMARY KEY (provider, session_id, hop_key),
    CHECK ((act_id IS NULL) = (reply IS NULL) AND (act_id IS NULL) = (ends IS NULL) AND (act_id IS NULL) = (session IS NULL))
);
CREATE INDEX acted_hops_age ON acted_hops USING brin (at);

CREATE TABLE mo_receipts (
    provider   text NOT NULL,
    message_id text NOT NULL,
    act_id     uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (provider, message_id)
);

CREATE TABLE api_requests (
    key         text PRIMARY KEY,                          -- the caller's Idempotency-Key, or one of ours
    fingerprint bytea NOT NULL,                            -- of the body: the same key with another body is refused
    act_id      uuid NOT NULL,
    contract_id uuid,
    at          timestamptz NOT NULL
);

-- A contract as everything above SQL reads it: its row and its people, in one piece.
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
) AS parties
FROM contracts c;

-- down

DROP VIEW contract_records;
DROP TABLE api_requests, mo_receipts, acted_hops, ussd_sessions, sms_reports, sms_logs, audit_logs, confirmations,
    contract_signatures, contract_parties, contracts, phones;
DROP FUNCTION refuse_change(), audit_logs_chain(), contracts_move_legally();
