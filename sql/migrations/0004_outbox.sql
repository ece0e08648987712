-- Why: which message goes first, until when, at what price; every try of it kept; who may be sent to how fast.
-- Locks: sms_logs for the time of a scan (the checks of its new columns). Order: before the code.

-- up

ALTER TABLE sms_logs
    ADD COLUMN class text NOT NULL DEFAULT 'service' CHECK (class IN ('critical', 'service', 'promotional')),
    ADD COLUMN priority smallint NOT NULL DEFAULT 5 CHECK (priority IN (1, 5, 9)),  -- 1 goes first
    ADD COLUMN expires_at timestamptz,                     -- after this it is of no use to send it
    ADD COLUMN encoding text CHECK (encoding IN ('gsm7', 'ucs2')),
    ADD COLUMN estimate text,                              -- what it should cost, spelled as providers do: KES 0.8000
    ADD COLUMN resend_of uuid UNIQUE REFERENCES sms_logs;  -- a dead one is sent again as a new one, once

DROP INDEX sms_logs_due;
CREATE INDEX sms_logs_due ON sms_logs (priority, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sms_logs_on_the_way ON sms_logs (phone_id) WHERE status = 'sending';
CREATE INDEX sms_logs_unsure ON sms_logs (phone_id) WHERE status = 'unconfirmed';
CREATE INDEX sms_logs_unreported ON sms_logs (submitted_at) WHERE status = 'submitted';
CREATE INDEX sms_logs_of_status ON sms_logs (status, created_at DESC, id DESC);

-- What came of each try to send a message.
CREATE TABLE sms_tries (
    message_id          uuid NOT NULL REFERENCES sms_logs,
    n                   integer NOT NULL CHECK (n > 0),
    provider            text,                              -- null: the sender stopped before it could say
    outcome             text NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'later', 'unsure')),
    why                 text,
    provider_message_id text,
    cost                text,
    at                  timestamptz NOT NULL,
    PRIMARY KEY (message_id, n)
);

-- When a sender id may send its next message, for all workers together.
CREATE TABLE sms_pace (
    sender  text PRIMARY KEY,
    free_at timestamptz NOT NULL
);

-- Whom a report was about, where the provider says so: a send whose answer was lost is known again by it.
ALTER TABLE sms_reports ADD COLUMN phone_id uuid REFERENCES phones;
CREATE INDEX sms_reports_of_phone ON sms_reports (phone_id, received_at) WHERE phone_id IS NOT NULL;

-- down

DROP INDEX sms_reports_of_phone;
ALTER TABLE sms_reports DROP COLUMN phone_id;
DROP TABLE sms_pace, sms_tries;
DROP INDEX sms_logs_of_status, sms_logs_unreported, sms_logs_unsure, sms_logs_on_the_way, sms_logs_due;
CREATE INDEX sms_logs_due ON sms_logs (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE sms_logs DROP COLUMN resend_of, DROP COLUMN estimate, DROP COLUMN encoding, DROP COLUMN expires_at,
    DROP COLUMN priority, DROP COLUMN class;
