-- Why: of a thousand messages one is sent again, but each of them stood three times in the index that says so (it is
-- written when it is queued, sent and settled). Locks: sms_logs against writes while the index is built. Order: before the
-- code, which names the rows that the index has; until it comes, no dead message can be sent again.

-- up

ALTER TABLE sms_logs DROP CONSTRAINT sms_logs_resend_of_key;
CREATE UNIQUE INDEX sms_logs_sent_again ON sms_logs (resend_of) WHERE resend_of IS NOT NULL;

-- down

DROP INDEX sms_logs_sent_again;
ALTER TABLE sms_logs ADD CONSTRAINT sms_logs_resend_of_key UNIQUE (resend_of);
