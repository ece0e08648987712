-- The tables of the tutorial: named as ours where they hold the same, plain otherwise.
CREATE TABLE phones (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    msisdn           text NOT NULL UNIQUE,
    language         text NOT NULL DEFAULT 'en',
    pin_hash         text,
    pin_tries        integer NOT NULL DEFAULT 0,
    pin_locked_until timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contracts (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reference    text NOT NULL UNIQUE,
    status       text NOT NULL DEFAULT 'PENDING',
    terms        jsonb NOT NULL,
    total_minor  bigint NOT NULL,
    currency     text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);
CREATE INDEX ON contracts (status, created_at DESC);

CREATE TABLE contract_parties (
    contract_id uuid NOT NULL REFERENCES contracts,
    phone_id    uuid NOT NULL REFERENCES phones,
    role        text NOT NULL,
    PRIMARY KEY (contract_id, phone_id)
);
CREATE INDEX ON contract_parties (phone_id);

CREATE TABLE contract_signatures (
    contract_id uuid NOT NULL REFERENCES contracts,
    phone_id    uuid NOT NULL REFERENCES phones,
    status      text NOT NULL DEFAULT 'pending',
    settled_at  timestamptz,
    PRIMARY KEY (contract_id, phone_id)
);
CREATE INDEX ON contract_signatures (phone_id) WHERE status = 'pending';

CREATE TABLE confirmations (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    contract_id  uuid NOT NULL REFERENCES contracts,
    phone_id     uuid NOT NULL REFERENCES phones,
    answer       text NOT NULL,
    channel      text NOT NULL,
    conversation text NOT NULL,
    statement    bytea NOT NULL,
    shown        jsonb NOT NULL,
    signature    bytea NOT NULL,
    answered_at  timestamptz NOT NULL,
    UNIQUE (contract_id, phone_id, answer)
);

CREATE TABLE audit_logs (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    contract_id uuid REFERENCES contracts,
    actor_id    uuid REFERENCES phones,
    channel     text NOT NULL,
    action      text NOT NULL,
    details     jsonb NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON audit_logs (contract_id, id);

CREATE TABLE sms_logs (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    direction           text NOT NULL,
    phone_id            uuid NOT NULL REFERENCES phones,
    contract_id         uuid REFERENCES contracts,
    text                text NOT NULL,
    kind                text NOT NULL,
    status              text NOT NULL,
    tries               integer NOT NULL DEFAULT 0,
    provider_message_id text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    submitted_at        timestamptz
);
CREATE INDEX ON sms_logs (created_at) WHERE status = 'queued';
CREATE INDEX ON sms_logs (phone_id, created_at DESC);
CREATE UNIQUE INDEX ON sms_logs (provider_message_id) WHERE provider_message_id IS NOT NULL;

CREATE TABLE mo_receipts (
    message_id text PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now()
);
