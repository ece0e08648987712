-- Why: of thousands of messages to one number one is sent a second, and all others were written anew each time. Each waits for
-- a time of its own now, behind the last that waits for its number; this index finds that one.
-- Locks: sms_logs, while the index is built. Order: before the code.

-- up

CREATE INDEX sms_logs_waiting ON sms_logs (phone_id, due_at) WHERE status IN ('queued', 'unconfirmed', 'sending');
DROP INDEX sms_logs_on_the_way;

-- down

CREATE INDEX sms_logs_on_the_way ON sms_logs (phone_id) WHERE status = 'sending';
DROP INDEX sms_logs_waiting;
