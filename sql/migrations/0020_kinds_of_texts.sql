-- Why: an operator reads the texts that nobody understood (GET /v1/messages?kind=unclear), newest first, without reading past
-- all others. Only texts that came in have their meaning as their kind, so only those stand in the index. Locks: sms_logs
-- against writes while the index is built. Order: before the code.

-- up

CREATE INDEX sms_logs_of_meaning ON sms_logs (kind, created_at DESC, id DESC) WHERE direction = 'in';

-- down

DROP INDEX sms_logs_of_meaning;
