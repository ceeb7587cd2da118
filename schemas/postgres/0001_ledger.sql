-- The ledger. Facts are insert-only and partitioned by UTC day on the time of the fact, which is part of each primary key so that
-- repeating a commit changes nothing. Claims, workers, dead letters and tenants may be updated and are not partitioned.
-- Money is numeric; a cost that is null is unknown, never 0.
-- Keys compare by their bytes (COLLATE "C"): faster, and the same on every server.

CREATE TABLE claims (
    tenant             text COLLATE "C" NOT NULL,
    request_id         text COLLATE "C" NOT NULL,
    run                integer     NOT NULL,
    body_hash          bytea       NOT NULL,                -- empty when a worker met the request before any router did
    state              smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),   -- 1 accepted, 2 running, 3 waiting, 4 finished
    lane               text,
    deployment         text,
    claim_id           uuid,                                -- who holds it while running, else who held it last
    worker_id          uuid,
    open_attempt_id    uuid,                                -- started and not ended
    attempts           integer     NOT NULL DEFAULT 0,      -- of this run
    attempts_total     integer     NOT NULL DEFAULT 0,
    spent_usd          numeric     NOT NULL DEFAULT 0,      -- over all runs, ambiguous attempts at their estimate
    unpriced_attempts  integer     NOT NULL DEFAULT 0,      -- attempts that spent_usd lacks
    ambiguous          boolean     NOT NULL DEFAULT false,  -- an attempt of this run started and was never heard of again
    cancel_requested   boolean     NOT NULL DEFAULT false,
    reply_to           jsonb,
    also_reply_to      jsonb,                               -- addresses of duplicates
    reason             text,                                -- why it waits
    group_id           text,
    failure            text,                                -- null when finished: completed
    reply_id           uuid,
    accepted_at        timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    finished_at        timestamptz,
    PRIMARY KEY (tenant, request_id)
) WITH (fillfactor = 40);   -- room for the later versions of a row on its page; no index below is on a column that changes

