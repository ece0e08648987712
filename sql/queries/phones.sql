-- name: callers
-- For each msisdn of $1 that we know: its person, whether a PIN is set, and how many contracts wait for its answer.
SELECT f.msisdn, f.id, f.language, f.pin_proved_at IS NOT NULL AS has_pin,
    (SELECT count(*) FROM (SELECT FROM contract_signatures s JOIN contracts c ON c.id = s.contract_id
        WHERE s.phone_id = f.id AND s.status = 'pending' AND c.status = 'PENDING' LIMIT 100) AS up_to_100) AS waiting
FROM phones f WHERE f.msisdn = ANY ($1);

-- name: try_pin
-- Count a PIN try before it is checked, so that guesses made at once cannot outrun the count; once per hop, however
-- often the hop comes. $1 msisdn, $2 provider, $3 session_id, $4 hop_key, $5 now, $6 lock after the nth try (interval[],
-- null for none, the last repeats), $7 the contract the effect is about (or null), $8 other msisdns it names.
-- No row: we do not know this caller. `granted` is false while the PIN is locked.
WITH phone AS MATERIALIZED (
    SELECT * FROM phones WHERE msisdn = $1 FOR UPDATE
), hop AS (
    INSERT INTO acted_hops AS h (provider, session_id, hop_key, at)
    SELECT $2, $3, $4, $5 FROM phone
    WHERE phone.pin_hash IS NOT NULL AND (phone.pin_locked_until IS NULL OR phone.pin_locked_until <= $5
        OR EXISTS (SELECT FROM acted_hops WHERE provider = $2 AND session_id = $3 AND hop_key = $4))
    ON CONFLICT (provider, session_id, hop_key) DO UPDATE SET at = h.at
    RETURNING xmax = 0 AS is_first
), counted AS (
    UPDATE phones f
    SET pin_tries = f.pin_tries + 1,
        pin_locked_until = $5 + ($6::interval[])[least(f.pin_tries + 1, array_length($6::interval[], 1))]
    FROM phone WHERE f.id = phone.id AND (SELECT is_first FROM hop)
    RETURNING f.id
)
SELECT phone.id, phone.language, phone.pin_hash, phone.pin_proved_at IS NOT NULL AS has_pin,
    EXISTS (SELECT FROM hop) AS granted, to_jsonb(c) AS contract,
    (SELECT jsonb_agg(jsonb_build_object('id', o.id, 'msisdn', o.msisdn, 'language', o.language))
     FROM phones o WHERE o.msisdn = ANY ($8::text[])) AS others
FROM phone LEFT JOIN contract_records c ON c.id = $7::uuid;

-- name: stand
-- What an effect without a PIN needs to know: the caller, the contract it is about, the other people it names.
-- $1 msisdn (or null), $2 contract id (or null), $3 other msisdns.
SELECT f.id, f.language, f.pin_proved_at IS NOT NULL AS has_pin, to_jsonb(c) AS contract,
    (SELECT jsonb_agg(jsonb_build_object('id', o.id, 'msisdn', o.msisdn, 'language', o.language))
     FROM phones o WHERE o.msisdn = ANY ($3::text[])) AS others
FROM (SELECT) AS one
LEFT JOIN phones f ON f.msisdn = $1
LEFT JOIN contract_records c ON c.id = $2::uuid;

-- name: use_recovery
-- Take the recovery code of $1 whose key is $2, at $3: once, and after three wrong tries never. No row: not taken.
WITH tried AS MATERIALIZED (
    SELECT id, recovery_key = $2 AND recovery_until > $3 AS is_right, recovery_tries FROM phones
    WHERE msisdn = $1 AND recovery_key IS NOT NULL FOR UPDATE
)
UPDATE phones f
SET recovery_tries = f.recovery_tries + 1,
    recovery_key = CASE WHEN t.is_right OR t.recovery_tries >= 2 THEN NULL ELSE f.recovery_key END,
    recovery_until = CASE WHEN t.is_right OR t.recovery_tries >= 2 THEN NULL ELSE f.recovery_until END,
    pin_tries = CASE WHEN t.is_right THEN 0 ELSE f.pin_tries END,
    pin_locked_until = CASE WHEN t.is_right THEN NULL ELSE f.pin_locked_until END
FROM tried t WHERE f.id = t.id
RETURNING t.is_right;

-- name: give_recovery
-- Let the phone $1 choose a new PIN with the code whose key is $2, until $3. No row: we do not know this phone.
UPDATE phones SET recovery_key = $2, recovery_until = $3, recovery_tries = 0
WHERE msisdn = $1 AND pin_hash IS NOT NULL
RETURNING id, language;
