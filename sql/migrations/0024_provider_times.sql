-- Why: a provider that does not say when a text was sent leaves nothing but its receipt to tell a late copy from it, so
-- that receipt is kept for good. And a provider's refusals are counted before a person is presumed to have opted out.
-- Locks: mo_receipts and phones, briefly; then the receipts of Twilio's texts, row by row. Order: before the code.

-- up

ALTER TABLE mo_receipts ADD COLUMN is_undated boolean NOT NULL DEFAULT false;
UPDATE mo_receipts SET is_undated = true WHERE provider IN ('twilio', 'twilio clock');

ALTER TABLE phones ADD COLUMN refused_on date[] NOT NULL DEFAULT '{}';  -- days of refusals since the last delivery
ALTER TABLE phones ADD COLUMN presumed_out_at timestamptz;  -- equal to opted_out_at: refusals, no word of theirs, made that

-- down

ALTER TABLE phones DROP COLUMN refused_on, DROP COLUMN presumed_out_at;
ALTER TABLE mo_receipts DROP COLUMN is_undated;
