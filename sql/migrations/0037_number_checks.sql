-- Why: who gets a new SIM, or a new PIN, of somebody else's number gets all that is paid to it. What sources said of a number's
-- SIM is kept, so that not each payout asks again, and when its PIN was last recovered. Locks: phones, briefly. Order: before the
-- code.

-- up

ALTER TABLE phones ADD COLUMN recovered_at timestamptz;
ALTER TABLE phones ADD CONSTRAINT phones_erased_recovery CHECK (erased_at IS NULL OR recovered_at IS NULL);

-- One row for each question to a source. A source that calls back (status 'asked') names the question by request_id; its call may
-- come before we have the row: then there is one without a person.
CREATE TABLE number_checks (
    id           uuid PRIMARY KEY,
    phone_id     uuid REFERENCES phones (id),
    source       text NOT NULL CHECK (source IN ('daraja', 'africastalking', 'camara')),
    request_id   text CHECK (length(request_id) BETWEEN 1 AND 200),
    status       text NOT NULL CHECK (status IN ('asked', 'swapped', 'not_swapped', 'not_known')),
    asked_at     timestamptz NOT NULL,
    answered_at  timestamptz,
    swapped_at   timestamptz,
    looked_back  interval CHECK (looked_back >= interval '0'),
    why          text CHECK (length(why) BETWEEN 1 AND 300),
    CONSTRAINT number_checks_once UNIQUE (source, request_id),
    CONSTRAINT number_checks_named CHECK (phone_id IS NOT NULL OR request_id IS NOT NULL),
    CONSTRAINT number_checks_awaited CHECK (status <> 'asked' OR (phone_id IS NOT NULL AND request_id IS NOT NULL)),
    CONSTRAINT number_checks_answered CHECK ((status = 'asked') = (answered_at IS NULL)),
    CONSTRAINT number_checks_swapped CHECK ((status = 'swapped') = (swapped_at IS NOT NULL)),
    CONSTRAINT number_checks_looked_back CHECK (looked_back IS NULL OR status = 'not_swapped'),
    CONSTRAINT number_checks_why CHECK ((status = 'not_known') = (why IS NOT NULL))
);
CREATE INDEX number_checks_of_phone ON number_checks (phone_id, asked_at DESC);
CREATE INDEX number_checks_old ON number_checks (asked_at);

-- down

DROP TABLE number_checks;
ALTER TABLE phones DROP CONSTRAINT phones_erased_recovery;
ALTER TABLE phones DROP COLUMN recovered_at;