CREATE INDEX claims_group ON claims (tenant, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX claims_age ON claims USING brin (accepted_at);

CREATE TABLE workers (
    worker_id    uuid        PRIMARY KEY,
    host         text        NOT NULL,
    started_at   timestamptz NOT NULL,
    lease_ms     integer     NOT NULL,
    lease_until  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- One row for each acceptance (run 1), refusal and redrive (run 2 and up).
CREATE TABLE requests (
    tenant           text COLLATE "C" NOT NULL,
    request_id       text COLLATE "C" NOT NULL,
    run              integer     NOT NULL,
    accepted_at      timestamptz NOT NULL,
    refused          boolean     NOT NULL,
    lane             text        NOT NULL,
    operation        text        NOT NULL,
    deadline         timestamptz NOT NULL,
    task             text,
    task_confidence  double precision,
    policy           text,
    model            text,
    tier             text,
    deployment       text,
    fallbacks        jsonb,
    reason           text,
    prompt_tokens    integer     NOT NULL,
    message_bytes    integer     NOT NULL,
    max_cost_usd     numeric,
    at_most_once     boolean     NOT NULL,
    group_id         text,
    reply_queue      text,
    trace_id         text,
    PRIMARY KEY (tenant, request_id, run, accepted_at)
) PARTITION BY RANGE (accepted_at);

-- One row for each vendor call, committed before it is made.
CREATE TABLE attempts (
    tenant              text COLLATE "C" NOT NULL,
    request_id          text COLLATE "C" NOT NULL,
    run                 integer     NOT NULL,
    attempt_id          uuid        NOT NULL,
    claim_id            uuid        NOT NULL,
    worker_id           uuid        NOT NULL,
    deployment          text        NOT NULL,
    provider            text        NOT NULL,
    model               text        NOT NULL,
    started_at          timestamptz NOT NULL,
    estimated_cost_usd  numeric,
    PRIMARY KEY (tenant, request_id, run, attempt_id, started_at)
) PARTITION BY RANGE (started_at);

-- How an attempt ended. One that was called ambiguous can have its true end beside that row.
CREATE TABLE attempt_ends (
    tenant              text COLLATE "C" NOT NULL,
    request_id          text COLLATE "C" NOT NULL,
    run                 integer     NOT NULL,
    attempt_id          uuid        NOT NULL,
    status              smallint    NOT NULL CHECK (status BETWEEN 0 AND 4),  -- 1 succeeded, 2 failed, 3 ambiguous, 4 aborted
    ended_at            timestamptz NOT NULL,
    latency_us          bigint      NOT NULL,
    error               text,
    error_message       text,
    http_status         integer,
    vendor_request_id   text,
    finish_reason       text,
    input_tokens        bigint,
    cache_read_tokens   bigint,
    cache_write_tokens  bigint,
    output_tokens       bigint,
    reasoning_tokens    bigint,
    input_price_usd        numeric,   -- prices are per million tokens
    cache_read_price_usd   numeric,
    cache_write_price_usd  numeric,
    output_price_usd       numeric,
    cost_usd               numeric,
    PRIMARY KEY (tenant, request_id, run, attempt_id, status, ended_at)
) PARTITION BY RANGE (ended_at);

CREATE TABLE outcomes (
    tenant      text COLLATE "C" NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    run         integer     NOT NULL,
    settled_at  timestamptz NOT NULL,
    failure     text,                   -- null: completed
    message     text,
    reply_id    uuid        NOT NULL,
    attempts    integer     NOT NULL,   -- over all runs
    cost_usd    numeric,                -- over all runs
    PRIMARY KEY (tenant, request_id, run, settled_at)
) PARTITION BY RANGE (settled_at);

-- Apart from the other facts, so that they can be dropped earlier.
CREATE TABLE payloads (
    tenant      text COLLATE "C" NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    run         integer     NOT NULL,
    kind        smallint    NOT NULL,   -- 1 reply
    created_at  timestamptz NOT NULL,
    body        bytea       NOT NULL,
    PRIMARY KEY (tenant, request_id, run, kind, created_at)
) PARTITION BY RANGE (created_at);

CREATE TABLE requests_default PARTITION OF requests DEFAULT;
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;
CREATE TABLE attempt_ends_default PARTITION OF attempt_ends DEFAULT;
CREATE TABLE outcomes_default PARTITION OF outcomes DEFAULT;
CREATE TABLE payloads_default PARTITION OF payloads DEFAULT;

CREATE TABLE dead_letters (
    id                uuid        PRIMARY KEY,
    tenant            text COLLATE "C",
    request_id        text COLLATE "C",
    run               integer     NOT NULL,
    reason            text        NOT NULL,
    error             text        NOT NULL,
    deployment        text,
    lane              text,
    task              text,
    attempts          integer     NOT NULL,
    cost_usd          numeric,
    created_at        timestamptz NOT NULL,
    body              bytea       NOT NULL,
    source            text,
    state             text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'discarded')),
    state_changed_at  timestamptz,
    state_note        text,
    redriven_run      integer
);

CREATE INDEX dead_letters_created ON dead_letters (created_at);
CREATE INDEX dead_letters_request ON dead_letters (tenant, request_id);

CREATE TABLE tenants (
    rabbitmq_user  text        PRIMARY KEY,
    tenant         text COLLATE "C" NOT NULL,
    reply_prefix   text        NOT NULL,
    created_at     timestamptz NOT NULL
);

-- Makes the partitions of yesterday to the day that many days ahead. A day of which the default partition already holds rows stays there.
CREATE FUNCTION llm_ensure_partitions(days_ahead integer) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
    fact text;
    first_day date := (now() AT TIME ZONE 'UTC')::date - 1;
    day date;
    partition text;
    made integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7310577, 2) THEN
        RETURN 0;   -- another process is at it
    END IF;
    FOREACH fact IN ARRAY ARRAY['requests', 'attempts', 'attempt_ends', 'outcomes', 'payloads'] LOOP
        FOR ahead IN 0 .. days_ahead + 1 LOOP
            day := first_day + ahead;
            partition := fact || '_' || to_char(day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(partition) IS NOT NULL;
            BEGIN
                -- Attached and not created in place: that lets writers of the other partitions go on.
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, fact);
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    fact, partition, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$body$;

SELECT llm_ensure_partitions(7);

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
