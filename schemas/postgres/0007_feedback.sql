-- What people and tests said about answers. Insert-only, partitioned by day like the other facts. Of what one source says about one run,
-- the latest counts.

CREATE TABLE feedback (
    tenant      text COLLATE "C" NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    run         integer     NOT NULL,
    source      text COLLATE "C" NOT NULL,   -- who judges: 'user', or the producer's word
    given_at    timestamptz NOT NULL,        -- when a router took it
    message_id  text COLLATE "C" NOT NULL,   -- the same for each delivery of one message
    verdict     text CHECK (verdict IN ('accepted', 'rejected')),
    score       double precision CHECK (score BETWEEN 0 AND 1),
    comment     text,
    CHECK (verdict IS NOT NULL OR score IS NOT NULL),
    PRIMARY KEY (tenant, request_id, run, source, given_at, message_id)
) PARTITION BY RANGE (given_at);

CREATE TABLE feedback_default PARTITION OF feedback DEFAULT;

-- As before, with one fact more.
CREATE OR REPLACE FUNCTION llm_ensure_partitions(days_ahead integer) RETURNS integer LANGUAGE plpgsql AS $body$
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
    FOREACH fact IN ARRAY ARRAY['requests', 'attempts', 'attempt_ends', 'outcomes', 'payloads', 'feedback'] LOOP
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

COMMENT ON COLUMN payloads.kind IS '1 reply, 2 request body, 3 hashed features of the prompt';
