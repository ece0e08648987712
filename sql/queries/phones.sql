-- name: callers
-- For each phone in :msisdns that we know: its person, whether they have a PIN, whether only that binds them, whether
-- their language is presumed, and how many contracts wait for their answer, 20 at most; `more_wait`: there are more.
-- Of offers the newest 100 are looked at: one may be over, without an answer of theirs.
SELECT f.msisdn, f.id, f.language, f.pin_proved_at IS NOT NULL AS has_pin, coalesce(f.pin_only, false) AS pin_only,
    coalesce(f.language_presumed, false) AS language_presumed,
    least(up_to_21.n, 20) AS waiting, up_to_21.n > 20 AS more_wait
FROM phones f
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        (SELECT FROM (SELECT contract_id FROM contract_signatures WHERE phone_id = f.id AND status = 'pending'
                ORDER BY contract_id DESC LIMIT 100) AS s
            JOIN contracts c ON c.id = s.contract_id WHERE c.status = 'PENDING' LIMIT 21)
        UNION ALL
        (SELECT FROM waiting_proposals WHERE phone_id = f.id LIMIT 21)
        LIMIT 21) AS w
) AS up_to_21
WHERE f.msisdn = ANY (:msisdns);

-- name: diallers
-- For each phone in :msisdns that we know: what `callers` gives, and what waits for a word of theirs: offers, proposals,
-- deliveries that were reported since they last said what came, and disputes that they have to decide. `lines`: the
-- newest 20 as a list shows them; `is_more`: more than these wait; `only`: the whole contract, where it is the only one.
SELECT f.msisdn, f.id, f.language, f.pin_proved_at IS NOT NULL AS has_pin, q.waiting, q.more_wait, q.lines, q.is_more,
    coalesce(f.language_presumed, false) AS language_presumed,
    CASE WHEN q.found = 1 THEN (SELECT row_to_json(r) FROM contract_records r WHERE r.id = q.newest) END AS only
FROM phones f
CROSS JOIN LATERAL (
    SELECT count(*) AS found, least(count(*) FILTER (WHERE w.waits), 20) AS waiting,
        count(*) FILTER (WHERE w.waits) > 20 AS more_wait, count(*) > 20 AS is_more, (array_agg(w.id))[1] AS newest,
        jsonb_agg(to_jsonb(w) - 'since' - 'place' ORDER BY w.place) FILTER (WHERE w.place <= 20) AS lines
    FROM (
        SELECT c.id, c.status, c.terms ->> 'product' AS product, c.total_minor, c.currency, o.waits, p.role,
            NOT o.waits AND p.role = 'buyer' AS awaits_receipt, p.since,
            row_number() OVER (ORDER BY p.since DESC, c.id DESC) AS place
        FROM (
            SELECT any_of.contract_id, bool_or(any_of.waits) AS waits
            FROM (
                (SELECT s.contract_id, true AS waits
                FROM (SELECT contract_id FROM contract_signatures WHERE phone_id = f.id AND status = 'pending'
                    ORDER BY contract_id DESC LIMIT 100) AS s
                JOIN contracts c ON c.id = s.contract_id
                WHERE c.status = 'PENDING' LIMIT 21)
                UNION ALL
                (SELECT o.contract_id, true FROM waiting_proposals o WHERE o.phone_id = f.id
                    ORDER BY o.contract_id DESC LIMIT 21)
                UNION ALL
                SELECT c.id, false
                FROM (SELECT contract_id, role FROM contract_parties WHERE phone_id = f.id
                    ORDER BY since DESC, contract_id DESC LIMIT 40) AS mine
                JOIN contracts c ON c.id = mine.contract_id
                WHERE mine.role = 'buyer' AND c.status = 'ACTIVE' AND c.delivered_at IS NOT NULL
                        AND NOT EXISTS (SELECT FROM deliveries v
                            WHERE v.contract_id = c.id AND v.kind = 'part' AND v.at >= c.delivered_at)
                    OR mine.role = 'mediator' AND c.status = 'DISPUTED' AND EXISTS (SELECT FROM disputes d
                        WHERE d.contract_id = c.id AND d.status IN ('open', 'appealed'))
            ) AS any_of
            GROUP BY any_of.contract_id
        ) AS o
        JOIN contracts c ON c.id = o.contract_id
        JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = f.id
    ) AS w
) AS q
WHERE f.msisdn = ANY (:msisdns);

