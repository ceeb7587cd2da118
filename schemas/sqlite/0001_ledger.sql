-- The ledger, table by table and column by column as in Postgres, without partitions.
-- Money is decimal text: exact, where NUMERIC here would be a float. Sum it with usd_sum(), which the broker registers.
-- Times are ISO 8601 text in UTC, which sorts by time.

CREATE TABLE claims (
    tenant             TEXT        NOT NULL,
    request_id         TEXT        NOT NULL,
    run                INTEGER     NOT NULL,
    body_hash          BLOB        NOT NULL,                -- empty when a worker met the request before any router did
    state              INTEGER     NOT NULL CHECK (state BETWEEN 1 AND 4),   -- 1 accepted, 2 running, 3 waiting, 4 finished
    lane               TEXT,
    deployment         TEXT,
    claim_id           TEXT,                                -- who holds it while running, else who held it last
    worker_id          TEXT,
    open_attempt_id    TEXT,                                -- started and not ended
    attempts           INTEGER     NOT NULL DEFAULT 0,      -- of this run
    attempts_total     INTEGER     NOT NULL DEFAULT 0,
    spent_usd          TEXT        NOT NULL DEFAULT '0.0',     -- over all runs, ambiguous attempts at their estimate
    unpriced_attempts  INTEGER     NOT NULL DEFAULT 0,      -- attempts that spent_usd lacks
    ambiguous          INTEGER     NOT NULL DEFAULT 0,  -- an attempt of this run started and was never heard of again
    cancel_requested   INTEGER     NOT NULL DEFAULT 0,
    reply_to           TEXT,
    also_reply_to      TEXT,                               -- addresses of duplicates
    reason             TEXT,                                -- why it waits
    group_id           TEXT,
    failure            TEXT,                                -- null when finished: completed
    reply_id           TEXT,
    accepted_at        TEXT        NOT NULL,
    updated_at         TEXT        NOT NULL,
    finished_at        TEXT,
    PRIMARY KEY (tenant, request_id)
) WITHOUT ROWID;

