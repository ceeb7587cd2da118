-- What people and tests said about answers. Insert-only. Of what one source says about one run, the latest counts.
-- Payloads are of kind 1 (reply), 2 (request body) and 3 (hashed features of the prompt).

CREATE TABLE feedback (
    tenant      TEXT        NOT NULL,
    request_id  TEXT        NOT NULL,
    run         INTEGER     NOT NULL,
    source      TEXT        NOT NULL,        -- who judges: 'user', or the producer's word
    given_at    TEXT        NOT NULL,        -- when a router took it
    message_id  TEXT        NOT NULL,        -- the same for each delivery of one message
    verdict     TEXT CHECK (verdict IN ('accepted', 'rejected')),
    score       REAL CHECK (score BETWEEN 0 AND 1),
    comment     TEXT,
    CHECK (verdict IS NOT NULL OR score IS NOT NULL),
    PRIMARY KEY (tenant, request_id, run, source, given_at, message_id)
) WITHOUT ROWID;

CREATE INDEX feedback_given ON feedback (given_at);
