-- Why: who wrote to one of our numbers is answered from that number, by the provider that brought the text. The row keeps
-- which one that is: `provider` is the one of the last try. Locks: sms_logs, while the constraint reads the table once.
-- Order: before the code.

-- up

ALTER TABLE sms_logs ADD COLUMN reply_provider text;  -- MT only: it answers from `shortcode`, by this provider
ALTER TABLE sms_logs ADD CONSTRAINT sms_logs_reply_number
    CHECK (reply_provider IS NULL OR (direction = 'out' AND shortcode IS NOT NULL));

-- down

ALTER TABLE sms_logs DROP COLUMN reply_provider;
