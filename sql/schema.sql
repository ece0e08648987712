-- What a new database looks like: what all migrations together make. Written by `voicepact db schema`, never by hand.
-- A change is a new file in sql/migrations; a test compares this file with them.

SET check_function_bodies = off;  -- views and functions may name what comes below them

CREATE FUNCTION form_words(form bytea)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple'::regconfig, ((COALESCE("substring"(convert_from(form, 'UTF8'::name), '"product":"([^"]*)"'::text), ''::text) || ' '::text) || COALESCE("substring"(convert_from(form, 'UTF8'::name), '"delivery_place":"([^"]*)"'::text), ''::text)));

CREATE TABLE schema_migrations (
    version    integer NOT NULL,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);

CREATE TABLE phones (
    id                uuid NOT NULL,
    msisdn            text NOT NULL,
    language          text,
    pin_hash          text,
    pin_proved_at     timestamptz,
    pin_tries         integer NOT NULL DEFAULT 0,
    pin_locked_until  timestamptz,
    opted_out_at      timestamptz,
    created_at        timestamptz NOT NULL,
    recovery_key      bytea,
    recovery_until    timestamptz,
    recovery_tries    integer NOT NULL DEFAULT 0,
    opted_in_at       timestamptz,
    opted_out         boolean NOT NULL GENERATED ALWAYS AS (opted_out_at IS NOT NULL AND (opted_in_at IS NULL OR opted_in_at < opted_out_at)) STORED,
    erased_at         timestamptz,
    pin_only          boolean,
    name              text,
    language_presumed boolean,
    told_costs_at     timestamptz,
    refused_on        date[] NOT NULL DEFAULT '{}'::date[],
    presumed_out_at   timestamptz,
    head              bytea,
    entries           bigint NOT NULL DEFAULT 0,
    recovered_at      timestamptz,
    CONSTRAINT phones_pkey PRIMARY KEY (id),
    CONSTRAINT phones_msisdn_key UNIQUE (msisdn),
    CONSTRAINT phones_check CHECK (pin_proved_at IS NULL OR pin_hash IS NOT NULL),
    CONSTRAINT phones_erased CHECK (erased_at IS NULL OR pin_hash IS NULL AND recovery_key IS NULL AND name IS NULL),
    CONSTRAINT phones_erased_recovery CHECK (erased_at IS NULL OR recovered_at IS NULL),
    CONSTRAINT phones_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT phones_language_presumed_check CHECK (language IS NOT NULL OR language_presumed IS NULL),
    CONSTRAINT phones_msisdn_check CHECK ( CASE WHEN erased_at IS NULL THEN msisdn ~ '^\+[1-9][0-9]{6,14}$' ELSE msisdn ~ '^erased-[0-9a-f]{8}$' END),
    CONSTRAINT phones_name_check CHECK (length(name) >= 1 AND length(name) <= 60),
    CONSTRAINT phones_pin_tries_check CHECK (pin_tries >= 0),
    CONSTRAINT phones_recovery CHECK ((recovery_key IS NULL) = (recovery_until IS NULL))
);

CREATE TABLE contracts (
    id               uuid NOT NULL,
    reference        text NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    status           text NOT NULL DEFAULT 'PENDING',
    type             text NOT NULL,
    terms            jsonb NOT NULL,
    total_minor      bigint NOT NULL,
    currency         text NOT NULL,
    source           text NOT NULL,
    created_at       timestamptz NOT NULL,
    confirmed_at     timestamptz,
    active_at        timestamptz,
    completed_at     timestamptz,
    cancelled_at     timestamptz,
    expired_at       timestamptz,
    disputed_at      timestamptz,
    terms_version    integer NOT NULL DEFAULT 1,
    delivered_at     timestamptz,
    next_what        text,
    next_at          timestamptz,
    settled_quantity numeric,
    clock_stopped_at timestamptz,
    clock_stopped_by uuid,
    clock_started_at timestamptz,
    head             bytea,
    entries          bigint NOT NULL DEFAULT 0,
    CONSTRAINT contracts_pkey PRIMARY KEY (id),
    CONSTRAINT contracts_reference_key UNIQUE (reference),
    CONSTRAINT contracts_active CHECK ((status <> ALL (ARRAY['ACTIVE', 'COMPLETED', 'DISPUTED'])) OR active_at IS NOT NULL),
    CONSTRAINT contracts_check CHECK ((status <> ALL (ARRAY['CONFIRMED', 'ACTIVE', 'COMPLETED', 'DISPUTED'])) OR confirmed_at IS NOT NULL),
    CONSTRAINT contracts_check1 CHECK (status <> 'PENDING' OR confirmed_at IS NULL),
    CONSTRAINT contracts_check2 CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
    CONSTRAINT contracts_check3 CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CONSTRAINT contracts_check4 CHECK ((status = 'EXPIRED') = (expired_at IS NOT NULL)),
    CONSTRAINT contracts_clock CHECK ( CASE WHEN clock_stopped_at IS NULL THEN clock_stopped_by IS NULL ELSE clock_stopped_by IS NOT NULL AND (status = 'DISPUTED' OR status = 'ACTIVE' AND next_what IS NULL) END),
    CONSTRAINT contracts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT contracts_disputed CHECK (status <> 'DISPUTED' OR disputed_at IS NOT NULL),
    CONSTRAINT contracts_next CHECK ((next_what IS NULL) = (next_at IS NULL)),
    CONSTRAINT contracts_next_what_check CHECK (next_what = ANY (ARRAY['remind_answer', 'expire', 'remind_delivery', 'remind_expiry', 'remind_receipt', 'complete', 'remind_rest', 'complete_part', 'close_dispute', 'escalate_dispute'])),
    CONSTRAINT contracts_reference_check CHECK (reference ~ '^[1-9][0-9]{7}$'),
    CONSTRAINT contracts_settled CHECK (settled_quantity IS NULL OR CASE WHEN status = 'COMPLETED' THEN COALESCE(settled_quantity > 0::numeric AND settled_quantity < ((terms ->> 'quantity')::numeric), false) ELSE false END),
    CONSTRAINT contracts_source_check CHECK (source = ANY (ARRAY['ussd', 'sms', 'voice', 'api'])),
    CONSTRAINT contracts_status_check CHECK (status = ANY (ARRAY['PENDING', 'CONFIRMED', 'ACTIVE', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'DISPUTED'])),
    CONSTRAINT contracts_terms_check CHECK (jsonb_typeof(terms) = 'object'),
    CONSTRAINT contracts_terms_version_check CHECK (terms_version > 0),
    CONSTRAINT contracts_total_minor_check CHECK (total_minor > 0),
    CONSTRAINT contracts_type_check CHECK (type = ANY (ARRAY['agricultural_supply', 'service_agreement', 'goods_purchase', 'logistics', 'other'])),
    CONSTRAINT contracts_version_check CHECK (version > 0)
);
CREATE INDEX contracts_clock_stands ON contracts (created_at DESC, id DESC) WHERE (clock_stopped_at IS NOT NULL);
CREATE INDEX contracts_newest ON contracts (created_at DESC, id DESC);
CREATE INDEX contracts_next ON contracts (next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX contracts_of_status ON contracts (status, created_at DESC, id DESC);

CREATE TABLE contract_parties (
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    role        text NOT NULL,
    name        text,
    since       timestamptz NOT NULL,
    salt        bytea DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT contract_parties_pkey PRIMARY KEY (contract_id, phone_id),
    CONSTRAINT contract_parties_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT contract_parties_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT contract_parties_name_check CHECK (length(name) >= 1 AND length(name) <= 60),
    CONSTRAINT contract_parties_role_check CHECK (role = ANY (ARRAY['buyer', 'seller', 'mediator', 'witness']))
);
CREATE INDEX contract_parties_newest ON contract_parties (phone_id, since DESC, contract_id DESC);

CREATE TABLE contract_signatures (
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    status      text NOT NULL,
    settled_at  timestamptz,
    CONSTRAINT contract_signatures_pkey PRIMARY KEY (contract_id, phone_id),
    CONSTRAINT contract_signatures_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id),
    CONSTRAINT contract_signatures_check CHECK ((status = 'pending') = (settled_at IS NULL)),
    CONSTRAINT contract_signatures_status_check CHECK (status = ANY (ARRAY['pending', 'signed', 'rejected', 'expired']))
);
CREATE INDEX contract_signatures_waiting ON contract_signatures (phone_id, contract_id) WHERE (status = 'pending');

CREATE TABLE confirmations (
    id               uuid NOT NULL,
    contract_id      uuid NOT NULL,
    phone_id         uuid,
    terms_version    integer NOT NULL DEFAULT 1,
    answer           text NOT NULL,
    channel          text NOT NULL,
    provider         text NOT NULL,
    network_code     text NOT NULL,
    conversation     text NOT NULL,
    language         text NOT NULL,
    menu_version     text NOT NULL,
    answered_at      timestamptz NOT NULL,
    subject          text NOT NULL DEFAULT 'terms',
    form_sha256      bytea,
    shown_sha256     bytea,
    signature        bytea,
    key_id           text,
    contract_version integer,
    details          jsonb,
    format           smallint,
    pin              text,
    messages         uuid[],
    CONSTRAINT confirmations_pkey PRIMARY KEY (id),
    CONSTRAINT confirmations_once UNIQUE NULLS NOT DISTINCT (contract_id, phone_id, terms_version, answer, contract_version),
    CONSTRAINT confirmations_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id),
    CONSTRAINT confirmations_act CHECK ( CASE WHEN subject = ANY (ARRAY['terms', 'cancel']) THEN contract_version IS NULL AND details IS NULL ELSE contract_version IS NOT NULL AND details IS NOT NULL AND CASE WHEN answer = ANY (ARRAY['wrote', 'stop_clock', 'start_clock']) THEN true WHEN subject = 'settle' THEN details ?& ARRAY['dispute', 'kind'] WHEN subject = 'delivery' THEN details ? 'quantity' ELSE details ? 'dispute' END END),
    CONSTRAINT confirmations_answer_check CHECK (((subject || ' ') || answer) = ANY (ARRAY['terms confirm', 'terms decline', 'cancel confirm', 'cancel decline', 'settle confirm', 'settle decline', 'delivery delivered', 'delivery received', 'delivery received_part', 'delivery wrote', 'delivery stop_clock', 'delivery start_clock', 'dispute complain', 'dispute reply', 'dispute withdraw', 'dispute decide', 'dispute appeal'])),
    CONSTRAINT confirmations_format CHECK ( CASE WHEN format IS NULL THEN num_nonnulls(pin, messages) = 0 ELSE format = 2 AND num_nonnulls(pin, messages) = 2 END),
    CONSTRAINT confirmations_giver CHECK ( CASE channel WHEN 'api' THEN phone_id IS NULL AND ((answer = ANY (ARRAY['stop_clock', 'start_clock'])) OR subject = 'dispute' AND answer <> 'reply') ELSE phone_id IS NOT NULL AND (answer <> ALL (ARRAY['stop_clock', 'start_clock'])) AND ((channel = ANY (ARRAY['ussd', 'voice'])) OR channel = 'sms' AND answer <> 'decide') END),
    CONSTRAINT confirmations_pin CHECK (pin = 'none' OR (pin = ANY (ARRAY['typed', 'chosen'])) AND (channel = ANY (ARRAY['ussd', 'voice']))),
    CONSTRAINT confirmations_terms_version_check CHECK (terms_version > 0)
);

CREATE TABLE audit_logs (
    chain_id  uuid NOT NULL,
    seq       bigint NOT NULL,
    at        timestamptz NOT NULL,
    actor_id  uuid,
    channel   text,
    action    text,
    details   jsonb,
    act_id    uuid NOT NULL,
    prev_hash bytea NOT NULL,
    hash      bytea NOT NULL,
    n         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid       bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    text      text,
    CONSTRAINT audit_logs_pkey PRIMARY KEY (chain_id, seq),
    CONSTRAINT audit_logs_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES phones(id),
    CONSTRAINT audit_logs_channel_check CHECK (channel = ANY (ARRAY['ussd', 'sms', 'voice', 'api', 'service'])),
    CONSTRAINT audit_logs_form CHECK (num_nonnulls(channel, action, details) = CASE WHEN text IS NULL THEN 3 ELSE 0 END),
    CONSTRAINT audit_logs_seq_check CHECK (seq > 0)
);
CREATE UNIQUE INDEX audit_logs_in_order ON audit_logs (xid, n);
CREATE INDEX audit_logs_newest ON audit_logs (at);

CREATE TABLE sms_logs (
    id                  uuid NOT NULL,
    direction           text NOT NULL,
    phone_id            uuid,
    raw_sender          text,
    shortcode           text,
    text                text NOT NULL,
    language            text,
    kind                text NOT NULL,
    contract_id         uuid,
    act_id              uuid NOT NULL,
    status              text NOT NULL,
    segments            smallint NOT NULL,
    provider            text,
    provider_message_id text,
    tries               integer NOT NULL DEFAULT 0,
    due_at              timestamptz,
    leased_until        timestamptz,
    why                 text,
    cost                text,
    network_code        text,
    created_at          timestamptz NOT NULL,
    submitted_at        timestamptz,
    settled_at          timestamptz,
    class               text NOT NULL DEFAULT 'service',
    priority            smallint NOT NULL DEFAULT 5,
    expires_at          timestamptz,
    encoding            text,
    estimate            text,
    resend_of           uuid,
    wiped_at            timestamptz,
    reply_provider      text,
    salt                bytea,
    provider_sent_at    timestamptz,
    english             text,
    CONSTRAINT sms_logs_pkey PRIMARY KEY (id),
    CONSTRAINT sms_logs_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT sms_logs_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT sms_logs_resend_of_fkey FOREIGN KEY (resend_of) REFERENCES sms_logs(id),
    CONSTRAINT sms_logs_check CHECK (direction = 'out' OR status = 'received'),
    CONSTRAINT sms_logs_check1 CHECK (direction = 'in' OR (status = ANY (ARRAY['queued', 'sending', 'submitted', 'delivered', 'failed', 'rejected', 'expired', 'unconfirmed']))),
    CONSTRAINT sms_logs_check4 CHECK (status <> 'queued' OR due_at IS NOT NULL),
    CONSTRAINT sms_logs_check5 CHECK (due_at IS NULL OR (status = ANY (ARRAY['queued', 'unconfirmed']))),
    CONSTRAINT sms_logs_check6 CHECK ((status = 'sending') = (leased_until IS NOT NULL)),
    CONSTRAINT sms_logs_check7 CHECK ((status <> ALL (ARRAY['submitted', 'delivered'])) OR provider_message_id IS NOT NULL),
    CONSTRAINT sms_logs_check8 CHECK (status <> 'submitted' OR submitted_at IS NOT NULL),
    CONSTRAINT sms_logs_check9 CHECK ((status = ANY (ARRAY['delivered', 'failed', 'rejected', 'expired'])) = (settled_at IS NOT NULL)),
    CONSTRAINT sms_logs_class_check CHECK (class = ANY (ARRAY['critical', 'service', 'promotional'])),
    CONSTRAINT sms_logs_direction_check CHECK (direction = ANY (ARRAY['in', 'out'])),
    CONSTRAINT sms_logs_encoding_check CHECK (encoding = ANY (ARRAY['gsm7', 'ucs2'])),
    CONSTRAINT sms_logs_english CHECK (english IS NULL OR direction = 'out' AND wiped_at IS NULL),
    CONSTRAINT sms_logs_of_someone CHECK ((phone_id IS NULL) = (raw_sender IS NOT NULL) OR wiped_at IS NOT NULL),
    CONSTRAINT sms_logs_priority_check CHECK (priority = ANY (ARRAY[1, 5, 9])),
    CONSTRAINT sms_logs_reply_number CHECK (reply_provider IS NULL OR direction = 'out' AND shortcode IS NOT NULL),
    CONSTRAINT sms_logs_segments_check CHECK (segments > 0),
    CONSTRAINT sms_logs_to_a_phone CHECK (direction = 'in' OR phone_id IS NOT NULL OR wiped_at IS NOT NULL),
    CONSTRAINT sms_logs_tries_check CHECK (tries >= 0),
    CONSTRAINT sms_logs_wiped CHECK (wiped_at IS NULL OR text = '' AND phone_id IS NULL AND raw_sender IS NULL)
);
CREATE INDEX sms_logs_due ON sms_logs (priority, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX sms_logs_leased ON sms_logs (leased_until) WHERE (status = 'sending');
CREATE UNIQUE INDEX sms_logs_mt_of_provider ON sms_logs (provider, provider_message_id) WHERE ((direction = 'out') AND (provider_message_id IS NOT NULL));
CREATE INDEX sms_logs_newest ON sms_logs (created_at DESC, id DESC);
CREATE INDEX sms_logs_of_contract ON sms_logs (contract_id, created_at DESC) WHERE (contract_id IS NOT NULL);
CREATE INDEX sms_logs_of_meaning ON sms_logs (kind, created_at DESC, id DESC) WHERE (direction = 'in');
CREATE INDEX sms_logs_of_phone ON sms_logs (phone_id, created_at DESC, id DESC);
CREATE INDEX sms_logs_of_status ON sms_logs (status, created_at DESC, id DESC);
CREATE UNIQUE INDEX sms_logs_sent_again ON sms_logs (resend_of) WHERE (resend_of IS NOT NULL);
CREATE INDEX sms_logs_unreported ON sms_logs (submitted_at) WHERE (status = 'submitted');
CREATE INDEX sms_logs_unsure ON sms_logs (phone_id) WHERE ((status = ANY (ARRAY['unconfirmed', 'failed'])) AND (provider_message_id IS NULL));
CREATE INDEX sms_logs_waiting ON sms_logs (phone_id, due_at) WHERE (status = ANY (ARRAY['queued', 'unconfirmed', 'sending']));

CREATE TABLE sms_reports (
    provider            text NOT NULL,
    provider_message_id text NOT NULL,
    status              text NOT NULL,
    state               text NOT NULL,
    reason              text,
    network_code        text,
    received_at         timestamptz NOT NULL,
    phone_id            uuid,
    CONSTRAINT sms_reports_pkey PRIMARY KEY (provider, provider_message_id, status),
    CONSTRAINT sms_reports_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT sms_reports_state_check CHECK (state = ANY (ARRAY['submitted', 'delivered', 'failed', 'rejected', 'expired', 'unknown']))
);
CREATE INDEX sms_reports_age ON sms_reports USING brin (received_at);
CREATE INDEX sms_reports_of_phone ON sms_reports (phone_id, received_at) WHERE (phone_id IS NOT NULL);

CREATE TABLE ussd_sessions (
    provider     text NOT NULL,
    session_id   text NOT NULL,
    phone_id     uuid,
    network_code text NOT NULL,
    status       text NOT NULL,
    hops         integer,
    duration_ms  integer,
    cost         text,
    ended_at     timestamptz NOT NULL,
    CONSTRAINT ussd_sessions_pkey PRIMARY KEY (provider, session_id),
    CONSTRAINT ussd_sessions_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id)
);
CREATE INDEX ussd_sessions_age ON ussd_sessions USING brin (ended_at);

CREATE TABLE acted_hops (
    provider   text NOT NULL,
    session_id text NOT NULL,
    hop_key    bytea NOT NULL,
    at         timestamptz NOT NULL,
    act_id     uuid,
    reply      text,
    ends       boolean,
    session    bytea,
    wrong_pin  boolean NOT NULL DEFAULT false,
    CONSTRAINT acted_hops_pkey PRIMARY KEY (provider, session_id, hop_key),
    CONSTRAINT acted_hops_check CHECK ((act_id IS NULL) = (reply IS NULL) AND (act_id IS NULL) = (ends IS NULL) AND (act_id IS NULL) = (session IS NULL))
);
CREATE INDEX acted_hops_age ON acted_hops USING brin (at);

CREATE TABLE mo_receipts (
    provider   text NOT NULL,
    message_id text NOT NULL,
    act_id     uuid NOT NULL,
    at         timestamptz NOT NULL,
    is_undated boolean NOT NULL DEFAULT false,
    CONSTRAINT mo_receipts_pkey PRIMARY KEY (provider, message_id)
);
CREATE INDEX mo_receipts_age ON mo_receipts USING brin (at);

CREATE TABLE api_requests (
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    act_id      uuid NOT NULL,
    contract_id uuid,
    at          timestamptz NOT NULL,
    CONSTRAINT api_requests_pkey PRIMARY KEY (key)
);
CREATE INDEX api_requests_age ON api_requests USING brin (at);

CREATE TABLE promises (
    provider   text NOT NULL,
    session_id text NOT NULL,
    hop_key    bytea NOT NULL,
    sealed     bytea NOT NULL,
    made_at    timestamptz NOT NULL,
    due_at     timestamptz,
    tries      integer NOT NULL DEFAULT 0,
    kept_at    timestamptz,
    CONSTRAINT promises_pkey PRIMARY KEY (provider, session_id, hop_key),
    CONSTRAINT promises_check CHECK ((due_at IS NULL) = (kept_at IS NOT NULL)),
    CONSTRAINT promises_tries_check CHECK (tries >= 0)
);
CREATE INDEX promises_due ON promises (due_at) WHERE (due_at IS NOT NULL);

CREATE TABLE sms_tries (
    message_id          uuid NOT NULL,
    n                   integer NOT NULL,
    provider            text,
    outcome             text NOT NULL,
    why                 text,
    provider_message_id text,
    cost                text,
    at                  timestamptz NOT NULL,
    CONSTRAINT sms_tries_pkey PRIMARY KEY (message_id, n),
    CONSTRAINT sms_tries_message_id_fkey FOREIGN KEY (message_id) REFERENCES sms_logs(id),
    CONSTRAINT sms_tries_n_check CHECK (n > 0),
    CONSTRAINT sms_tries_outcome_check CHECK (outcome = ANY (ARRAY['accepted', 'rejected', 'later', 'unsure']))
);

CREATE TABLE sms_pace (
    sender  text NOT NULL,
    free_at timestamptz NOT NULL,
    CONSTRAINT sms_pace_pkey PRIMARY KEY (sender)
);

CREATE TABLE resumed_sessions (
    provider   text NOT NULL,
    session_id text NOT NULL,
    sealed     bytea NOT NULL,
    at         timestamptz NOT NULL,
    CONSTRAINT resumed_sessions_pkey PRIMARY KEY (provider, session_id)
);
CREATE INDEX resumed_sessions_age ON resumed_sessions USING brin (at);

CREATE TABLE contract_proposals (
    contract_id uuid NOT NULL,
    n           integer NOT NULL,
    kind        text NOT NULL,
    terms       jsonb,
    by_id       uuid,
    consented   uuid[] NOT NULL,
    waiting     uuid[] NOT NULL,
    status      text NOT NULL,
    created_at  timestamptz NOT NULL,
    settled_at  timestamptz,
    split_minor bigint,
    CONSTRAINT contract_proposals_pkey PRIMARY KEY (contract_id, n),
    CONSTRAINT contract_proposals_by_id_fkey FOREIGN KEY (by_id) REFERENCES phones(id),
    CONSTRAINT contract_proposals_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT contract_proposals_check CHECK ((kind = 'amend') = (terms IS NOT NULL)),
    CONSTRAINT contract_proposals_check1 CHECK ((status = 'pending') = (settled_at IS NULL)),
    CONSTRAINT contract_proposals_kind_check CHECK (kind = ANY (ARRAY['amend', 'cancel', 'complete', 'split'])),
    CONSTRAINT contract_proposals_n_check CHECK (n > 1),
    CONSTRAINT contract_proposals_split CHECK ((kind = 'split') = (split_minor IS NOT NULL)),
    CONSTRAINT contract_proposals_split_minor_check CHECK (split_minor > 0),
    CONSTRAINT contract_proposals_status_check CHECK (status = ANY (ARRAY['pending', 'accepted', 'declined', 'lapsed'])),
    CONSTRAINT contract_proposals_terms_check CHECK (jsonb_typeof(terms) = 'object')
);
CREATE UNIQUE INDEX contract_proposals_one_at_a_time ON contract_proposals (contract_id) WHERE (status = 'pending');

CREATE TABLE deliveries (
    id          uuid NOT NULL,
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    kind        text NOT NULL,
    quantity    numeric,
    evidence    jsonb NOT NULL DEFAULT '{}'::jsonb,
    at          timestamptz NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT deliveries_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id),
    CONSTRAINT deliveries_check CHECK ((kind = 'part') = (quantity IS NOT NULL)),
    CONSTRAINT deliveries_evidence_check CHECK (jsonb_typeof(evidence) = 'object'),
    CONSTRAINT deliveries_kind_check CHECK (kind = ANY (ARRAY['said', 'full', 'part', 'reported'])),
    CONSTRAINT deliveries_quantity_check CHECK (quantity > 0::numeric)
);
CREATE UNIQUE INDEX deliveries_all_once ON deliveries (contract_id) WHERE (kind = 'full');
CREATE INDEX deliveries_of_contract ON deliveries (contract_id, at);