-- name: try_pins
-- Count PIN tries before they are checked, so that many guesses at once cannot get past the count. A hop counts once,
-- however often it comes. :tries is a jsonb array, each of another phone; :locks (interval[]) how long the nth wrong
-- try locks the PIN (null: not at all; the last value is used for all later tries). `granted`: false while the PIN is
-- locked; `tries` and `locked_until` are those after this try. A phone we do not know has no row. `offer`: what an offer to
-- the one person in `others` is decided on, with the limits :most_offers (integer[], see offer_facts). The parts are for tries
-- that come with a `contract_id` and with `others`. This commit does not wait for the disk: nobody learns what came of a try
-- before a later commit does, of the act or of the wrong PIN's entry, and that one flushes this one, too.
WITH tries AS (
    SELECT t.* FROM set_config('synchronous_commit', 'off', true), jsonb_to_recordset(jsonb_strip_nulls(:tries)) AS t(
        msisdn text, provider text, session_id text, hop_key text, at timestamptz, contract_id uuid, others jsonb)
), phone AS MATERIALIZED (
    SELECT f.id, f.msisdn, f.language, f.pin_hash, f.pin_proved_at, f.pin_tries, f.pin_locked_until, f.name,
        t.provider, t.session_id, decode(t.hop_key, 'hex') AS hop_key, t.at, t.contract_id, t.others
    FROM tries t JOIN phones f ON f.msisdn = t.msisdn
    ORDER BY f.msisdn
    FOR UPDATE OF f
), hop AS (
    INSERT INTO acted_hops AS h (provider, session_id, hop_key, at)
    SELECT p.provider, p.session_id, p.hop_key, p.at FROM phone p
    WHERE p.pin_hash IS NOT NULL AND (p.pin_locked_until IS NULL OR p.pin_locked_until <= p.at
        OR EXISTS (SELECT FROM acted_hops o
            WHERE o.provider = p.provider AND o.session_id = p.session_id AND o.hop_key = p.hop_key OFFSET 0))
    ON CONFLICT (provider, session_id, hop_key) DO UPDATE SET at = h.at
    RETURNING provider, session_id, hop_key, xmax = 0 AS is_first
), counted AS (
    UPDATE phones f
    SET pin_tries = f.pin_tries + 1,
        pin_locked_until = p.at + (:locks::interval[])[least(f.pin_tries + 1, array_length(:locks::interval[], 1))]
    FROM phone p JOIN hop h USING (provider, session_id, hop_key)
    WHERE f.id = p.id AND h.is_first
    RETURNING f.id, f.pin_tries, f.pin_locked_until
)
SELECT p.msisdn, p.id, p.language, p.pin_hash, p.pin_proved_at IS NOT NULL AS has_pin,
    coalesce(k.pin_tries, p.pin_tries) AS tries,
    CASE WHEN k.id IS NULL THEN p.pin_locked_until ELSE k.pin_locked_until END AS locked_until,
    EXISTS (SELECT FROM hop h
        WHERE h.provider = p.provider AND h.session_id = p.session_id AND h.hop_key = p.hop_key) AS granted, p.name
    -- part: contract
    , row_to_json(c) AS contract
    -- end
    -- part: others
    , (SELECT jsonb_agg(jsonb_build_object('id', o.id, 'msisdn', o.msisdn, 'language', o.language))
     FROM jsonb_array_elements_text(p.others) AS named(msisdn) JOIN phones o ON o.msisdn = named.msisdn) AS others
    , CASE WHEN jsonb_array_length(p.others) = 1 THEN offer_facts(
        p.id, (SELECT id FROM phones WHERE msisdn = p.others ->> 0), :most_offers::integer[]) END AS offer
    -- end
FROM phone p LEFT JOIN counted k ON k.id = p.id
-- part: contract
LEFT JOIN contract_records c ON c.id = p.contract_id
-- end
;

