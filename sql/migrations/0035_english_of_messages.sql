-- Why: who reads the evidence of a consent by SMS reads the texts that were shown in English too, as they were translated when they
-- were queued. Locks: sms_logs for a scan. Order: before the code; older code may run on, but erases no English.

-- up

-- The text of a message about a contract in English, where it is in another language. It goes with the text.
ALTER TABLE sms_logs
    ADD COLUMN english text,
    ADD CONSTRAINT sms_logs_english CHECK (english IS NULL OR direction = 'out' AND wiped_at IS NULL);

-- down

-- Older code takes what was queued with English for altered: its `audit verify` names it.
ALTER TABLE sms_logs DROP CONSTRAINT sms_logs_english, DROP COLUMN english;
