-- Why: a person may ask what is kept of them, and to be forgotten; a court may ask that nobody is; the rest goes with age.
-- Locks: phones and sms_logs for the time of a scan (their checks). Order: before the code.

-- up

-- Who was erased keeps the row that everything else names, under a word that nobody dials; the number is free again.
ALTER TABLE phones
    ADD COLUMN erased_at timestamptz,
    DROP CONSTRAINT phones_msisdn_check,
    ADD CONSTRAINT phones_msisdn_check CHECK (CASE WHEN erased_at IS NULL
        THEN msisdn ~ '^\+[1-9][0-9]{6,14}$' ELSE msisdn ~ '^erased-[0-9a-f]{8}$' END),
    ADD CONSTRAINT phones_erased CHECK (erased_at IS NULL OR (pin_hash IS NULL AND recovery_key IS NULL));

-- Who is being erased at this moment can be put into no new contract: one of the two waits for the other, and is refused.
CREATE FUNCTION refuse_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM phones WHERE id = NEW.phone_id AND erased_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % was erased', NEW.phone_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_parties_not_erased AFTER INSERT ON contract_parties
    FOR EACH ROW EXECUTE FUNCTION refuse_the_erased();

-- A message past its period is deleted; one that a later one refers to stays as an empty row, of nobody.
ALTER TABLE sms_logs
    ADD COLUMN wiped_at timestamptz,
    DROP CONSTRAINT sms_logs_check2,
    DROP CONSTRAINT sms_logs_check3,
    ADD CONSTRAINT sms_logs_to_a_phone CHECK (direction = 'in' OR phone_id IS NOT NULL OR wiped_at IS NOT NULL),
    ADD CONSTRAINT sms_logs_of_someone CHECK ((phone_id IS NULL) = (raw_sender IS NOT NULL) OR wiped_at IS NOT NULL),
    ADD CONSTRAINT sms_logs_wiped CHECK (wiped_at IS NULL OR (text = '' AND phone_id IS NULL AND raw_sender IS NULL));

-- While it lasts, nothing of this person, or of this contract and its people, is erased or grows too old.
CREATE TABLE legal_holds (
    id          uuid PRIMARY KEY,
    phone_id    uuid REFERENCES phones,
    contract_id uuid REFERENCES contracts,
    reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    since       timestamptz NOT NULL,
    until       timestamptz,                               -- null: until it is released
    CHECK (num_nonnulls(phone_id, contract_id) = 1),
    CHECK (until >= since)
);
CREATE INDEX legal_holds_of_phone ON legal_holds (phone_id) WHERE phone_id IS NOT NULL;
CREATE INDEX legal_holds_of_contract ON legal_holds (contract_id) WHERE contract_id IS NOT NULL;

-- Whether a call may be recorded: each answer, with the words it was given to. The newest one counts.
CREATE TABLE recording_consents (
    id       uuid PRIMARY KEY,
    phone_id uuid NOT NULL REFERENCES phones,
    given    boolean NOT NULL,
    channel  text NOT NULL CHECK (channel IN ('ussd', 'sms', 'voice', 'api')),
    shown    text NOT NULL CHECK (length(shown) BETWEEN 1 AND 1000),
    at       timestamptz NOT NULL
);
CREATE INDEX recording_consents_of_phone ON recording_consents (phone_id, at DESC);

-- Append-only but for erasure, as confirmation_texts are: rows go with their person, and a name goes out of a text. Only
-- the owner of the tables can do either; what was said, by whom and when, nobody changes.
CREATE TRIGGER recording_consents_stay BEFORE UPDATE OF id, phone_id, given, channel, at OR TRUNCATE ON recording_consents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER deliveries_append_only ON deliveries;
CREATE TRIGGER deliveries_append_only
    BEFORE UPDATE OF id, contract_id, phone_id, kind, quantity, at OR DELETE OR TRUNCATE ON deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Contracts of which nothing may go yet: they are not over, or somebody ordered that they, or one of their people, stay.
CREATE VIEW kept_contracts AS
SELECT c.id FROM contracts c
WHERE c.status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
    OR EXISTS (SELECT FROM legal_holds h WHERE h.contract_id = c.id AND (h.until IS NULL OR h.until > now()))
    OR EXISTS (SELECT FROM contract_parties p JOIN legal_holds h ON h.phone_id = p.phone_id
        WHERE p.contract_id = c.id AND (h.until IS NULL OR h.until > now()));

-- What is looked through by age.
CREATE INDEX mo_receipts_age ON mo_receipts USING brin (at);
CREATE INDEX api_requests_age ON api_requests USING brin (at);
CREATE INDEX ussd_sessions_age ON ussd_sessions USING brin (ended_at);
CREATE INDEX sms_reports_age ON sms_reports USING brin (received_at);

-- down

DROP INDEX sms_reports_age, ussd_sessions_age, api_requests_age, mo_receipts_age;
DROP VIEW kept_contracts;
DROP TRIGGER deliveries_append_only ON deliveries;
CREATE TRIGGER deliveries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TABLE recording_consents, legal_holds;
DROP TRIGGER contract_parties_not_erased ON contract_parties;
DROP FUNCTION refuse_the_erased();
-- Rows that the older tables cannot hold go with their texts; who was erased gets a number that no network gives out.
UPDATE sms_logs SET resend_of = NULL WHERE resend_of IN (SELECT id FROM sms_logs WHERE wiped_at IS NOT NULL);
DELETE FROM sms_tries WHERE message_id IN (SELECT id FROM sms_logs WHERE wiped_at IS NOT NULL);
DELETE FROM sms_logs WHERE wiped_at IS NOT NULL;
ALTER TABLE sms_logs
    DROP COLUMN wiped_at,
    DROP CONSTRAINT IF EXISTS sms_logs_to_a_phone,
    DROP CONSTRAINT IF EXISTS sms_logs_of_someone,
    ADD CONSTRAINT sms_logs_check2 CHECK (direction = 'in' OR phone_id IS NOT NULL),
    ADD CONSTRAINT sms_logs_check3 CHECK ((phone_id IS NULL) = (raw_sender IS NOT NULL));
ALTER TABLE phones DROP CONSTRAINT phones_erased, DROP CONSTRAINT phones_msisdn_check;
UPDATE phones SET msisdn = '+999' || lpad((('x' || right(msisdn, 8))::bit(32)::bigint)::text, 10, '0')
WHERE erased_at IS NOT NULL;
ALTER TABLE phones
    DROP COLUMN erased_at,
    ADD CONSTRAINT phones_msisdn_check CHECK (msisdn ~ '^\+[1-9][0-9]{6,14}$');
