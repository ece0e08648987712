-- Why: nobody may send offers to strangers without limit. An offer of a person gets a number among those of its maker, and
-- among those that strangers made to its addressee: two offers at the same moment cannot both be the seventh, so a limit
-- holds however many are made at once. A person may block another, and may say how they are called.
-- Locks: phones, for a moment. Order: before the code. Offers from before are not counted.

-- up

ALTER TABLE phones
    ADD COLUMN name text CHECK (length(name) BETWEEN 1 AND 60),
    DROP CONSTRAINT phones_erased,
    ADD CONSTRAINT phones_erased CHECK (erased_at IS NULL OR (pin_hash IS NULL AND recovery_key IS NULL AND name IS NULL));

-- Contracts that a person made on a phone. An operator's are not here: its API key is limited.
CREATE TABLE offers (
    contract_id  uuid PRIMARY KEY REFERENCES contracts,
    maker_id     uuid NOT NULL REFERENCES phones,
    made_n       integer NOT NULL CHECK (made_n > 0),  -- which of the maker's offers it is
    addressee_id uuid NOT NULL REFERENCES phones,
    asked_n      integer CHECK (asked_n > 0),          -- which of the offers of strangers to them; null: they know the maker
    at           timestamptz NOT NULL,
    CONSTRAINT offers_made UNIQUE (maker_id, made_n),
    CONSTRAINT offers_asked UNIQUE (addressee_id, asked_n),
    CHECK (maker_id <> addressee_id)
);

CREATE TABLE blocks (
    phone_id         uuid NOT NULL REFERENCES phones,  -- wants no offers
    blocked_phone_id uuid NOT NULL REFERENCES phones,  -- of this person
    at               timestamptz NOT NULL,
    PRIMARY KEY (phone_id, blocked_phone_id),
    CHECK (phone_id <> blocked_phone_id)
);
CREATE INDEX blocks_of_blocked ON blocks (blocked_phone_id);

-- What it is decided on whether :maker may make an offer to the person :addressee (null: nobody knows them yet) at :now.
-- `made`: the maker's offers; `asked`: offers of strangers to the addressee, without those of people whom they block. Each
-- has the highest number `n`, and when the newest offer was made that is the limit's last: `hour_at`, `day_at` (absent
-- where there are fewer). `open`: how many are unanswered, counted up to the limit. :most has six limits: of the
-- maker per hour, per day and open, and the same of the addressee. `knows`: they have had a contract that all confirmed;
-- looked for among the newest 200 contracts of each, so that nothing grows with a person. `refuses`: the addressee blocks
-- the maker, or sent STOP and does not know them.
CREATE FUNCTION offer_facts(maker uuid, addressee uuid, most integer[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    knows boolean := addressee IS NOT NULL AND EXISTS (
        SELECT FROM (
            (SELECT contract_id FROM contract_parties WHERE phone_id = maker ORDER BY since DESC, contract_id DESC LIMIT 200)
            UNION
            (SELECT contract_id FROM contract_parties WHERE phone_id = addressee ORDER BY since DESC, contract_id DESC LIMIT 200)
        ) AS newest
        JOIN contracts c ON c.id = newest.contract_id AND c.confirmed_at IS NOT NULL
        JOIN contract_parties p ON p.contract_id = c.id AND p.phone_id = maker AND p.role IN ('buyer', 'seller')
        JOIN contract_parties q ON q.contract_id = c.id AND q.phone_id = addressee AND q.role IN ('buyer', 'seller'));
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'knows', knows,
        'refuses', EXISTS (SELECT FROM blocks WHERE phone_id = addressee AND blocked_phone_id = maker)
            OR NOT knows AND EXISTS (SELECT FROM phones WHERE id = addressee AND opted_out),
        'made', jsonb_build_object(
            'n', coalesce((SELECT max(made_n) FROM offers WHERE maker_id = maker), 0),
            'hour_at', (SELECT at FROM offers WHERE maker_id = maker ORDER BY made_n DESC OFFSET most[1] - 1 LIMIT 1),
            'day_at', (SELECT at FROM offers WHERE maker_id = maker ORDER BY made_n DESC OFFSET most[2] - 1 LIMIT 1),
            'open', (SELECT count(*) FROM (
                SELECT FROM (SELECT contract_id, addressee_id FROM offers WHERE maker_id = maker
                    ORDER BY made_n DESC LIMIT 2000) AS o
                JOIN contract_signatures s ON s.contract_id = o.contract_id AND s.phone_id = o.addressee_id
                JOIN contracts c ON c.id = o.contract_id
                WHERE s.status = 'pending' AND c.status = 'PENDING' LIMIT most[3]) AS up_to_limit)),
        'asked', jsonb_build_object(
            'n', coalesce((SELECT max(asked_n) FROM offers WHERE addressee_id = addressee), 0),
            'hour_at', (SELECT at FROM offers o WHERE addressee_id = addressee AND asked_n IS NOT NULL
                AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                ORDER BY asked_n DESC OFFSET most[4] - 1 LIMIT 1),
            'day_at', (SELECT at FROM offers o WHERE addressee_id = addressee AND asked_n IS NOT NULL
                AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                ORDER BY asked_n DESC OFFSET most[5] - 1 LIMIT 1),
            'open', (SELECT count(*) FROM (
                SELECT FROM contract_signatures s JOIN offers o ON o.contract_id = s.contract_id
                JOIN contracts c ON c.id = s.contract_id
                WHERE s.phone_id = addressee AND s.status = 'pending' AND c.status = 'PENDING' AND o.asked_n IS NOT NULL
                    AND NOT EXISTS (SELECT FROM blocks b WHERE b.phone_id = addressee AND b.blocked_phone_id = o.maker_id)
                LIMIT most[6]) AS up_to_limit))));
END $$;

-- down

DROP FUNCTION offer_facts;
DROP TABLE blocks, offers;
ALTER TABLE phones
    DROP CONSTRAINT phones_erased,
    DROP COLUMN name,
    ADD CONSTRAINT phones_erased CHECK (erased_at IS NULL OR (pin_hash IS NULL AND recovery_key IS NULL));
