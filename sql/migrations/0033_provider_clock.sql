-- Why: a pack says how far the provider's clock was from ours. A time that was not believed was dropped, and one that was
-- believed was not kept. Locks: sms_logs, briefly. Order: before the code; older code may run on.

-- up

ALTER TABLE sms_logs ADD COLUMN provider_sent_at timestamptz;  -- of an MO, as the provider gave it, right or wrong

-- down

ALTER TABLE sms_logs DROP COLUMN provider_sent_at;
