-- Why: an operator drives a contract's life by API: reports deliveries, proposes, has people asked on their own phones.
-- Locks: contract_proposals and deliveries, the latter for a scan (its check). Order: before the code.

-- up

-- Null: an operator proposed it; then nobody has consented by the proposing.
ALTER TABLE contract_proposals ALTER COLUMN by_id DROP NOT NULL;

-- `reported`: an operator says that this seller delivered. It is nobody's word, and time counts nothing from it.
ALTER TABLE deliveries
    DROP CONSTRAINT deliveries_kind_check,
    ADD CONSTRAINT deliveries_kind_check CHECK (kind IN ('said', 'full', 'part', 'reported'));

-- When a party was last asked at an operator's wish, and the time before that: whoever answers slowly is not pestered.
CREATE TABLE contract_requests (
    contract_id  uuid NOT NULL,
    phone_id     uuid NOT NULL,
    asked_at     timestamptz NOT NULL,
    asked_before timestamptz,
    PRIMARY KEY (contract_id, phone_id),
    FOREIGN KEY (contract_id, phone_id) REFERENCES contract_parties,
    CONSTRAINT contract_requests_once_an_hour CHECK (asked_at - asked_before >= interval '1 hour')
);

-- down

DROP TABLE contract_requests;
-- Rows that the older tables cannot hold. What was agreed on through them stays: in contracts, forms and confirmations.
ALTER TABLE deliveries DISABLE TRIGGER deliveries_append_only;
DELETE FROM deliveries WHERE kind = 'reported';
ALTER TABLE deliveries
    ENABLE TRIGGER deliveries_append_only,
    DROP CONSTRAINT deliveries_kind_check,
    ADD CONSTRAINT deliveries_kind_check CHECK (kind IN ('said', 'full', 'part'));
DELETE FROM contract_proposals WHERE by_id IS NULL;
ALTER TABLE contract_proposals ALTER COLUMN by_id SET NOT NULL;
