-- What the dropping of old data needs.

COMMENT ON COLUMN payloads.kind IS '1 reply, 2 request body';

-- Claims are pruned oldest first, in batches: that takes an order, which a BRIN index does not give. The column never changes.
DROP INDEX claims_age;
CREATE INDEX claims_accepted ON claims (accepted_at);

-- Once a claim was pruned its id may be used again, by a request with rows of its own. An attempt belongs to that one whose time it falls
-- into: none starts after the deadline, and claims are kept beyond it. The hour is for clocks that differ and calls that are under way.
CREATE OR REPLACE VIEW usage AS
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
LEFT JOIN requests r
    ON r.tenant = a.tenant AND r.request_id = a.request_id AND r.run = a.run
    AND r.accepted_at <= a.started_at + interval '1 hour' AND r.deadline >= a.started_at - interval '1 hour';
