-- Why: STOP and START by SMS. Both times are kept, so that a late copy of one never undoes the other.
-- Locks: phones for a moment (a nullable column, and one that is computed once for each row). Order: before the code.

-- up

ALTER TABLE phones ADD COLUMN opted_in_at timestamptz;
ALTER TABLE phones ADD COLUMN opted_out boolean NOT NULL GENERATED ALWAYS AS (
    opted_out_at IS NOT NULL AND (opted_in_at IS NULL OR opted_in_at < opted_out_at)) STORED;

-- down

ALTER TABLE phones DROP COLUMN opted_out;
ALTER TABLE phones DROP COLUMN opted_in_at;
