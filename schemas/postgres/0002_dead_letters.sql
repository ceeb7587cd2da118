-- What a redrive needs to know of a dead letter, and what operators did with it.

ALTER TABLE dead_letters
    ADD COLUMN model         text,          -- of the deployment at which it failed
    ADD COLUMN content_type  text,          -- of a message without a run
    ADD COLUMN reply_to      text,          -- JSON; where a message without a run is answered
    ADD COLUMN sent_at       timestamptz;   -- RabbitMQ has confirmed what its redrive sent

UPDATE dead_letters d SET model = (
    SELECT r.model FROM requests r
    WHERE r.tenant = d.tenant AND r.request_id = d.request_id AND r.run = d.run
    ORDER BY r.accepted_at DESC LIMIT 1)
WHERE d.run > 0;

UPDATE dead_letters SET sent_at = state_changed_at WHERE state = 'redriven';

-- What waits for an operator: open, or redriven by somebody who did not get as far as sending.
CREATE INDEX dead_letters_pending ON dead_letters (created_at, id) WHERE state <> 'discarded' AND sent_at IS NULL;

CREATE TABLE dead_letter_actions (
    letter_id  uuid        NOT NULL REFERENCES dead_letters (id) ON DELETE CASCADE,
    number     integer     NOT NULL,   -- 1 for the first
    action     text        NOT NULL CHECK (action IN ('redriven', 'discarded', 'returned')),
    at         timestamptz NOT NULL,
    by_whom    text,                   -- null: the broker itself
    run        integer,                -- that a redrive opened
    edits      text,                   -- JSON; null: sent as it was
    route      text,                   -- JSON, of a redrive that opened a run
    note       text,
    PRIMARY KEY (letter_id, number)
);

-- Ambiguous attempts are few among many.
CREATE INDEX attempt_ends_ambiguous ON attempt_ends (tenant, request_id) WHERE status = 3;