-- name: replace_pin_hash
-- Replace the hash :old of :phone_id's PIN by :new, which is a hash of the same PIN.
UPDATE phones SET pin_hash = :new WHERE id = :phone_id AND pin_hash = :old;

-- name: audit_wrong_pin
-- Write into the audit, in the act :act_id, that :msisdn typed a wrong PIN at :now in the hop (:provider, :session_id,
-- :hop_key); once per hop.
WITH person AS MATERIALIZED (
    -- Lock the person before the hop's row, as try_pins does.
    SELECT id, pin_tries, pin_locked_until FROM phones WHERE msisdn = :msisdn FOR NO KEY UPDATE
), told AS (
    UPDATE acted_hops SET wrong_pin = true
    WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key AND act_id IS NULL AND NOT wrong_pin
        AND EXISTS (SELECT FROM person)
    RETURNING hop_key
)
INSERT INTO audit_logs (chain_id, at, actor_id, channel, action, details, act_id)
SELECT p.id, :now, p.id, 'ussd', 'pin.wrong',
    jsonb_strip_nulls(jsonb_build_object('tries', p.pin_tries, 'locked_until', p.pin_locked_until)), :act_id
FROM person p, told;

-- name: facts
-- What an effect without a PIN is decided on: the caller :msisdn, the contract :contract_id (either may be null), and
-- the people with the msisdns :others. `offer` and :most_offers: as in try_pins.
SELECT f.id, f.language, f.pin_proved_at IS NOT NULL AS has_pin, row_to_json(c) AS contract,
    (SELECT jsonb_agg(jsonb_build_object('id', o.id, 'msisdn', o.msisdn, 'language', o.language))
     FROM phones o WHERE o.msisdn = ANY (:others::text[])) AS others,
    f.name, CASE WHEN f.id IS NOT NULL AND cardinality(:others::text[]) = 1 THEN offer_facts(
        f.id, (SELECT id FROM phones WHERE msisdn = (:others::text[])[1]), :most_offers::integer[]) END AS offer
FROM (SELECT) AS one
LEFT JOIN phones f ON f.msisdn = :msisdn
LEFT JOIN contract_records c ON c.id = :contract_id::uuid;

-- name: use_recovery_code
-- Use up the recovery code of :msisdn with one of the keys :keys at :now. It works once, and never after three wrong
-- tries. No row: the phone has no code.
WITH tried AS MATERIALIZED (
    SELECT id, recovery_key = ANY (:keys::bytea[]) AND recovery_until > :now AS is_right, recovery_tries FROM phones
    WHERE msisdn = :msisdn AND recovery_key IS NOT NULL FOR UPDATE
)
UPDATE phones f
SET recovery_tries = f.recovery_tries + 1,
    recovery_key = CASE WHEN t.is_right OR t.recovery_tries >= 2 THEN NULL ELSE f.recovery_key END,
    recovery_until = CASE WHEN t.is_right OR t.recovery_tries >= 2 THEN NULL ELSE f.recovery_until END,
    recovered_at = CASE WHEN t.is_right THEN :now ELSE f.recovered_at END,
    pin_tries = CASE WHEN t.is_right THEN 0 ELSE f.pin_tries END,
    pin_locked_until = CASE WHEN t.is_right THEN NULL ELSE f.pin_locked_until END
FROM tried t WHERE f.id = t.id
RETURNING t.is_right;

-- name: pins_by_label
-- How many people have a PIN, and how many of their hashes do not begin with :prefix, which names the key of today.
SELECT count(*) AS every, count(*) FILTER (WHERE NOT starts_with(pin_hash, :prefix)) AS older
FROM phones WHERE pin_hash IS NOT NULL;

-- name: set_recovery_code
-- Let :msisdn choose a new PIN, from :now until :until, with the recovery code whose key is :key. No row: this phone has no PIN.
UPDATE phones SET recovery_key = :key, recovery_until = :until, recovery_tries = 0, recovered_at = :now
WHERE msisdn = :msisdn AND pin_hash IS NOT NULL
RETURNING id, language;