CREATE TABLE disputes (
    id           uuid NOT NULL,
    contract_id  uuid NOT NULL,
    opened_by    uuid,
    words        text NOT NULL,
    status       text NOT NULL,
    decision     text,
    split_minor  bigint,
    reasons      text,
    opened_at    timestamptz NOT NULL,
    decided_at   timestamptz,
    appealed_by  uuid,
    appeal_words text,
    appealed_at  timestamptz,
    closed_at    timestamptz,
    ended        text,
    settled_n    integer,
    replies      jsonb NOT NULL DEFAULT '[]'::jsonb,
    escalated_at timestamptz,
    salt         bytea,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_appealed_by_fkey FOREIGN KEY (appealed_by) REFERENCES phones(id),
    CONSTRAINT disputes_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT disputes_opened_by_fkey FOREIGN KEY (opened_by) REFERENCES phones(id),
    CONSTRAINT disputes_settled_n_fkey FOREIGN KEY (contract_id, settled_n) REFERENCES contract_proposals(contract_id, n),
    CONSTRAINT disputes_appeal_words_check CHECK (length(appeal_words) >= 1 AND length(appeal_words) <= 500),
    CONSTRAINT disputes_check1 CHECK (COALESCE(decision = 'split', false) = (split_minor IS NOT NULL)),
    CONSTRAINT disputes_check2 CHECK (status <> 'appealed' OR appealed_at IS NOT NULL),
    CONSTRAINT disputes_check3 CHECK ((appealed_at IS NULL) = (appeal_words IS NULL)),
    CONSTRAINT disputes_check4 CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT disputes_decided CHECK (NOT (status = 'decided' OR COALESCE(ended = 'decided', false)) OR decision IS NOT NULL AND reasons IS NOT NULL AND decided_at IS NOT NULL),
    CONSTRAINT disputes_decision_check CHECK (decision = ANY (ARRAY['complete', 'cancel', 'split'])),
    CONSTRAINT disputes_ended CHECK ((status = 'closed') = (ended IS NOT NULL)),
    CONSTRAINT disputes_ended_check CHECK (ended = ANY (ARRAY['decided', 'settled', 'withdrawn'])),
    CONSTRAINT disputes_reasons_check CHECK (length(reasons) >= 1 AND length(reasons) <= 1000),
    CONSTRAINT disputes_replies_check CHECK (jsonb_typeof(replies) = 'array'),
    CONSTRAINT disputes_settled CHECK (COALESCE(ended = 'settled', false) = (settled_n IS NOT NULL)),
    CONSTRAINT disputes_split_minor_check CHECK (split_minor > 0),
    CONSTRAINT disputes_status_check CHECK (status = ANY (ARRAY['open', 'decided', 'appealed', 'closed'])),
    CONSTRAINT disputes_withdrawn CHECK (COALESCE(ended <> 'withdrawn', true) OR decision IS NULL),
    CONSTRAINT disputes_words_check CHECK (length(words) >= 1 AND length(words) <= 500)
);
CREATE INDEX disputes_newest ON disputes (opened_at DESC, id DESC);
CREATE INDEX disputes_of_contract ON disputes (contract_id, opened_at DESC, id DESC);
CREATE UNIQUE INDEX disputes_one_at_a_time ON disputes (contract_id) WHERE (status <> 'closed');
CREATE INDEX disputes_waiting ON disputes (opened_at DESC, id DESC) WHERE (status = ANY (ARRAY['open', 'appealed']));