CREATE INDEX claims_group ON claims (tenant, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX claims_age ON claims (accepted_at);

CREATE TABLE workers (
    worker_id    TEXT        PRIMARY KEY,
    host         TEXT        NOT NULL,
    started_at   TEXT        NOT NULL,
    lease_ms     INTEGER     NOT NULL,
    lease_until  TEXT        NOT NULL
) WITHOUT ROWID;

-- One row for each acceptance (run 1), refusal and redrive (run 2 and up).
CREATE TABLE requests (
    tenant           TEXT        NOT NULL,
    request_id       TEXT        NOT NULL,
    run              INTEGER     NOT NULL,
    accepted_at      TEXT        NOT NULL,
    refused          INTEGER     NOT NULL,
    lane             TEXT        NOT NULL,
    operation        TEXT        NOT NULL,
    deadline         TEXT        NOT NULL,
    task             TEXT,
    task_confidence  REAL,
    policy           TEXT,
    model            TEXT,
    tier             TEXT,
    deployment       TEXT,
    fallbacks        TEXT,
    reason           TEXT,
    prompt_tokens    INTEGER     NOT NULL,
    message_bytes    INTEGER     NOT NULL,
    max_cost_usd     TEXT,
    at_most_once     INTEGER     NOT NULL,
    group_id         TEXT,
    reply_queue      TEXT,
    trace_id         TEXT,
    PRIMARY KEY (tenant, request_id, run, accepted_at)
) WITHOUT ROWID;

-- One row for each vendor call, committed before it is made.
CREATE TABLE attempts (
    tenant              TEXT        NOT NULL,
    request_id          TEXT        NOT NULL,
    run                 INTEGER     NOT NULL,
    attempt_id          TEXT        NOT NULL,
    claim_id            TEXT        NOT NULL,
    worker_id           TEXT        NOT NULL,
    deployment          TEXT        NOT NULL,
    provider            TEXT        NOT NULL,
    model               TEXT        NOT NULL,
    started_at          TEXT        NOT NULL,
    estimated_cost_usd  TEXT,
    PRIMARY KEY (tenant, request_id, run, attempt_id, started_at)
) WITHOUT ROWID;

-- How an attempt ended. One that was called ambiguous can have its true end beside that row.
CREATE TABLE attempt_ends (
    tenant              TEXT        NOT NULL,
    request_id          TEXT        NOT NULL,
    run                 INTEGER     NOT NULL,
    attempt_id          TEXT        NOT NULL,
    status              INTEGER     NOT NULL CHECK (status BETWEEN 0 AND 4),  -- 1 succeeded, 2 failed, 3 ambiguous, 4 aborted
    ended_at            TEXT        NOT NULL,
    latency_us          INTEGER     NOT NULL,
    error               TEXT,
    error_message       TEXT,
    http_status         INTEGER,
    vendor_request_id   TEXT,
    finish_reason       TEXT,
    input_tokens        INTEGER,
    cache_read_tokens   INTEGER,
    cache_write_tokens  INTEGER,
    output_tokens       INTEGER,
    reasoning_tokens    INTEGER,
    input_price_usd        TEXT,   -- prices are per million tokens
    cache_read_price_usd   TEXT,
    cache_write_price_usd  TEXT,
    output_price_usd       TEXT,
    cost_usd               TEXT,
    PRIMARY KEY (tenant, request_id, run, attempt_id, status, ended_at)
) WITHOUT ROWID;

CREATE TABLE outcomes (
    tenant      TEXT        NOT NULL,
    request_id  TEXT        NOT NULL,
    run         INTEGER     NOT NULL,
    settled_at  TEXT        NOT NULL,
    failure     TEXT,                   -- null: completed
    message     TEXT,
    reply_id    TEXT        NOT NULL,
    attempts    INTEGER     NOT NULL,   -- over all runs
    cost_usd    TEXT,                -- over all runs
    PRIMARY KEY (tenant, request_id, run, settled_at)
) WITHOUT ROWID;

-- Apart from the other facts, so that they can be dropped earlier.
CREATE TABLE payloads (
    tenant      TEXT        NOT NULL,
    request_id  TEXT        NOT NULL,
    run         INTEGER     NOT NULL,
    kind        INTEGER     NOT NULL,   -- 1 reply
    created_at  TEXT        NOT NULL,
    body        BLOB        NOT NULL,
    PRIMARY KEY (tenant, request_id, run, kind, created_at)
);

CREATE TABLE dead_letters (
    id                TEXT        PRIMARY KEY,
    tenant            TEXT,
    request_id        TEXT,
    run               INTEGER     NOT NULL,
    reason            TEXT        NOT NULL,
    error             TEXT        NOT NULL,
    deployment        TEXT,
    lane              TEXT,
    task              TEXT,
    attempts          INTEGER     NOT NULL,
    cost_usd          TEXT,
    created_at        TEXT        NOT NULL,
    body              BLOB        NOT NULL,
    source            TEXT,
    state             TEXT        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'discarded')),
    state_changed_at  TEXT,
    state_note        TEXT,
    redriven_run      INTEGER
);

CREATE INDEX dead_letters_created ON dead_letters (created_at);
CREATE INDEX dead_letters_request ON dead_letters (tenant, request_id);

CREATE TABLE tenants (
    rabbitmq_user  TEXT        PRIMARY KEY,
    tenant         TEXT        NOT NULL,
    reply_prefix   TEXT        NOT NULL,
    created_at     TEXT        NOT NULL
);

-- One row for each attempt with the end that counts: the true one where an attempt was called ambiguous and then heard of.
-- A run has one row in requests as long as claims are kept for longer than those rows.
CREATE VIEW usage AS
SELECT
    a.tenant, a.request_id, a.run, a.attempt_id, a.deployment, a.provider, a.model, a.started_at, a.estimated_cost_usd,
    r.lane, r.operation, r.task, r.policy, r.tier, r.group_id, r.trace_id, r.accepted_at,
    e.status, e.ended_at, e.latency_us, e.error, e.http_status, e.vendor_request_id, e.finish_reason,
    e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.cost_usd
FROM attempts a
LEFT JOIN attempt_ends e
    ON e.tenant = a.tenant AND e.request_id = a.request_id AND e.run = a.run AND e.attempt_id = a.attempt_id
    AND (e.status <> 3 OR NOT EXISTS (
        SELECT 1 FROM attempt_ends t
        WHERE t.tenant = a.tenant AND t.request_id = a.request_id AND t.run = a.run AND t.attempt_id = a.attempt_id AND t.status <> 3))
LEFT JOIN requests r ON r.tenant = a.tenant AND r.request_id = a.request_id AND r.run = a.run;
