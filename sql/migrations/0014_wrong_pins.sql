-- Why: whoever guesses at a person's PIN leaves a trace in that person's audit: once for each hop, however often it comes.
-- Locks: acted_hops, for a moment. Order: before the code.

-- up

ALTER TABLE acted_hops ADD COLUMN wrong_pin boolean NOT NULL DEFAULT false;

-- down

ALTER TABLE acted_hops DROP COLUMN wrong_pin;