CREATE TABLE dispute_files (
    id         uuid NOT NULL,
    dispute_id uuid NOT NULL,
    name       text NOT NULL,
    media_type text NOT NULL,
    content    bytea NOT NULL,
    sha256     bytea NOT NULL,
    added_at   timestamptz NOT NULL,
    CONSTRAINT dispute_files_pkey PRIMARY KEY (id),
    CONSTRAINT dispute_files_dispute_id_sha256_key UNIQUE (dispute_id, sha256),
    CONSTRAINT dispute_files_dispute_id_fkey FOREIGN KEY (dispute_id) REFERENCES disputes(id),
    CONSTRAINT dispute_files_name_check CHECK (length(name) >= 1 AND length(name) <= 200)
);

CREATE TABLE signature_keys (
    key_id        text NOT NULL,
    public_key    bytea NOT NULL,
    first_used_at timestamptz NOT NULL,
    CONSTRAINT signature_keys_pkey PRIMARY KEY (key_id),
    CONSTRAINT signature_keys_public_key_key UNIQUE (public_key),
    CONSTRAINT signature_keys_key_id_check CHECK (key_id ~ '^[0-9a-f]{16}$'),
    CONSTRAINT signature_keys_public_key_check CHECK (length(public_key) = 32)
);

CREATE TABLE contract_forms (
    contract_id   uuid NOT NULL,
    terms_version integer NOT NULL,
    form          bytea NOT NULL,
    sha256        bytea NOT NULL GENERATED ALWAYS AS (sha256(form)) STORED,
    blake2b       bytea NOT NULL,
    made_at       timestamptz NOT NULL,
    CONSTRAINT contract_forms_pkey PRIMARY KEY (contract_id, terms_version),
    CONSTRAINT contract_forms_sha256_key UNIQUE (sha256),
    CONSTRAINT contract_forms_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT contract_forms_blake2b_check CHECK (length(blake2b) = 32),
    CONSTRAINT contract_forms_terms_version_check CHECK (terms_version > 0)
);
CREATE INDEX contract_forms_words ON contract_forms USING gin (form_words(form));

CREATE TABLE confirmation_texts (
    confirmation_id uuid NOT NULL,
    salt            bytea NOT NULL,
    texts           jsonb NOT NULL,
    words           text,
    typed           jsonb,
    english         jsonb,
    CONSTRAINT confirmation_texts_pkey PRIMARY KEY (confirmation_id),
    CONSTRAINT confirmation_texts_confirmation_id_fkey FOREIGN KEY (confirmation_id) REFERENCES confirmations(id),
    CONSTRAINT confirmation_texts_beside CHECK ((typed IS NULL) = (english IS NULL)),
    CONSTRAINT confirmation_texts_english_check CHECK (jsonb_typeof(english) = 'array'),
    CONSTRAINT confirmation_texts_texts_check CHECK (jsonb_typeof(texts) = 'array'),
    CONSTRAINT confirmation_texts_typed_check CHECK (jsonb_typeof(typed) = 'array'),
    CONSTRAINT confirmation_texts_words_check CHECK (length(words) >= 1 AND length(words) <= 1000)
);
CREATE INDEX confirmation_texts_words ON confirmation_texts USING gin (to_tsvector('simple'::regconfig, words)) WHERE (words IS NOT NULL);

CREATE TABLE audit_seals (
    seq        bigint NOT NULL,
    n          bigint NOT NULL,
    chain_id   uuid NOT NULL,
    chain_seq  bigint NOT NULL,
    entry_hash bytea NOT NULL,
    prev_hash  bytea NOT NULL,
    hash       bytea NOT NULL,
    CONSTRAINT audit_seals_pkey PRIMARY KEY (seq),
    CONSTRAINT audit_seals_chain_id_chain_seq_key UNIQUE (chain_id, chain_seq),
    CONSTRAINT audit_seals_n_key UNIQUE (n),
    CONSTRAINT audit_seals_seq_check CHECK (seq > 0)
);

CREATE TABLE audit_checkpoints (
    number    bigint NOT NULL,
    from_seq  bigint NOT NULL,
    to_seq    bigint NOT NULL,
    statement bytea NOT NULL,
    signature bytea NOT NULL,
    key_id    text NOT NULL,
    at        timestamptz NOT NULL,
    CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (number),
    CONSTRAINT audit_checkpoints_to_seq_key UNIQUE (to_seq),
    CONSTRAINT audit_checkpoints_key_id_fkey FOREIGN KEY (key_id) REFERENCES signature_keys(key_id),
    CONSTRAINT audit_checkpoints_to_seq_fkey FOREIGN KEY (to_seq) REFERENCES audit_seals(seq),
    CONSTRAINT audit_checkpoints_check CHECK (from_seq <= to_seq),
    CONSTRAINT audit_checkpoints_from_seq_check CHECK (from_seq > 0),
    CONSTRAINT audit_checkpoints_number_check CHECK (number > 0),
    CONSTRAINT audit_checkpoints_signature_check CHECK (length(signature) = 64)
);

CREATE TABLE legal_holds (
    id          uuid NOT NULL,
    phone_id    uuid,
    contract_id uuid,
    reason      text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    CONSTRAINT legal_holds_pkey PRIMARY KEY (id),
    CONSTRAINT legal_holds_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT legal_holds_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT legal_holds_check CHECK (num_nonnulls(phone_id, contract_id) = 1),
    CONSTRAINT legal_holds_check1 CHECK (until >= since),
    CONSTRAINT legal_holds_reason_check CHECK (length(reason) >= 1 AND length(reason) <= 500)
);
CREATE INDEX legal_holds_of_contract ON legal_holds (contract_id) WHERE (contract_id IS NOT NULL);
CREATE INDEX legal_holds_of_phone ON legal_holds (phone_id) WHERE (phone_id IS NOT NULL);

CREATE TABLE recording_consents (
    id       uuid NOT NULL,
    phone_id uuid NOT NULL,
    given    boolean NOT NULL,
    channel  text NOT NULL,
    shown    text NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT recording_consents_pkey PRIMARY KEY (id),
    CONSTRAINT recording_consents_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT recording_consents_channel_check CHECK (channel = ANY (ARRAY['ussd', 'sms', 'voice', 'api'])),
    CONSTRAINT recording_consents_shown_check CHECK (length(shown) >= 1 AND length(shown) <= 1000)
);
CREATE INDEX recording_consents_of_phone ON recording_consents (phone_id, at DESC);

CREATE TABLE contract_requests (
    contract_id  uuid NOT NULL,
    phone_id     uuid NOT NULL,
    asked_at     timestamptz NOT NULL,
    asked_before timestamptz,
    CONSTRAINT contract_requests_pkey PRIMARY KEY (contract_id, phone_id),
    CONSTRAINT contract_requests_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id),
    CONSTRAINT contract_requests_once_an_hour CHECK ((asked_at - asked_before) >= '01:00:00'::interval)
);

CREATE TABLE offers (
    contract_id  uuid NOT NULL,
    maker_id     uuid NOT NULL,
    made_n       integer NOT NULL,
    addressee_id uuid NOT NULL,
    asked_n      integer,
    at           timestamptz NOT NULL,
    CONSTRAINT offers_pkey PRIMARY KEY (contract_id),
    CONSTRAINT offers_asked UNIQUE (addressee_id, asked_n),
    CONSTRAINT offers_made UNIQUE (maker_id, made_n),
    CONSTRAINT offers_addressee_id_fkey FOREIGN KEY (addressee_id) REFERENCES phones(id),
    CONSTRAINT offers_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT offers_maker_id_fkey FOREIGN KEY (maker_id) REFERENCES phones(id),
    CONSTRAINT offers_asked_n_check CHECK (asked_n > 0),
    CONSTRAINT offers_check CHECK (maker_id <> addressee_id),
    CONSTRAINT offers_made_n_check CHECK (made_n > 0)
);

CREATE TABLE blocks (
    phone_id         uuid NOT NULL,
    blocked_phone_id uuid NOT NULL,
    at               timestamptz NOT NULL,
    CONSTRAINT blocks_pkey PRIMARY KEY (phone_id, blocked_phone_id),
    CONSTRAINT blocks_blocked_phone_id_fkey FOREIGN KEY (blocked_phone_id) REFERENCES phones(id),
    CONSTRAINT blocks_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT blocks_check CHECK (phone_id <> blocked_phone_id)
);
CREATE INDEX blocks_of_blocked ON blocks (blocked_phone_id);

CREATE TABLE heartbeats (
    id        smallint NOT NULL,
    beaten_at timestamptz NOT NULL,
    CONSTRAINT heartbeats_pkey PRIMARY KEY (id),
    CONSTRAINT heartbeats_id_check CHECK (id = 1)
);

CREATE TABLE log_state (
    log               smallint NOT NULL,
    origin            text NOT NULL,
    beginning         bytea NOT NULL,
    began_at          timestamptz NOT NULL,
    size              bigint NOT NULL,
    taken_xid         bigint NOT NULL DEFAULT 0,
    taken_n           bigint NOT NULL DEFAULT 0,
    moved_n           bigint NOT NULL DEFAULT 0,
    server            text NOT NULL,
    halted            text,
    unwitnessed_since timestamptz,
    CONSTRAINT log_state_pkey PRIMARY KEY (log),
    CONSTRAINT log_state_origin_key UNIQUE (origin),
    CONSTRAINT log_state_log_check CHECK (log > 0),
    CONSTRAINT log_state_origin_check CHECK (origin ~ '^[^[:space:]+]+$'),
    CONSTRAINT log_state_size_check CHECK (size > 0)
);

CREATE TABLE log_tiles (
    log    smallint NOT NULL,
    level  smallint NOT NULL,
    place  bigint NOT NULL,
    hashes bytea NOT NULL,
    min_n  bigint,
    max_n  bigint,
    CONSTRAINT log_tiles_pkey PRIMARY KEY (log, level, place),
    CONSTRAINT log_tiles_log_fkey FOREIGN KEY (log) REFERENCES log_state(log),
    CONSTRAINT log_tiles_hashes_check CHECK (length(hashes) >= 32 AND length(hashes) <= 8192 AND (length(hashes) % 32) = 0),
    CONSTRAINT log_tiles_level_check CHECK (level >= 0 AND level <= 63),
    CONSTRAINT log_tiles_place_check CHECK (place >= 0)
);
CREATE INDEX log_tiles_of_entries ON log_tiles (log, max_n) WHERE (level = 0);

CREATE TABLE log_checkpoints (
    log  smallint NOT NULL,
    size bigint NOT NULL,
    note bytea NOT NULL,
    at   timestamptz NOT NULL,
    CONSTRAINT log_checkpoints_pkey PRIMARY KEY (log, size),
    CONSTRAINT log_checkpoints_log_fkey FOREIGN KEY (log) REFERENCES log_state(log),
    CONSTRAINT log_checkpoints_size_check CHECK (size > 0)
);

CREATE TABLE log_keys (
    key           text NOT NULL,
    first_used_at timestamptz NOT NULL,
    CONSTRAINT log_keys_pkey PRIMARY KEY (key),
    CONSTRAINT log_keys_key_check CHECK (key ~ '^[^[:space:]+]+[+][0-9a-f]{8}[+][A-Za-z0-9+/=]+$')
);

CREATE TABLE log_lease (
    id         smallint NOT NULL,
    holder     uuid NOT NULL,
    held_until timestamptz NOT NULL,
    CONSTRAINT log_lease_pkey PRIMARY KEY (id),
    CONSTRAINT log_lease_id_check CHECK (id = 1)
);

