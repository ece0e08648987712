-- Why: a report may still say what became of a message that was given up because nobody knew whether it had arrived: so
-- those are found by their phone as well. Locks: sms_logs against writes while the index is built. Order: before the code.

-- up

DROP INDEX sms_logs_unsure;
CREATE INDEX sms_logs_unsure ON sms_logs (phone_id)
    WHERE status IN ('unconfirmed', 'failed') AND provider_message_id IS NULL;

-- down

DROP INDEX sms_logs_unsure;
CREATE INDEX sms_logs_unsure ON sms_logs (phone_id) WHERE status = 'unconfirmed';
