-- What the router decided and on what, which model answered what for how much, and what its answer was found to be worth.

ALTER TABLE requests ADD COLUMN gain double precision;          -- what the large model was expected to do better, 0 to 1
ALTER TABLE requests ADD COLUMN source_language text;           -- of a translation, ISO 639-1
ALTER TABLE requests ADD COLUMN target_language text;
ALTER TABLE requests ADD COLUMN arm text;                       -- drawn by lot to measure the policy: 'cheap' or 'large'; null: decided
ALTER TABLE requests ADD COLUMN cheap_model text;               -- the two that the policy chose between; null: no choice
ALTER TABLE requests ADD COLUMN large_model text;
ALTER TABLE requests ADD COLUMN decision jsonb;                 -- features, scores, candidates and why each was dropped

ALTER TABLE attempts ADD COLUMN purpose text;                   -- null: to answer the request; 'judge': to judge an answer

-- The answer of a cheap model under a cascade: 'accepted' or 'rejected', by whom and why.
ALTER TABLE attempt_ends ADD COLUMN verdict text;
ALTER TABLE attempt_ends ADD COLUMN verdict_reason text;

-- What the answer's tokens cost on either of the policy's two models at the prices of the day; null: unknown, or no choice.
ALTER TABLE outcomes ADD COLUMN cheap_cost_usd numeric;
ALTER TABLE outcomes ADD COLUMN large_cost_usd numeric;

CREATE OR REPLACE VIEW usage AS
SELECT
    a.tenant, a.request_id, a.run, a.attempt_id, a.deployment, a.provider, a.model, a.started_at, a.estimated_cost_usd,
    r.lane, r.operation, r.task, r.policy, r.tier, r.group_id, r.trace_id, r.accepted_at,
    e.status, e.ended_at, e.latency_us, e.error, e.http_status, e.vendor_request_id, e.finish_reason,
    e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.cost_usd,
    a.purpose, e.verdict
FROM attempts a
LEFT JOIN attempt_ends e
    ON e.tenant = a.tenant AND e.request_id = a.request_id AND e.run = a.run AND e.attempt_id = a.attempt_id
    AND (e.status <> 3 OR NOT EXISTS (
        SELECT 1 FROM attempt_ends t
        WHERE t.tenant = a.tenant AND t.request_id = a.request_id AND t.run = a.run AND t.attempt_id = a.attempt_id AND t.status <> 3))
LEFT JOIN requests r
    ON r.tenant = a.tenant AND r.request_id = a.request_id AND r.run = a.run
    AND r.accepted_at <= a.started_at + interval '1 hour' AND r.deadline >= a.started_at - interval '1 hour';