CREATE TABLE form_codes (
    contract_id   uuid NOT NULL,
    terms_version integer NOT NULL,
    code          text NOT NULL,
    CONSTRAINT form_codes_pkey PRIMARY KEY (contract_id, terms_version),
    CONSTRAINT form_codes_contract_id_terms_version_fkey FOREIGN KEY (contract_id, terms_version) REFERENCES contract_forms(contract_id, terms_version),
    CONSTRAINT form_codes_code_check CHECK (code ~ '^[BCDFGHJKLMNPRSTVWXYZ]{12}$')
);

CREATE TABLE log_cosignatures (
    log     smallint NOT NULL,
    size    bigint NOT NULL,
    witness text NOT NULL,
    line    text NOT NULL,
    at      timestamptz NOT NULL,
    CONSTRAINT log_cosignatures_pkey PRIMARY KEY (log, size, witness),
    CONSTRAINT log_cosignatures_log_size_fkey FOREIGN KEY (log, size) REFERENCES log_checkpoints(log, size),
    CONSTRAINT log_cosignatures_line_check CHECK (line ~ '^— [^[:space:]+]+ [A-Za-z0-9+/=]+\n$'),
    CONSTRAINT log_cosignatures_witness_check CHECK (witness ~ '^[^[:space:]+]+[+][0-9a-f]{8}[+][A-Za-z0-9+/=]+$')
);

CREATE TABLE log_witnesses (
    log       smallint NOT NULL,
    witness   text NOT NULL,
    size      bigint NOT NULL,
    objection text,
    CONSTRAINT log_witnesses_pkey PRIMARY KEY (log, witness),
    CONSTRAINT log_witnesses_log_fkey FOREIGN KEY (log) REFERENCES log_state(log),
    CONSTRAINT log_witnesses_size_check CHECK (size >= 0)
);

CREATE TABLE log_timestamps (
    log       smallint NOT NULL,
    size      bigint NOT NULL,
    authority text NOT NULL,
    response  bytea NOT NULL,
    at        timestamptz NOT NULL,
    CONSTRAINT log_timestamps_pkey PRIMARY KEY (log, size, authority),
    CONSTRAINT log_timestamps_log_size_fkey FOREIGN KEY (log, size) REFERENCES log_checkpoints(log, size),
    CONSTRAINT log_timestamps_authority_check CHECK (authority ~ '^https?://'),
    CONSTRAINT log_timestamps_response_check CHECK (length(response) >= 1 AND length(response) <= 65536)
);

CREATE TABLE unbound_contracts (
    contract_id uuid NOT NULL,
    CONSTRAINT unbound_contracts_pkey PRIMARY KEY (contract_id),
    CONSTRAINT unbound_contracts_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id)
);

CREATE TABLE open_contracts (
    contract_id uuid NOT NULL,
    phone_id    uuid NOT NULL,
    role        text NOT NULL,
    since       timestamptz NOT NULL,
    silence_at  timestamptz,
    CONSTRAINT open_contracts_pkey PRIMARY KEY (contract_id, phone_id),
    CONSTRAINT open_contracts_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id)
);
CREATE INDEX open_contracts_newest ON open_contracts (phone_id, since DESC, contract_id DESC);
CREATE INDEX open_contracts_silence ON open_contracts (phone_id, silence_at) WHERE (silence_at IS NOT NULL);

CREATE TABLE number_checks (
    id          uuid NOT NULL,
    phone_id    uuid,
    source      text NOT NULL,
    request_id  text,
    status      text NOT NULL,
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz,
    swapped_at  timestamptz,
    looked_back interval,
    why         text,
    CONSTRAINT number_checks_pkey PRIMARY KEY (id),
    CONSTRAINT number_checks_once UNIQUE (source, request_id),
    CONSTRAINT number_checks_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT number_checks_answered CHECK ((status = 'asked') = (answered_at IS NULL)),
    CONSTRAINT number_checks_awaited CHECK (status <> 'asked' OR phone_id IS NOT NULL AND request_id IS NOT NULL),
    CONSTRAINT number_checks_looked_back CHECK (looked_back IS NULL OR status = 'not_swapped'),
    CONSTRAINT number_checks_looked_back_check CHECK (looked_back >= '00:00:00'::interval),
    CONSTRAINT number_checks_named CHECK (phone_id IS NOT NULL OR request_id IS NOT NULL),
    CONSTRAINT number_checks_request_id_check CHECK (length(request_id) >= 1 AND length(request_id) <= 200),
    CONSTRAINT number_checks_source_check CHECK (source = ANY (ARRAY['daraja', 'africastalking', 'camara'])),
    CONSTRAINT number_checks_status_check CHECK (status = ANY (ARRAY['asked', 'swapped', 'not_swapped', 'not_known'])),
    CONSTRAINT number_checks_swapped CHECK ((status = 'swapped') = (swapped_at IS NOT NULL)),
    CONSTRAINT number_checks_why CHECK ((status = 'not_known') = (why IS NOT NULL)),
    CONSTRAINT number_checks_why_check CHECK (length(why) >= 1 AND length(why) <= 300)
);
CREATE INDEX number_checks_of_phone ON number_checks (phone_id, asked_at DESC);
CREATE INDEX number_checks_old ON number_checks (asked_at);

CREATE TABLE waiting_proposals (
    phone_id    uuid NOT NULL,
    contract_id uuid NOT NULL,
    CONSTRAINT waiting_proposals_pkey PRIMARY KEY (phone_id, contract_id),
    CONSTRAINT waiting_proposals_contract_id_phone_id_fkey FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties(contract_id, phone_id)
);

CREATE TABLE payments (
    id          uuid NOT NULL,
    contract_id uuid NOT NULL,
    status      text NOT NULL,
    due_minor   bigint NOT NULL,
    fee_minor   bigint NOT NULL,
    currency    text NOT NULL,
    created_at  timestamptz NOT NULL,
    locked_at   timestamptz,
    ended_at    timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_contract_id_key UNIQUE (contract_id),
    CONSTRAINT payments_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT payments_check CHECK (fee_minor >= 0 AND fee_minor < due_minor),
    CONSTRAINT payments_check1 CHECK ((status <> ALL (ARRAY['LOCKED', 'RELEASED', 'REFUNDED'])) OR locked_at IS NOT NULL),
    CONSTRAINT payments_check2 CHECK ((status = ANY (ARRAY['RELEASED', 'REFUNDED', 'FAILED'])) = (ended_at IS NOT NULL)),
    CONSTRAINT payments_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payments_status_check CHECK (status = ANY (ARRAY['PENDING', 'LOCKED', 'RELEASED', 'REFUNDED', 'FAILED']))
);
CREATE INDEX payments_newest ON payments (created_at, id);
CREATE INDEX payments_of_status ON payments (status, created_at, id);

CREATE TABLE transfers (
    id           uuid NOT NULL,
    contract_id  uuid,
    kind         text NOT NULL,
    phone_id     uuid,
    amount_minor bigint NOT NULL,
    currency     text NOT NULL,
    status       text NOT NULL,
    rail         text,
    own_id       text,
    rail_id      text,
    receipt      text,
    reason       text,
    code         text,
    words        text,
    held_why     text,
    payer        text,
    account      text,
    returns      uuid,
    retries      uuid,
    tries        smallint NOT NULL DEFAULT 0,
    asked        integer NOT NULL DEFAULT 0,
    due_at       timestamptz,
    leased_until timestamptz,
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    ended_at     timestamptz,
    escalated_at timestamptz,
    told_receipt text,
    CONSTRAINT transfers_pkey PRIMARY KEY (id),
    CONSTRAINT transfers_retries_key UNIQUE (retries),
    CONSTRAINT transfers_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id),
    CONSTRAINT transfers_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT transfers_retries_fkey FOREIGN KEY (retries) REFERENCES transfers(id),
    CONSTRAINT transfers_returns_fkey FOREIGN KEY (returns) REFERENCES transfers(id),
    CONSTRAINT transfers_amount_minor_check CHECK (amount_minor > 0),
    CONSTRAINT transfers_check CHECK ((rail IS NULL) = (own_id IS NULL)),
    CONSTRAINT transfers_check1 CHECK ((status = ANY (ARRAY['queued', 'held', 'failed'])) OR rail IS NOT NULL),
    CONSTRAINT transfers_check2 CHECK ((status = 'held') = (held_why IS NOT NULL)),
    CONSTRAINT transfers_check3 CHECK ((status = ANY (ARRAY['done', 'failed'])) = (ended_at IS NOT NULL)),
    CONSTRAINT transfers_check4 CHECK (status <> 'failed' OR reason IS NOT NULL),
    CONSTRAINT transfers_check5 CHECK ((kind = ANY (ARRAY['paybill', 'return'])) OR phone_id IS NOT NULL AND contract_id IS NOT NULL),
    CONSTRAINT transfers_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT transfers_kind_check CHECK (kind = ANY (ARRAY['prompt', 'paybill', 'release', 'refund', 'return'])),
    CONSTRAINT transfers_status_check CHECK (status = ANY (ARRAY['queued', 'held', 'sending', 'accepted', 'unknown', 'done', 'failed']))
);
CREATE INDEX transfers_due ON transfers (due_at) WHERE (status <> ALL (ARRAY['done', 'failed']));
CREATE INDEX transfers_failed ON transfers (created_at) WHERE ((status = 'failed') AND (kind = ANY (ARRAY['release', 'refund', 'return'])));
CREATE INDEX transfers_of_contract ON transfers (contract_id, created_at);
CREATE INDEX transfers_of_phone ON transfers (phone_id, created_at);
CREATE UNIQUE INDEX transfers_one_prompt ON transfers (contract_id) WHERE ((kind = 'prompt') AND (status <> ALL (ARRAY['done', 'failed'])));
CREATE UNIQUE INDEX transfers_one_return ON transfers (returns) WHERE (status <> ALL (ARRAY['done', 'failed']));
CREATE UNIQUE INDEX transfers_own_id ON transfers (rail, own_id);
CREATE UNIQUE INDEX transfers_paybill_once ON transfers (rail, receipt) WHERE (kind = 'paybill');
CREATE INDEX transfers_received ON transfers (rail, ended_at) WHERE ((status = 'done') AND (receipt IS NOT NULL));
CREATE INDEX transfers_suspense ON transfers (created_at) WHERE ((kind = 'paybill') AND (contract_id IS NULL));

CREATE TABLE transfer_approvals (
    transfer_id uuid NOT NULL,
    what        text NOT NULL,
    operator    text NOT NULL,
    at          timestamptz NOT NULL,
    CONSTRAINT transfer_approvals_pkey PRIMARY KEY (transfer_id, what, operator),
    CONSTRAINT transfer_approvals_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(id),
    CONSTRAINT transfer_approvals_operator_check CHECK (operator <> '')
);

CREATE TABLE rail_receipts (
    rail   text NOT NULL,
    key    text NOT NULL,
    act_id uuid NOT NULL,
    at     timestamptz NOT NULL,
    CONSTRAINT rail_receipts_pkey PRIMARY KEY (rail, key)
);
CREATE INDEX rail_receipts_of_act ON rail_receipts (act_id);

CREATE TABLE rail_callbacks (
    id      uuid NOT NULL,
    rail    text NOT NULL,
    kind    text NOT NULL,
    own_id  text,
    digest  bytea NOT NULL,
    body    bytea NOT NULL,
    at      timestamptz NOT NULL,
    tries   smallint NOT NULL DEFAULT 0,
    due_at  timestamptz,
    outcome text,
    CONSTRAINT rail_callbacks_pkey PRIMARY KEY (id),
    CONSTRAINT rail_callbacks_rail_kind_digest_key UNIQUE (rail, kind, digest),
    CONSTRAINT rail_callbacks_check CHECK ((due_at IS NULL) = (outcome IS NOT NULL))
);
CREATE INDEX rail_callbacks_due ON rail_callbacks (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX rail_callbacks_old ON rail_callbacks (at) WHERE (due_at IS NULL);

CREATE TABLE ledger_entries (
    posting      uuid NOT NULL,
    account      text NOT NULL,
    scope        uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency     text NOT NULL,
    transfer_id  uuid,
    act_id       uuid NOT NULL,
    at           timestamptz NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (posting, account, scope),
    CONSTRAINT ledger_entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(id),
    CONSTRAINT ledger_entries_account_check CHECK (account = ANY (ARRAY['rail', 'held', 'payable', 'refundable', 'fees', 'suspense'])),
    CONSTRAINT ledger_entries_amount_minor_check CHECK (amount_minor <> 0),
    CONSTRAINT ledger_entries_check CHECK ((account = 'rail') <= (transfer_id IS NOT NULL))
);
CREATE INDEX ledger_entries_of_scope ON ledger_entries (scope, at);
CREATE INDEX ledger_entries_of_transfer ON ledger_entries (transfer_id);

CREATE TABLE ledger_accounts (
    scope    uuid NOT NULL,
    account  text NOT NULL,
    currency text NOT NULL,
    credited bigint NOT NULL DEFAULT 0,
    debited  bigint NOT NULL DEFAULT 0,
    CONSTRAINT ledger_accounts_pkey PRIMARY KEY (scope, account),
    CONSTRAINT ledger_accounts_check CHECK (account = 'rail' OR credited >= debited),
    CONSTRAINT ledger_accounts_credited_check CHECK (credited >= 0),
    CONSTRAINT ledger_accounts_debited_check CHECK (debited >= 0)
);

CREATE TABLE operators (
    id         uuid NOT NULL,
    name       text NOT NULL,
    role       text NOT NULL,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    revoked_by text,
    CONSTRAINT operators_pkey PRIMARY KEY (id),
    CONSTRAINT operators_created_by_check CHECK (created_by <> ''),
    CONSTRAINT operators_name_check CHECK (length(name) >= 1 AND length(name) <= 60),
    CONSTRAINT operators_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
    CONSTRAINT operators_role_check CHECK (role = ANY (ARRAY['operator', 'arbiter', 'auditor', 'admin'])),
    CONSTRAINT operators_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ CASE role WHEN 'operator' THEN ARRAY['read', 'write', 'money', 'people'] WHEN 'arbiter' THEN ARRAY['read', 'write'] WHEN 'auditor' THEN ARRAY['read'] WHEN 'admin' THEN ARRAY['read', 'write', 'money', 'people', 'admin'] ELSE NULL::text[] END)
);
CREATE INDEX operators_newest ON operators (created_at, id);
CREATE UNIQUE INDEX operators_one_name ON operators (lower(name)) WHERE (revoked_at IS NULL);

