-- Why: a statement says what was typed, how the PIN came about, and which SMS were shown; and what contracts held before
-- entries bound their rows (0028) gets one entry each that binds it. Locks: confirmations and confirmation_texts for a scan,
-- disputes briefly; the first entries of all chains are read. Order: before the code; older code may run on.

-- up

-- `format`: of the statement that was signed; null: the first. `pin`: typed, chosen (set in the same call), or none.
-- `messages`: the SMS that the person was shown, of which sms_logs tells the fate for as long as it keeps them.
ALTER TABLE confirmations
    ADD COLUMN format smallint,
    ADD COLUMN pin text,
    ADD COLUMN messages uuid[],
    ADD CONSTRAINT confirmations_format CHECK (CASE WHEN format IS NULL THEN num_nonnulls(pin, messages) = 0
        ELSE format = 2 AND num_nonnulls(pin, messages) = 2 END),
    ADD CONSTRAINT confirmations_pin CHECK (pin = 'none' OR (pin IN ('typed', 'chosen') AND channel IN ('ussd', 'voice')));

-- What was typed on each text, and each text in English where it was another language. Both null: a file of the first form.
ALTER TABLE confirmation_texts
    ADD COLUMN typed jsonb CHECK (jsonb_typeof(typed) = 'array'),
    ADD COLUMN english jsonb CHECK (jsonb_typeof(english) = 'array'),
    ADD CONSTRAINT confirmation_texts_beside CHECK ((typed IS NULL) = (english IS NULL));

-- Of the hashes by which an entry binds words from before they were signed.
ALTER TABLE disputes ADD COLUMN salt bytea;

-- Contracts from before entries bound rows, each until an entry of its own binds what there is.
CREATE TABLE unbound_contracts (contract_id uuid PRIMARY KEY REFERENCES contracts);
INSERT INTO unbound_contracts SELECT a.chain_id FROM audit_logs a JOIN contracts c ON c.id = a.chain_id
WHERE a.seq = 1 AND a.text IS NULL;

-- down

DROP TABLE unbound_contracts;
ALTER TABLE disputes DROP COLUMN salt;
-- Older code cannot write statements of format 2 again: its `audit verify` names them.
ALTER TABLE confirmation_texts DROP CONSTRAINT confirmation_texts_beside, DROP COLUMN typed, DROP COLUMN english;
ALTER TABLE confirmations
    DROP CONSTRAINT confirmations_format, DROP CONSTRAINT confirmations_pin,
    DROP COLUMN format, DROP COLUMN pin, DROP COLUMN messages;
