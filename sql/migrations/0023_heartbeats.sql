-- Why: health must know that a write works, not only that the server answers: a standby and a full disk answer, too.
-- Locks: none. Order: before the code.

-- up

CREATE TABLE heartbeats (
    id smallint PRIMARY KEY CHECK (id = 1),  -- one row, which every process updates at most once a second
    beaten_at timestamptz NOT NULL
);

-- down

DROP TABLE heartbeats;
