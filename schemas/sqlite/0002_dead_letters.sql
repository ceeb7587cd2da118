-- What a redrive needs to know of a dead letter, and what operators did with it.

ALTER TABLE dead_letters ADD COLUMN model TEXT;          -- of the deployment at which it failed
ALTER TABLE dead_letters ADD COLUMN content_type TEXT;   -- of a message without a run
ALTER TABLE dead_letters ADD COLUMN reply_to TEXT;       -- JSON; where a message without a run is answered
ALTER TABLE dead_letters ADD COLUMN sent_at TEXT;        -- the queue has confirmed what its redrive sent

UPDATE dead_letters SET model = (
    SELECT r.model FROM requests r
    WHERE r.tenant = dead_letters.tenant AND r.request_id = dead_letters.request_id AND r.run = dead_letters.run
    ORDER BY r.accepted_at DESC LIMIT 1)
WHERE run > 0;

UPDATE dead_letters SET sent_at = state_changed_at WHERE state = 'redriven';

-- What waits for an operator: open, or redriven by somebody who did not get as far as sending.
CREATE INDEX dead_letters_pending ON dead_letters (created_at, id) WHERE state <> 'discarded' AND sent_at IS NULL;

CREATE TABLE dead_letter_actions (
    letter_id  TEXT        NOT NULL REFERENCES dead_letters (id) ON DELETE CASCADE,
    number     INTEGER     NOT NULL,   -- 1 for the first
    action     TEXT        NOT NULL CHECK (action IN ('redriven', 'discarded', 'returned')),
    at         TEXT        NOT NULL,
    by_whom    TEXT,                   -- null: the broker itself
    run        INTEGER,                -- that a redrive opened
    edits      TEXT,                   -- JSON; null: sent as it was
    route      TEXT,                   -- JSON, of a redrive that opened a run
    note       TEXT,
    PRIMARY KEY (letter_id, number)
) WITHOUT ROWID;

-- Ambiguous attempts are few among many.
CREATE INDEX attempt_ends_ambiguous ON attempt_ends (tenant, request_id) WHERE status = 3;
