-- Why: a session that goes on with one that was cut begins where no provider's history says: kept, so that it too can be
-- rebuilt when the session store has lost it. Locks: none. Order: before the code.

-- up

CREATE TABLE resumed_sessions (
    provider   text NOT NULL,
    session_id text NOT NULL,
    sealed     bytea NOT NULL,                             -- where the cut call was, readable with SECRET_KEY
    at         timestamptz NOT NULL,
    PRIMARY KEY (provider, session_id)
);
CREATE INDEX resumed_sessions_age ON resumed_sessions USING brin (at);

-- down

DROP TABLE resumed_sessions;
