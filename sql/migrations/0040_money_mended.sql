-- Why: two processes that sent payouts to one phone in the same moment each found that nothing had left to it that day; and money
-- of another amount than was asked for, or told, had no end. What a day may hold is counted under a lock now, in the statement that
-- writes down that the payout is sent; and the amount of what comes in becomes that of the rail's books, until it is counted.
-- Locks: transfers, briefly. Order: before the code; older code may run on.

-- up

-- The receipt of money of another amount, which the rail told of before it was asked.
ALTER TABLE transfers ADD COLUMN told_receipt text;

-- Whether a payout may leave to this phone, of whose day no more than :most minor units may leave since :since; the first of a day
-- always may. A second process waits here for the first, and then sees what it has sent: each statement in here sees what was
-- committed when it began.
CREATE FUNCTION payout_fits_day(phone uuid, money text, amount bigint, since timestamptz, most bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    sent bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('payouts to ' || phone, 0));
    SELECT coalesce(sum(t.amount_minor), 0) INTO sent FROM transfers t
    WHERE t.phone_id = phone AND t.currency = money AND t.kind IN ('release', 'refund')
        AND t.status NOT IN ('failed', 'queued', 'held') AND t.sent_at >= since;
    RETURN sent = 0 OR sent + amount <= most;
END $$;

CREATE OR REPLACE TRIGGER transfers_stay BEFORE UPDATE ON transfers FOR EACH ROW
    WHEN (OLD.status = 'done' AND NEW.status <> 'done' OR OLD.status = 'failed' AND NEW.status NOT IN ('failed', 'done')
        OR (NEW.id, NEW.kind, NEW.phone_id, NEW.currency, NEW.created_at, NEW.returns, NEW.retries)
            IS DISTINCT FROM (OLD.id, OLD.kind, OLD.phone_id, OLD.currency, OLD.created_at, OLD.returns, OLD.retries)
        OR NEW.contract_id IS DISTINCT FROM OLD.contract_id AND NOT (OLD.contract_id IS NULL AND OLD.kind = 'paybill')
        OR NEW.own_id IS DISTINCT FROM OLD.own_id AND OLD.own_id IS NOT NULL
        OR NEW.receipt IS DISTINCT FROM OLD.receipt AND OLD.receipt IS NOT NULL
        OR NEW.rail IS DISTINCT FROM OLD.rail AND OLD.rail IS NOT NULL
        OR NEW.amount_minor <> OLD.amount_minor
            AND NOT (OLD.kind IN ('prompt', 'paybill') AND OLD.status NOT IN ('done', 'failed')
                AND (NEW.status = 'done' OR OLD.own_id IS NULL)))
    EXECUTE FUNCTION refuse_impossible('a transfer keeps what it is, and what is paid stays paid');

-- down

CREATE OR REPLACE TRIGGER transfers_stay BEFORE UPDATE ON transfers FOR EACH ROW
    WHEN (OLD.status = 'done' AND NEW.status <> 'done' OR OLD.status = 'failed' AND NEW.status NOT IN ('failed', 'done')
        OR (NEW.id, NEW.kind, NEW.phone_id, NEW.currency, NEW.created_at, NEW.returns, NEW.retries)
            IS DISTINCT FROM (OLD.id, OLD.kind, OLD.phone_id, OLD.currency, OLD.created_at, OLD.returns, OLD.retries)
        OR NEW.contract_id IS DISTINCT FROM OLD.contract_id AND NOT (OLD.contract_id IS NULL AND OLD.kind = 'paybill')
        OR NEW.own_id IS DISTINCT FROM OLD.own_id AND OLD.own_id IS NOT NULL
        OR NEW.receipt IS DISTINCT FROM OLD.receipt AND OLD.receipt IS NOT NULL
        OR NEW.rail IS DISTINCT FROM OLD.rail AND OLD.rail IS NOT NULL
        OR NEW.amount_minor <> OLD.amount_minor AND NOT (OLD.kind = 'prompt' AND OLD.own_id IS NULL))
    EXECUTE FUNCTION refuse_impossible('a transfer keeps what it is, and what is paid stays paid');
DROP FUNCTION payout_fits_day(uuid, text, bigint, timestamptz, bigint);
ALTER TABLE transfers DROP COLUMN told_receipt;