CREATE TABLE operator_keys (
    sha256      bytea NOT NULL,
    id          text NOT NULL,
    operator_id uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    replaced_at timestamptz,
    CONSTRAINT operator_keys_pkey PRIMARY KEY (sha256),
    CONSTRAINT operator_keys_id_key UNIQUE (id),
    CONSTRAINT operator_keys_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES operators(id),
    CONSTRAINT operator_keys_expires CHECK (expires_at >= created_at),
    CONSTRAINT operator_keys_id CHECK (id = encode(SUBSTRING(sha256 FROM 1 FOR 8), 'hex')),
    CONSTRAINT operator_keys_replaced CHECK (replaced_at >= created_at),
    CONSTRAINT operator_keys_sha256_check CHECK (length(sha256) = 32)
);
CREATE INDEX operator_keys_of_operator ON operator_keys (operator_id, created_at);
CREATE UNIQUE INDEX operator_keys_one_current ON operator_keys (operator_id) WHERE (replaced_at IS NULL);

CREATE TABLE looks (
    id        uuid NOT NULL,
    at        timestamptz NOT NULL,
    key_id    text,
    name      text NOT NULL,
    what      text NOT NULL,
    contracts uuid[] NOT NULL,
    phones    uuid[] NOT NULL,
    messages  uuid[] NOT NULL,
    CONSTRAINT looks_pkey PRIMARY KEY (id),
    CONSTRAINT looks_about CHECK (cardinality((contracts || phones) || messages) > 0),
    CONSTRAINT looks_key_id_check CHECK (key_id ~ '^[0-9a-f]{16}$'),
    CONSTRAINT looks_name_check CHECK (name <> ''),
    CONSTRAINT looks_what_check CHECK (what <> '')
);
CREATE INDEX looks_of_key ON looks (key_id, id);
CREATE INDEX looks_old ON looks (at);

CREATE TABLE look_subjects (
    about   uuid NOT NULL,
    look_id uuid NOT NULL,
    CONSTRAINT look_subjects_pkey PRIMARY KEY (about, look_id),
    CONSTRAINT look_subjects_look_id_fkey FOREIGN KEY (look_id) REFERENCES looks(id) ON DELETE CASCADE
);
CREATE INDEX look_subjects_of_look ON look_subjects (look_id);

CREATE TABLE erasure_requests (
    phone_id uuid NOT NULL,
    person   text NOT NULL,
    operator text NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT erasure_requests_pkey PRIMARY KEY (phone_id, person),
    CONSTRAINT erasure_requests_phone_id_fkey FOREIGN KEY (phone_id) REFERENCES phones(id),
    CONSTRAINT erasure_requests_operator_check CHECK (operator <> ''),
    CONSTRAINT erasure_requests_person_check CHECK (person <> '')
);

CREATE TABLE message_fates (
    xid        bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    n          bigint NOT NULL,
    message_id uuid NOT NULL,
    status     text NOT NULL,
    at         timestamptz NOT NULL,
    CONSTRAINT message_fates_pkey PRIMARY KEY (xid, n),
    CONSTRAINT message_fates_status_check CHECK (status = ANY (ARRAY['received', 'queued', 'submitted', 'delivered', 'failed', 'rejected', 'expired', 'unconfirmed']))
);
CREATE INDEX message_fates_age ON message_fates USING brin (at);

CREATE TABLE feed_positions (
    position bigint NOT NULL,
    events   integer NOT NULL,
    is_fate  boolean NOT NULL,
    xid      bigint NOT NULL,
    n        bigint NOT NULL,
    CONSTRAINT feed_positions_pkey PRIMARY KEY ("position"),
    CONSTRAINT feed_positions_n_key UNIQUE (n),
    CONSTRAINT feed_positions_events_check CHECK (events > 0),
    CONSTRAINT feed_positions_position_check CHECK ("position" > 0)
);

CREATE TABLE feed_state (
    id        smallint NOT NULL,
    version   bigint NOT NULL,
    last      bigint NOT NULL,
    seen_xid  bigint NOT NULL,
    seen_open bigint[] NOT NULL,
    moved_n   bigint NOT NULL,
    server    text NOT NULL,
    CONSTRAINT feed_state_pkey PRIMARY KEY (id),
    CONSTRAINT feed_state_id_check CHECK (id = 1)
);

CREATE TABLE webhook_endpoints (
    id               uuid NOT NULL,
    url              text NOT NULL,
    secret           bytea NOT NULL,
    old_secret       bytea,
    old_secret_until timestamptz,
    types            text[],
    status           text NOT NULL DEFAULT 'active',
    why              text,
    cursor           bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    holder           uuid,
    held_until       timestamptz,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_url_key UNIQUE (url),
    CONSTRAINT webhook_endpoints_check CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhook_endpoints_check1 CHECK ((status = 'disabled') = (why IS NOT NULL)),
    CONSTRAINT webhook_endpoints_check2 CHECK ((holder IS NULL) = (held_until IS NULL)),
    CONSTRAINT webhook_endpoints_cursor_check CHECK (cursor >= 0),
    CONSTRAINT webhook_endpoints_status_check CHECK (status = ANY (ARRAY['active', 'disabled'])),
    CONSTRAINT webhook_endpoints_types_check CHECK (cardinality(types) > 0)
);

CREATE TABLE webhook_deliveries (
    endpoint_id uuid NOT NULL,
    position    bigint NOT NULL,
    lane        uuid NOT NULL,
    status      text NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    due_at      timestamptz,
    since       timestamptz,
    settled_at  timestamptz,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (endpoint_id, "position"),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_check CHECK ((status = 'pending') = (due_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_check1 CHECK ((status = 'pending') = (settled_at IS NULL)),
    CONSTRAINT webhook_deliveries_status_check CHECK (status = ANY (ARRAY['pending', 'delivered', 'failed'])),
    CONSTRAINT webhook_deliveries_tries_check CHECK (tries >= 0)
);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries USING brin (settled_at);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, lane, "position") WHERE (status = 'pending');

CREATE TABLE webhook_attempts (
    endpoint_id uuid NOT NULL,
    position    bigint NOT NULL,
    at          timestamptz NOT NULL,
    http_status smallint,
    why         text,
    took_ms     integer NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (endpoint_id, at, "position"),
    CONSTRAINT webhook_attempts_endpoint_id_position_fkey FOREIGN KEY (endpoint_id, "position") REFERENCES webhook_deliveries(endpoint_id, "position") ON DELETE CASCADE
);

ALTER TABLE contracts ADD CONSTRAINT contracts_clock_party FOREIGN KEY (id, clock_stopped_by) REFERENCES contract_parties(contract_id, phone_id);
ALTER TABLE contracts ADD CONSTRAINT contracts_total CHECK (total_minor = ((terms ->> 'total_minor')::bigint) AND currency = (terms ->> 'currency')) NOT VALID;
ALTER TABLE confirmations ADD CONSTRAINT confirmations_form_sha256_fkey FOREIGN KEY (form_sha256) REFERENCES contract_forms(sha256);
ALTER TABLE confirmations ADD CONSTRAINT confirmations_key_id_fkey FOREIGN KEY (key_id) REFERENCES signature_keys(key_id);
ALTER TABLE confirmations ADD CONSTRAINT confirmations_signed CHECK (form_sha256 IS NOT NULL AND COALESCE(length(shown_sha256) = 32, false) AND COALESCE(length(signature) = 64, false) AND key_id IS NOT NULL) NOT VALID;

CREATE VIEW audit_actions AS
 SELECT a.chain_id,
    a.seq,
    1::bigint AS place,
    a.at,
    a.actor_id,
    a.channel,
    a.action,
    a.details,
    a.act_id,
    a.prev_hash,
    a.hash,
    a.n
   FROM audit_logs a
  WHERE a.text IS NULL
UNION ALL
 SELECT a.chain_id,
    a.seq,
    x.place,
    a.at,
    (x.one ->> 'actor'::text)::uuid AS actor_id,
    x.one ->> 'channel'::text AS channel,
    x.one ->> 'action'::text AS action,
    x.one -> 'details'::text AS details,
    a.act_id,
    a.prev_hash,
    a.hash,
    a.n
   FROM audit_logs a
     CROSS JOIN LATERAL jsonb_array_elements(a.text::jsonb -> 'actions'::text) WITH ORDINALITY x(one, place)
  WHERE a.text IS NOT NULL;

CREATE VIEW contract_records AS
 SELECT id,
    reference,
    version,
    status,
    type,
    terms,
    total_minor,
    currency,
    source,
    created_at,
    confirmed_at,
    active_at,
    completed_at,
    cancelled_at,
    expired_at,
    disputed_at,
    terms_version,
    delivered_at,
    next_what,
    next_at,
    settled_quantity,
    clock_stopped_at,
    clock_stopped_by,
    clock_started_at,
    settled_quantity::text AS settled,
    ( SELECT jsonb_agg(jsonb_build_object('phone_id', p.phone_id, 'msisdn', f.msisdn, 'role', p.role, 'name', p.name, 'salt', encode(p.salt, 'hex'::text), 'language', f.language, 'pin_only', f.pin_only, 'told_costs', f.told_costs_at IS NOT NULL, 'signature', s.status, 'settled_at', s.settled_at) ORDER BY p.role, f.msisdn) AS jsonb_agg
           FROM contract_parties p
             JOIN phones f ON f.id = p.phone_id
             LEFT JOIN contract_signatures s ON s.contract_id = p.contract_id AND s.phone_id = p.phone_id
          WHERE p.contract_id = c.id) AS parties,
    ( SELECT to_jsonb(o.*) AS to_jsonb
           FROM contract_proposals o
          WHERE o.contract_id = c.id AND o.status = 'pending'::text) AS proposal,
    ( SELECT max(o.n) AS max
           FROM contract_proposals o
          WHERE o.contract_id = c.id) AS last_proposal,
    ( SELECT to_jsonb(d.*) AS to_jsonb
           FROM disputes d
          WHERE d.contract_id = c.id AND d.status <> 'closed'::text) AS dispute,
    (( SELECT sum(v.quantity) AS sum
           FROM deliveries v
          WHERE v.contract_id = c.id AND v.kind = 'part'::text))::text AS received,
    ( SELECT max(v.at) AS max
           FROM deliveries v
          WHERE v.contract_id = c.id AND v.kind = 'part'::text) AS part_at,
    ( SELECT jsonb_object_agg(m.terms_version, encode(m.sha256, 'hex'::text)) AS jsonb_object_agg
           FROM contract_forms m
          WHERE m.contract_id = c.id) AS forms,
    ( SELECT jsonb_object_agg(k.terms_version, k.code) AS jsonb_object_agg
           FROM form_codes k
          WHERE k.contract_id = c.id) AS codes,
        CASE
            WHEN terms ? 'payment'::text THEN ( SELECT jsonb_build_object('id', m.id, 'status', m.status, 'due', m.due_minor, 'fee', m.fee_minor, 'prompted', (EXISTS ( SELECT
                       FROM transfers t
                      WHERE t.contract_id = c.id AND t.kind = 'prompt'::text AND (t.status <> ALL (ARRAY['done'::text, 'failed'::text])))), 'ordered', ( SELECT sum(t.amount_minor) AS sum
                       FROM transfers t
                      WHERE t.contract_id = c.id AND t.kind = 'release'::text AND t.retries IS NULL), 'failed', ( SELECT jsonb_agg(x.*) AS jsonb_agg
                       FROM ( SELECT DISTINCT ON (t.kind) t.id,
                                t.kind,
                                t.amount_minor AS amount
                               FROM transfers t
                              WHERE t.contract_id = c.id AND (t.kind = ANY (ARRAY['release'::text, 'refund'::text])) AND t.status = 'failed'::text AND NOT (EXISTS ( SELECT
                                       FROM transfers again
                                      WHERE again.retries = t.id))
                              ORDER BY t.kind, t.created_at DESC, t.id DESC) x), 'accounts', ( SELECT jsonb_object_agg(a.account, jsonb_build_array(a.credited, a.debited)) AS jsonb_object_agg
                       FROM ledger_accounts a
                      WHERE a.scope = c.id)) AS jsonb_build_object
               FROM payments m
              WHERE m.contract_id = c.id)
            ELSE NULL::jsonb
        END AS escrow
   FROM contracts c;

CREATE VIEW feed_records AS
 SELECT p."position",
    p.events,
    p.is_fate,
    a.chain_id,
    a.text,
    a.at,
    a.actor_id,
    a.channel,
    a.action,
    a.details,
    c.id AS contract_id,
    c.reference,
    ( SELECT jsonb_object_agg(t.phone_id, t.role) AS jsonb_object_agg
           FROM contract_parties t
          WHERE t.contract_id = c.id) AS roles,
    f.at AS fate_at,
    f.status,
    m.id AS message_id,
    m.direction,
    m.kind,
    m.phone_id,
        CASE
            WHEN m.status = f.status THEN m.why
            ELSE NULL::text
        END AS why
   FROM feed_positions p
     LEFT JOIN audit_logs a ON a.xid = p.xid AND a.n = p.n AND NOT p.is_fate
     LEFT JOIN message_fates f ON f.xid = p.xid AND f.n = p.n AND p.is_fate
     LEFT JOIN sms_logs m ON m.id = f.message_id
     LEFT JOIN contracts c ON c.id = COALESCE(a.chain_id, m.contract_id);

CREATE VIEW kept_contracts AS
 SELECT id
   FROM contracts c
  WHERE (status <> ALL (ARRAY['COMPLETED'::text, 'CANCELLED'::text, 'EXPIRED'::text])) OR (EXISTS ( SELECT
           FROM legal_holds h
          WHERE h.contract_id = c.id AND (h.until IS NULL OR h.until > now()))) OR (EXISTS ( SELECT
           FROM contract_parties p
             JOIN legal_holds h ON h.phone_id = p.phone_id
          WHERE p.contract_id = c.id AND (h.until IS NULL OR h.until > now()))) OR (EXISTS ( SELECT
           FROM ledger_accounts a
          WHERE a.scope = c.id AND (a.account = ANY (ARRAY['held'::text, 'payable'::text, 'refundable'::text])) AND a.credited <> a.debited)) OR (EXISTS ( SELECT
           FROM transfers t
          WHERE t.contract_id = c.id AND (t.status <> ALL (ARRAY['done'::text, 'failed'::text]))));

CREATE FUNCTION audit_logs_chain()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    chain_head bytea;
    chain_length bigint;
    last_hash bytea;
BEGIN
    IF NEW.text IS NULL THEN
        IF (NEW.action IS NOT NULL AND NEW.details IS NOT NULL
            AND NEW.channel IN ('ussd', 'sms', 'voice', 'api', 'service')) IS NOT TRUE THEN
            RAISE EXCEPTION 'an action of chain % needs a name, details and a channel', NEW.chain_id
                USING ERRCODE = 'check_violation', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_channel_check';
        END IF;
        NEW.text := canonical_json(jsonb_build_object('format', 'voicepact-entry/2', 'chain', NEW.chain_id,
            'act', NEW.act_id, 'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'actions', jsonb_build_array(jsonb_build_object('action', NEW.action, 'actor', NEW.actor_id,
                'channel', NEW.channel, 'details', NEW.details))));
        NEW.channel := NULL;
        NEW.action := NULL;
        NEW.details := NULL;
        SELECT head, entries INTO chain_head, chain_length FROM contracts WHERE id = NEW.chain_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            SELECT head, entries INTO chain_head, chain_length FROM phones WHERE id = NEW.chain_id FOR NO KEY UPDATE;
        END IF;
        IF NOT FOUND THEN
            PERFORM pg_advisory_xact_lock(hashtextextended(NEW.chain_id::text, 0));
            SELECT hash, seq INTO chain_head, chain_length FROM audit_logs
            WHERE chain_id = NEW.chain_id ORDER BY seq DESC LIMIT 1;
        END IF;
        NEW.seq := coalesce(chain_length, 0) + 1;
        NEW.prev_hash := coalesce(chain_head, sha256(convert_to(NEW.chain_id::text, 'UTF8')));
        NEW.hash := sha256(NEW.prev_hash || convert_to(NEW.text, 'UTF8'));
        UPDATE contracts SET head = NEW.hash, entries = NEW.seq WHERE id = NEW.chain_id;
        IF NOT FOUND THEN
            UPDATE phones SET head = NEW.hash, entries = NEW.seq WHERE id = NEW.chain_id;
        END IF;
    END IF;
    SELECT hash INTO last_hash FROM audit_logs WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1;
    IF last_hash IS NULL AND NEW.seq = 1 THEN
        last_hash := sha256(convert_to(NEW.chain_id::text, 'UTF8'));
    END IF;
    IF (NEW.prev_hash, NEW.hash) IS DISTINCT FROM (last_hash, sha256(last_hash || convert_to(NEW.text, 'UTF8'))) THEN
        RAISE EXCEPTION 'entry % of chain % does not follow from the one before', NEW.seq, NEW.chain_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION audit_seals_chain()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    before audit_seals;
BEGIN
    SELECT * INTO before FROM audit_seals ORDER BY seq DESC LIMIT 1;
    SELECT hash INTO STRICT NEW.entry_hash FROM audit_logs WHERE chain_id = NEW.chain_id AND seq = NEW.chain_seq;
    NEW.seq := coalesce(before.seq, 0) + 1;
    NEW.prev_hash := coalesce(before.hash, sha256('voicepact-seals/1'));
    NEW.hash := sha256(NEW.prev_hash || NEW.entry_hash);
    RETURN NEW;
END $function$;

CREATE FUNCTION audit_text(entry audit_logs)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN COALESCE((entry).text, (jsonb_build_object('chain_id', (entry).chain_id, 'seq', (entry).seq, 'at', to_char(((entry).at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text), 'actor_id', (entry).actor_id, 'channel', (entry).channel, 'action', (entry).action, 'details', (entry).details, 'act_id', (entry).act_id))::text);

CREATE FUNCTION canonical_json(value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN (
            SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || canonical_json(part), ',' ORDER BY key COLLATE "C"), '') || '}'
            FROM jsonb_each(value) AS parts(key, part))
        WHEN 'array' THEN (
            SELECT '[' || coalesce(string_agg(canonical_json(part), ',' ORDER BY place), '') || ']'
            FROM jsonb_array_elements(value) WITH ORDINALITY AS parts(part, place))
        ELSE value::text END;
END $function$;

CREATE FUNCTION contract_parties_open()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO open_contracts (contract_id, phone_id, role, since)
    SELECT new.contract_id, new.phone_id, new.role, new.since
    FROM contracts c WHERE c.id = new.contract_id AND c.status IN ('PENDING', 'CONFIRMED', 'ACTIVE', 'DISPUTED');
    RETURN NULL;
END $function$;

CREATE FUNCTION contract_proposals_agreed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.split_minor >= (SELECT total_minor FROM contracts WHERE id = NEW.contract_id) THEN
        RAISE EXCEPTION 'proposal % of contract %: the seller''s part is all of it or more', NEW.n, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM contract_parties p WHERE p.contract_id = NEW.contract_id AND p.role IN ('buyer', 'seller')
        AND NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = p.contract_id AND w.phone_id = p.phone_id
            AND w.terms_version = NEW.n AND w.answer = 'confirm' AND CASE NEW.kind
                WHEN 'cancel' THEN w.subject = 'cancel' WHEN 'amend' THEN w.subject = 'terms'
                ELSE w.subject = 'settle' AND w.details ->> 'kind' = NEW.kind
                    AND (w.details ->> 'split_minor')::bigint IS NOT DISTINCT FROM NEW.split_minor END)) THEN
        RAISE EXCEPTION 'proposal % of contract % is not accepted: a yes is missing', NEW.n, NEW.contract_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contract_proposals_follow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.status <> 'pending' OR NEW.n <> (
        SELECT coalesce(max(n), 1) + 1 FROM contract_proposals WHERE contract_id = NEW.contract_id AND n <> NEW.n) THEN
        RAISE EXCEPTION 'proposal % of contract % is not the next', NEW.n, NEW.contract_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contract_proposals_wait()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM waiting_proposals WHERE phone_id = ANY (OLD.waiting) AND contract_id = OLD.contract_id;
    END IF;
    IF NEW.status = 'pending' THEN
        INSERT INTO waiting_proposals (phone_id, contract_id) SELECT DISTINCT unnest(NEW.waiting), NEW.contract_id;
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contract_signatures_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF OLD.status <> 'pending' THEN
        IF (OLD.status, NEW.status) <> ('signed', 'rejected') OR NOT EXISTS (
            SELECT FROM contracts WHERE id = NEW.contract_id AND status = 'CANCELLED' AND confirmed_at IS NULL) THEN
            RAISE EXCEPTION 'signature of % on contract % is settled', NEW.phone_id, NEW.contract_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contracts_clock_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = NEW.id AND w.contract_version = NEW.version
        AND (w.answer IN ('received_part', 'start_clock') OR w.answer = 'delivered' AND EXISTS (
            SELECT FROM contract_parties p
            WHERE p.contract_id = NEW.id AND p.phone_id = OLD.clock_stopped_by AND p.role = 'seller'))) THEN
        RAISE EXCEPTION 'contract %: nobody answered what its clock stands for', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contracts_follow_money()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.status = 'ACTIVE' AND OLD.status = 'CONFIRMED'
        AND NOT EXISTS (SELECT FROM payments WHERE contract_id = NEW.id AND status = 'LOCKED')
        OR NEW.status = 'CONFIRMED' AND OLD.status = 'PENDING' AND NOT EXISTS (SELECT FROM payments WHERE contract_id = NEW.id)
        OR NEW.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
        AND EXISTS (SELECT FROM ledger_accounts WHERE scope = NEW.id AND account = 'held' AND credited <> debited) THEN
        RAISE EXCEPTION 'contract % cannot be %: its money does not stand so', NEW.id, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contracts_hold_together()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    missing text;
    goes_on text;
BEGIN
    IF NEW.terms_version <> OLD.terms_version THEN
        IF NOT EXISTS (SELECT FROM contract_proposals o WHERE o.contract_id = NEW.id AND o.n = NEW.terms_version
            AND o.kind = 'amend' AND o.status = 'accepted' AND o.terms = NEW.terms) THEN
            missing := 'nobody agreed to these terms';
        END IF;
    END IF;
    IF NEW.status = OLD.status THEN
        NULL;
    ELSIF NEW.status = 'DISPUTED' OR OLD.status = 'DISPUTED' THEN
        -- A contract that goes on is what it was: under way once a party has spoken of a delivery. Settled with new terms it
        -- is completed if all of them has come.
        goes_on := CASE WHEN EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id AND kind <> 'reported')
            THEN 'ACTIVE' ELSE 'CONFIRMED' END;
        IF NEW.status IS DISTINCT FROM (SELECT CASE
                WHEN d.status <> 'closed' THEN 'DISPUTED'
                WHEN d.ended = 'withdrawn' THEN goes_on
                WHEN coalesce(o.kind, d.decision) = 'cancel' THEN 'CANCELLED'
                WHEN coalesce(o.kind, d.decision) = 'amend' AND coalesce((SELECT sum(quantity) FROM deliveries
                    WHERE contract_id = NEW.id AND kind = 'part'), 0) < (NEW.terms ->> 'quantity')::numeric THEN goes_on
                ELSE 'COMPLETED' END
            FROM disputes d LEFT JOIN contract_proposals o ON o.contract_id = d.contract_id AND o.n = d.settled_n
            WHERE d.contract_id = NEW.id ORDER BY d.closed_at DESC NULLS FIRST LIMIT 1) THEN
            missing := 'its dispute does not stand so';
        END IF;
    ELSIF NEW.status = 'CONFIRMED' THEN
        -- It counts, because every confirmation waits for it: that is half as dear as to look at each party.
        IF (SELECT count(*) FROM contract_parties WHERE contract_id = NEW.id AND role IN ('buyer', 'seller')) <> (
            SELECT count(*) FROM contract_signatures s
            JOIN confirmations w ON w.contract_id = s.contract_id AND w.phone_id = s.phone_id
                AND w.terms_version = NEW.terms_version AND w.answer = 'confirm'
            WHERE s.contract_id = NEW.id AND s.status = 'signed') THEN
            missing := 'a yes is missing';
        END IF;
    ELSIF NEW.status = 'ACTIVE' THEN
        IF NOT EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id) THEN
            missing := 'nobody spoke of a delivery';
        END IF;
    ELSIF NEW.status = 'CANCELLED' AND OLD.status <> 'PENDING' THEN
        IF NOT EXISTS (
            SELECT FROM contract_proposals WHERE contract_id = NEW.id AND kind = 'cancel' AND status = 'accepted') THEN
            missing := 'not all agreed';
        END IF;
    -- Where time completes it, that was to come next, and the record said so.
    ELSIF NEW.status = 'COMPLETED' AND coalesce(OLD.next_what, '') NOT IN ('complete', 'complete_part') THEN
        IF NOT EXISTS (SELECT FROM deliveries WHERE contract_id = NEW.id HAVING bool_or(kind = 'full')
            OR sum(quantity) FILTER (WHERE kind = 'part') = (NEW.terms ->> 'quantity')::numeric) THEN
            missing := 'not all was received';
        END IF;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'contract % cannot be % under terms %: %', NEW.id, NEW.status, NEW.terms_version, missing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION contracts_hold_what_came()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    came numeric := (SELECT sum(quantity) FROM deliveries WHERE contract_id = NEW.id AND kind = 'part');
BEGIN
    IF came > (NEW.terms ->> 'quantity')::numeric
        OR came > 0 AND NEW.terms ->> 'unit' IS DISTINCT FROM OLD.terms ->> 'unit' THEN
        RAISE EXCEPTION 'contract % cannot have terms with less than the % that came', NEW.id, came
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION contracts_move_legally()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    chained contracts;
BEGIN
    IF NEW.entries = OLD.entries + 1 AND (NEW.version = OLD.version
        OR NEW.version = OLD.version + 1 AND OLD.terms ? 'payment' AND OLD.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED')) THEN
        chained := OLD;
        chained.head := NEW.head;
        chained.entries := NEW.entries;
        chained.version := NEW.version;
        IF NEW IS NOT DISTINCT FROM chained THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('PENDING', 'EXPIRED'),
        ('CONFIRMED', 'ACTIVE'), ('CONFIRMED', 'EXPIRED'), ('CONFIRMED', 'CANCELLED'),
        ('ACTIVE', 'COMPLETED'), ('ACTIVE', 'DISPUTED'), ('ACTIVE', 'CANCELLED'),
        ('DISPUTED', 'CONFIRMED'), ('DISPUTED', 'ACTIVE'), ('DISPUTED', 'COMPLETED'), ('DISPUTED', 'CANCELLED'))
        AND NOT (OLD.status = 'CONFIRMED' AND NEW.status IN ('COMPLETED', 'DISPUTED') AND NEW.active_at IS NOT NULL) THEN
        RAISE EXCEPTION 'contract % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'contract % must go from version % to the next', OLD.id, OLD.version USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.reference, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.reference, OLD.created_at) THEN
        RAISE EXCEPTION 'contract % keeps its identity', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.terms, NEW.total_minor, NEW.currency) IS DISTINCT FROM (OLD.terms, OLD.total_minor, OLD.currency)
        AND NEW.terms_version <= OLD.terms_version OR NEW.terms_version < OLD.terms_version THEN
        RAISE EXCEPTION 'contract % changes its terms under a new version only', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.terms ->> 'payment' IS DISTINCT FROM OLD.terms ->> 'payment' THEN
        RAISE EXCEPTION 'contract % keeps how it is paid', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED') THEN
        RAISE EXCEPTION 'contract % is over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION contracts_open()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    silence_ends timestamptz := CASE WHEN new.status = 'ACTIVE'
        AND new.next_what IN ('remind_receipt', 'complete', 'remind_rest', 'complete_part') THEN new.next_at END;
BEGIN
    IF new.status IN ('COMPLETED', 'CANCELLED', 'EXPIRED') THEN
        DELETE FROM open_contracts WHERE contract_id = new.id;
    ELSE
        UPDATE open_contracts SET silence_at = silence_ends
        WHERE contract_id = new.id AND silence_at IS DISTINCT FROM silence_ends;
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION deliveries_add_up()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    contract contracts;
BEGIN
    SELECT * INTO contract FROM contracts WHERE id = NEW.contract_id FOR NO KEY UPDATE;
    IF (SELECT sum(quantity) FROM deliveries WHERE contract_id = contract.id AND kind = 'part') > (contract.terms ->> 'quantity')::numeric THEN
        RAISE EXCEPTION 'contract %: more is received than was agreed', contract.id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM confirmations w JOIN contract_parties p ON p.contract_id = w.contract_id AND p.phone_id = w.phone_id
        WHERE w.id = NEW.id AND w.contract_id = contract.id AND w.phone_id = NEW.phone_id
            AND w.contract_version = contract.version
            AND (NEW.kind, p.role, w.answer, contract.status) IN (
                ('said', 'seller', 'delivered', 'ACTIVE'), ('full', 'buyer', 'received', 'COMPLETED'),
                ('part', 'buyer', 'received_part', 'ACTIVE'), ('part', 'buyer', 'received_part', 'COMPLETED'))
            AND (NEW.kind <> 'part' OR (w.details ->> 'quantity')::numeric = NEW.quantity)) THEN
        RAISE EXCEPTION 'delivery % is not what was said and signed', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION disputes_answered()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    said jsonb := NEW.replies -> -1;
BEGIN
    IF NEW.replies IS DISTINCT FROM OLD.replies || jsonb_build_array(said) OR NEW.status NOT IN ('open', 'appealed')
        OR NOT EXISTS (SELECT FROM confirmations w
            JOIN contracts c ON c.id = w.contract_id AND c.version = w.contract_version
            JOIN confirmation_texts t ON t.confirmation_id = w.id
            WHERE w.contract_id = NEW.contract_id AND w.answer = 'reply' AND w.details ->> 'dispute' = NEW.id::text
                AND w.phone_id::text = said ->> 'by' AND t.words = said ->> 'words') THEN
        RAISE EXCEPTION 'dispute %: nobody signed these words', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION disputes_decided()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    contract contracts;
    missing text;
BEGIN
    SELECT * INTO contract FROM contracts WHERE id = NEW.contract_id;
    IF NEW.ended = 'withdrawn' THEN
        IF OLD.status <> 'open' OR NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = contract.id
            AND w.contract_version = contract.version AND w.answer = 'withdraw' AND w.details ->> 'dispute' = NEW.id::text
            AND w.phone_id IS NOT DISTINCT FROM NEW.opened_by) THEN
            missing := 'who reported it has not withdrawn it';
        END IF;
    ELSIF NEW.ended = 'settled' THEN
        IF OLD.status NOT IN ('open', 'appealed') OR NOT EXISTS (SELECT FROM contract_proposals o
            WHERE o.contract_id = contract.id AND o.n = NEW.settled_n AND o.status = 'accepted') THEN
            missing := 'not all agreed to settle it';
        END IF;
    ELSIF NEW.split_minor >= contract.total_minor THEN
        missing := 'the seller''s part is all of it or more';
    ELSIF OLD.status = 'decided' THEN
        IF (NEW.decision, NEW.split_minor) IS DISTINCT FROM (OLD.decision, OLD.split_minor) THEN
            missing := 'nobody signed this decision';
        END IF;
    ELSIF NOT EXISTS (SELECT FROM confirmations w WHERE w.contract_id = contract.id
        AND w.contract_version = contract.version AND w.answer = 'decide' AND w.details ->> 'dispute' = NEW.id::text
        AND w.details ->> 'decision' = NEW.decision
        AND (w.details ->> 'split_minor')::bigint IS NOT DISTINCT FROM NEW.split_minor
        AND (w.phone_id IS NULL OR EXISTS (SELECT FROM contract_parties p
            WHERE p.contract_id = w.contract_id AND p.phone_id = w.phone_id AND p.role = 'mediator'))) THEN
        missing := 'nobody signed this decision';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'dispute %: %', NEW.id, missing USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION disputes_texts_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'disputes: what was said stays' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION ledger_entries_balance()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
    unbalanced uuid;
    sums record;
BEGIN
    SELECT e.posting INTO unbalanced
    FROM ledger_entries e
    WHERE e.posting IN (SELECT posting FROM written)
    GROUP BY e.posting
    HAVING sum(e.amount_minor) <> 0 OR count(*) <> 2 OR count(DISTINCT e.currency) <> 1 OR count(DISTINCT e.act_id) <> 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % is not balanced', unbalanced USING ERRCODE = 'check_violation';
    END IF;
    FOR sums IN
        SELECT w.scope, w.account, min(w.currency) AS currency, count(DISTINCT w.currency) AS currencies,
            coalesce(sum(w.amount_minor) FILTER (WHERE w.amount_minor > 0), 0) AS credit,
            coalesce(-sum(w.amount_minor) FILTER (WHERE w.amount_minor < 0), 0) AS debit
        FROM written w GROUP BY w.scope, w.account ORDER BY w.scope, w.account
    LOOP
        UPDATE ledger_accounts a SET credited = a.credited + sums.credit, debited = a.debited + sums.debit
        WHERE a.scope = sums.scope AND a.account = sums.account AND a.currency = sums.currency AND sums.currencies = 1;
        IF NOT FOUND THEN  -- the first movement; or one in another currency, which the key refuses
            INSERT INTO ledger_accounts (scope, account, currency, credited, debited)
            VALUES (sums.scope, sums.account, sums.currency, sums.credit, sums.debit);
        END IF;
    END LOOP;
    RETURN NULL;
END $function$;

CREATE FUNCTION message_fates_follow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO message_fates (n, message_id, status, at)
    VALUES (nextval('audit_logs_n_seq'), NEW.id, NEW.status, CASE NEW.status WHEN 'submitted' THEN NEW.submitted_at
        WHEN 'unconfirmed' THEN clock_timestamp() ELSE coalesce(NEW.settled_at, NEW.created_at) END);
    RETURN NULL;
END $function$;

CREATE FUNCTION offer_facts(maker uuid, addressee uuid, most integer[])
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
    knows boolean := addressee IS NOT NULL AND EXISTS (
        SELECT FROM (
            (SELECT contract_id FROM contract_parties WHERE phone_id = maker ORDER BY since DESC, contract_id DESC LIMIT 200)
            UNION
            (SELECT contract_id FROM contract_parties WHERE phone_id = addressee ORDER BY since DESC, contract_id DESC LIMIT 200)
        ) AS newest
        JOIN contracts c ON c.id = newest.contract_id AND c.confirmed_at IS NOT NULL
        JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = maker AND p.role IN ('buyer', 'seller')
        JOIN contract_parties q ON q.contract_id = c.id AND q.phone_id = addressee AND q.role IN ('buyer', 'seller'));
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'knows', knows,
        'refuses', EXISTS (SELECT FROM blocks WHERE phone_id = addressee AND blocked_phone_id = maker)
            OR NOT knows AND EXISTS (SELECT FROM phones WHERE id = addressee AND opted_out),
        'made', jsonb_build_object(
            'n', coalesce((SELECT max(made_n) FROM offers WHERE maker_id = maker), 0),
            'hour_at', (SELECT at FROM offers WHERE maker_id = maker ORDER BY made_n DESC OFFSET most[1] - 1 LIMIT 1),
            'day_at', (SELECT at FROM offers WHERE maker_id = maker ORDER BY made_n DESC OFFSET most[2] - 1 LIMIT 1),
            'open', (SELECT count(*) FROM (
                SELECT FROM (SELECT contract_id, addressee_id FROM offers WHERE maker_id = maker
                    ORDER BY made_n DESC LIMIT 2000) AS o
                JOIN contract_signatures s ON s.contract_id = o.contract_id AND s.phone_id = o.addressee_id
                JOIN contracts c ON c.id = o.contract_id
                WHERE s.status = 'pending' AND c.status = 'PENDING' LIMIT most[3]) AS up_to_limit)),
        'asked', jsonb_build_object(
            'n', coalesce((SELECT max(asked_n) FROM offers WHERE addressee_id = addressee), 0),
            'hour_at', (SELECT at FROM offers o WHERE addressee_id = addressee AND asked_n IS NOT NULL
                AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                ORDER BY asked_n DESC OFFSET most[4] - 1 LIMIT 1),
            'day_at', (SELECT at FROM offers o WHERE addressee_id = addressee AND asked_n IS NOT NULL
                AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                ORDER BY asked_n DESC OFFSET most[5] - 1 LIMIT 1),
            'open', (SELECT count(*) FROM (
                SELECT FROM contract_signatures s JOIN offers o ON o.contract_id = s.contract_id
                JOIN contracts c ON c.id = s.contract_id
                WHERE s.phone_id = addressee AND s.status = 'pending' AND c.status = 'PENDING' AND o.asked_n IS NOT NULL
                    AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                LIMIT most[6]) AS up_to_limit))));
END $function$;

CREATE FUNCTION payments_add_up()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    came bigint;
    waits bigint;
    released bigint;
    refunded bigint;
    status_now text;
    due_now bigint;
    fee_now bigint;
BEGIN
    SELECT p.status, p.due_minor, p.fee_minor INTO status_now, due_now, fee_now FROM payments p WHERE p.id = NEW.id;
    SELECT coalesce(sum(credited) FILTER (WHERE account = 'held'), 0),
        coalesce(sum(credited - debited) FILTER (WHERE account = 'held'), 0),
        coalesce(sum(credited) FILTER (WHERE account IN ('payable', 'fees')), 0),
        coalesce(sum(credited) FILTER (WHERE account = 'refundable'), 0)
    INTO came, waits, released, refunded
    FROM ledger_accounts WHERE scope = NEW.contract_id;
    IF NEW.status = 'LOCKED' AND status_now = 'LOCKED' AND (TG_OP = 'INSERT' OR OLD.status = 'PENDING') AND came - refunded < due_now
        OR status_now IN ('RELEASED', 'REFUNDED', 'FAILED') AND waits <> 0
        OR status_now = 'RELEASED' AND released = 0
        OR NOT EXISTS (SELECT FROM contracts c WHERE c.id = NEW.contract_id AND c.total_minor = due_now
            AND (c.terms ->> 'fee_minor')::bigint = fee_now)
        OR status_now IN ('REFUNDED', 'FAILED') AND released <> 0 THEN
        RAISE EXCEPTION 'payment % cannot be %: % came, % waits, % is released, % goes back', NEW.id, status_now, came, waits,
            released, refunded USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION payout_fits_day(phone uuid, money text, amount bigint, since timestamp with time zone, most bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
    sent bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('payouts to ' || phone, 0));
    SELECT coalesce(sum(t.amount_minor), 0) INTO sent FROM transfers t
    WHERE t.phone_id = phone AND t.currency = money AND t.kind IN ('release', 'refund')
        AND t.status NOT IN ('failed', 'queued', 'held') AND t.sent_at >= since;
    RETURN sent = 0 OR sent + amount <= most;
END $function$;

CREATE FUNCTION refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $function$;

CREATE FUNCTION refuse_impossible()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME;
END $function$;

CREATE FUNCTION refuse_the_erased()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM FROM phones WHERE id = NEW.phone_id AND erased_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % was erased', NEW.phone_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE TRIGGER contracts_clock_stays AFTER UPDATE ON contracts FOR EACH ROW WHEN (old.clock_stopped_at IS NOT NULL AND new.clock_stopped_at IS NULL AND new.status = 'ACTIVE') EXECUTE FUNCTION contracts_clock_stays();
CREATE CONSTRAINT TRIGGER contracts_follow_money AFTER UPDATE ON contracts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.status <> old.status AND new.terms ? 'payment') EXECUTE FUNCTION contracts_follow_money();
CREATE TRIGGER contracts_hold_together AFTER UPDATE ON contracts FOR EACH ROW WHEN (new.status <> old.status OR new.terms_version <> old.terms_version) EXECUTE FUNCTION contracts_hold_together();
CREATE TRIGGER contracts_hold_what_came BEFORE UPDATE ON contracts FOR EACH ROW WHEN (new.terms IS DISTINCT FROM old.terms) EXECUTE FUNCTION contracts_hold_what_came();
CREATE TRIGGER contracts_move BEFORE UPDATE ON contracts FOR EACH ROW WHEN (new.version <> (old.version + 1) OR (old.status = ANY (ARRAY['COMPLETED', 'CANCELLED', 'EXPIRED'])) OR new.status <> old.status AND (old.status <> 'PENDING' OR new.status <> 'CONFIRMED') AND (old.status <> 'CONFIRMED' OR new.status <> 'ACTIVE') AND (old.status <> 'ACTIVE' OR new.status <> 'COMPLETED') OR new.terms_version <> old.terms_version OR new.terms IS DISTINCT FROM old.terms OR new.total_minor IS DISTINCT FROM old.total_minor OR new.currency IS DISTINCT FROM old.currency OR new.id IS DISTINCT FROM old.id OR new.reference IS DISTINCT FROM old.reference OR new.created_at IS DISTINCT FROM old.created_at) EXECUTE FUNCTION contracts_move_legally();
CREATE TRIGGER contracts_open AFTER UPDATE ON contracts FOR EACH ROW WHEN ((new.status = ANY (ARRAY['ACTIVE', 'COMPLETED', 'CANCELLED', 'EXPIRED'])) OR old.status = 'ACTIVE') EXECUTE FUNCTION contracts_open();

CREATE TRIGGER contract_parties_not_erased AFTER INSERT ON contract_parties FOR EACH ROW EXECUTE FUNCTION refuse_the_erased();
CREATE TRIGGER contract_parties_open AFTER INSERT ON contract_parties FOR EACH ROW EXECUTE FUNCTION contract_parties_open();

CREATE TRIGGER contract_signatures_stay AFTER UPDATE ON contract_signatures FOR EACH ROW WHEN (old.status <> 'pending') EXECUTE FUNCTION contract_signatures_stay();

CREATE TRIGGER confirmations_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON confirmations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_logs_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_logs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_logs_chain BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_chain();

CREATE TRIGGER message_fates_begin AFTER INSERT ON sms_logs FOR EACH ROW WHEN (new.salt IS NULL) EXECUTE FUNCTION message_fates_follow();
CREATE TRIGGER message_fates_follow AFTER UPDATE OF status ON sms_logs FOR EACH ROW WHEN (new.status <> old.status AND (new.status <> ALL (ARRAY['sending', 'queued']))) EXECUTE FUNCTION message_fates_follow();

CREATE TRIGGER contract_proposals_agreed AFTER UPDATE ON contract_proposals FOR EACH ROW WHEN (new.status = 'accepted') EXECUTE FUNCTION contract_proposals_agreed();
CREATE TRIGGER contract_proposals_follow AFTER INSERT ON contract_proposals FOR EACH ROW EXECUTE FUNCTION contract_proposals_follow();
CREATE TRIGGER contract_proposals_stay BEFORE UPDATE ON contract_proposals FOR EACH ROW WHEN (old.status <> 'pending' OR new.contract_id IS DISTINCT FROM old.contract_id OR new.n IS DISTINCT FROM old.n OR new.kind IS DISTINCT FROM old.kind OR new.terms IS DISTINCT FROM old.terms OR new.by_id IS DISTINCT FROM old.by_id OR new.created_at IS DISTINCT FROM old.created_at OR new.split_minor IS DISTINCT FROM old.split_minor) EXECUTE FUNCTION refuse_impossible('what is proposed stays, and is settled once');
CREATE TRIGGER contract_proposals_wait AFTER INSERT OR UPDATE OF status, waiting ON contract_proposals FOR EACH ROW EXECUTE FUNCTION contract_proposals_wait();

CREATE TRIGGER deliveries_add_up AFTER INSERT ON deliveries FOR EACH ROW WHEN (new.kind <> 'reported') EXECUTE FUNCTION deliveries_add_up();
CREATE TRIGGER deliveries_append_only BEFORE DELETE OR UPDATE OF id, contract_id, phone_id, kind, quantity, at OR TRUNCATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER disputes_answered AFTER UPDATE ON disputes FOR EACH ROW WHEN (jsonb_array_length(new.replies) > jsonb_array_length(old.replies)) EXECUTE FUNCTION disputes_answered();
CREATE TRIGGER disputes_begin BEFORE INSERT ON disputes FOR EACH ROW WHEN (new.status <> 'open') EXECUTE FUNCTION refuse_impossible('a dispute begins open');
CREATE TRIGGER disputes_decided AFTER UPDATE ON disputes FOR EACH ROW WHEN (new.status <> old.status AND (new.status = ANY (ARRAY['decided', 'appealed', 'closed']))) EXECUTE FUNCTION disputes_decided();
CREATE TRIGGER disputes_stay BEFORE UPDATE ON disputes FOR EACH ROW WHEN (new.id IS DISTINCT FROM old.id OR new.contract_id IS DISTINCT FROM old.contract_id OR new.opened_by IS DISTINCT FROM old.opened_by OR new.opened_at IS DISTINCT FROM old.opened_at OR new.status = old.status AND (new.decision IS DISTINCT FROM old.decision OR new.split_minor IS DISTINCT FROM old.split_minor OR new.decided_at IS DISTINCT FROM old.decided_at OR new.appealed_by IS DISTINCT FROM old.appealed_by OR new.appealed_at IS DISTINCT FROM old.appealed_at OR new.closed_at IS DISTINCT FROM old.closed_at OR new.ended IS DISTINCT FROM old.ended OR new.settled_n IS DISTINCT FROM old.settled_n) OR new.status <> old.status AND (old.status <> 'open' OR new.status <> 'decided') AND (old.status <> 'decided' OR new.status <> 'appealed') AND (old.status <> 'appealed' OR new.status <> 'closed') AND (old.status <> 'decided' OR new.status <> 'closed') AND (old.status <> 'open' OR new.status <> 'closed')) EXECUTE FUNCTION refuse_impossible('a dispute keeps what it is, and takes its steps in order');
CREATE TRIGGER disputes_texts_stay BEFORE UPDATE ON disputes FOR EACH ROW WHEN (new.words <> old.words OR new.status = old.status AND (new.reasons IS DISTINCT FROM old.reasons OR new.appeal_words IS DISTINCT FROM old.appeal_words) OR new.replies <> old.replies AND jsonb_array_length(new.replies) <= jsonb_array_length(old.replies)) EXECUTE FUNCTION disputes_texts_stay();

CREATE TRIGGER dispute_files_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON dispute_files FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER signature_keys_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON signature_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER contract_forms_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON contract_forms FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER confirmation_texts_stay BEFORE UPDATE OR TRUNCATE ON confirmation_texts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_seals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seals_chain BEFORE INSERT ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_seals_chain();

CREATE TRIGGER audit_checkpoints_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER recording_consents_stay BEFORE UPDATE OF id, phone_id, given, channel, at OR TRUNCATE ON recording_consents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_state_grows BEFORE UPDATE ON log_state FOR EACH ROW WHEN (new.log IS DISTINCT FROM old.log OR new.origin IS DISTINCT FROM old.origin OR new.beginning IS DISTINCT FROM old.beginning OR new.began_at IS DISTINCT FROM old.began_at OR new.size < old.size) EXECUTE FUNCTION refuse_impossible('a log keeps its origin and its beginning, and only grows');
CREATE TRIGGER log_state_stays BEFORE DELETE OR TRUNCATE ON log_state FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_tiles_grow BEFORE UPDATE ON log_tiles FOR EACH ROW WHEN (new.log IS DISTINCT FROM old.log OR new.level IS DISTINCT FROM old.level OR new.place IS DISTINCT FROM old.place OR SUBSTRING(new.hashes FROM 1 FOR length(old.hashes)) <> old.hashes) EXECUTE FUNCTION refuse_impossible('a tile only grows');
CREATE TRIGGER log_tiles_stay BEFORE DELETE OR TRUNCATE ON log_tiles FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_checkpoints_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_keys_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER form_codes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON form_codes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_cosignatures_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log_cosignatures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER log_timestamps_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log_timestamps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER payments_add_up AFTER INSERT OR UPDATE ON payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_add_up();
CREATE TRIGGER payments_begin BEFORE INSERT ON payments FOR EACH ROW WHEN (new.status <> 'PENDING') EXECUTE FUNCTION refuse_impossible('a payment begins pending');
CREATE TRIGGER payments_move BEFORE UPDATE ON payments FOR EACH ROW WHEN (new.id IS DISTINCT FROM old.id OR new.contract_id IS DISTINCT FROM old.contract_id OR new.currency IS DISTINCT FROM old.currency OR new.created_at IS DISTINCT FROM old.created_at OR new.status <> old.status AND (old.status <> 'PENDING' OR new.status <> 'LOCKED') AND (old.status <> 'PENDING' OR new.status <> 'FAILED') AND (old.status <> 'LOCKED' OR new.status <> 'RELEASED') AND (old.status <> 'LOCKED' OR new.status <> 'REFUNDED') AND (old.status <> 'LOCKED' OR new.status <> 'FAILED') AND (old.status <> 'PENDING' OR new.status <> 'RELEASED') OR old.locked_at IS NOT NULL AND new.locked_at IS DISTINCT FROM old.locked_at OR old.ended_at IS NOT NULL AND new.ended_at IS DISTINCT FROM old.ended_at) EXECUTE FUNCTION refuse_impossible('a payment keeps what it is, and takes its steps in order');

CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers FOR EACH ROW WHEN (old.status = 'done' AND new.status <> 'done' OR old.status = 'failed' AND (new.status <> ALL (ARRAY['failed', 'done'])) OR new.id IS DISTINCT FROM old.id OR new.kind IS DISTINCT FROM old.kind OR new.phone_id IS DISTINCT FROM old.phone_id OR new.currency IS DISTINCT FROM old.currency OR new.created_at IS DISTINCT FROM old.created_at OR new.returns IS DISTINCT FROM old.returns OR new.retries IS DISTINCT FROM old.retries OR new.contract_id IS DISTINCT FROM old.contract_id AND NOT (old.contract_id IS NULL AND old.kind = 'paybill') OR new.own_id IS DISTINCT FROM old.own_id AND old.own_id IS NOT NULL OR new.receipt IS DISTINCT FROM old.receipt AND old.receipt IS NOT NULL OR new.rail IS DISTINCT FROM old.rail AND old.rail IS NOT NULL OR new.amount_minor <> old.amount_minor AND NOT ((old.kind = ANY (ARRAY['prompt', 'paybill'])) AND (old.status <> ALL (ARRAY['done', 'failed'])) AND (new.status = 'done' OR old.own_id IS NULL))) EXECUTE FUNCTION refuse_impossible('a transfer keeps what it is, and what is paid stays paid');

CREATE TRIGGER transfer_approvals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON transfer_approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rail_receipts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON rail_receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_entries_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balance();

CREATE TRIGGER operators_kept BEFORE DELETE OR TRUNCATE ON operators FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operators_stay BEFORE UPDATE ON operators FOR EACH ROW WHEN (old.revoked_at IS NOT NULL OR new.id IS DISTINCT FROM old.id OR new.name IS DISTINCT FROM old.name OR new.role IS DISTINCT FROM old.role OR new.scopes IS DISTINCT FROM old.scopes OR new.created_at IS DISTINCT FROM old.created_at OR new.created_by IS DISTINCT FROM old.created_by) EXECUTE FUNCTION refuse_impossible('an operator keeps what they may do, and is revoked once');

CREATE TRIGGER operator_keys_kept BEFORE DELETE OR TRUNCATE ON operator_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operator_keys_stay BEFORE UPDATE ON operator_keys FOR EACH ROW WHEN (old.replaced_at IS NOT NULL OR new.expires_at > old.expires_at OR new.sha256 IS DISTINCT FROM old.sha256 OR new.id IS DISTINCT FROM old.id OR new.operator_id IS DISTINCT FROM old.operator_id OR new.created_at IS DISTINCT FROM old.created_at) EXECUTE FUNCTION refuse_impossible('a key keeps whose it is, and is replaced once');

CREATE TRIGGER looks_kept_a_year BEFORE DELETE ON looks FOR EACH ROW WHEN (old.at > (now() - '365 days'::interval)) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER looks_stay BEFORE UPDATE OR TRUNCATE ON looks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER look_subjects_go_with_looks BEFORE DELETE ON look_subjects FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER look_subjects_stay BEFORE UPDATE OR TRUNCATE ON look_subjects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
