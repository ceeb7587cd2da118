using LlmBroker.DeadLetters;
using Npgsql;
using NpgsqlTypes;

namespace LlmBroker.Ledger;

/// <summary>The writing statements of a group commit in Postgres. Facts that are there already stay as they are.</summary>
internal static class PostgresFacts
{
    private const string Claims = """
        INSERT INTO claims (
            tenant, request_id, run, body_hash, state, lane, deployment, claim_id, worker_id, open_attempt_id, attempts, attempts_total,
            spent_usd, unpriced_attempts, reply_to, group_id, failure, reply_id, accepted_at, updated_at, finished_at, deadline)
        SELECT
            tenant, request_id, run, body_hash, state, lane, deployment, claim_id, worker_id, open_attempt_id, attempts, attempts_total,
            spent_usd, unpriced_attempts, CAST(reply_to AS jsonb), group_id, failure, reply_id, accepted_at, accepted_at, finished_at, deadline
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) AS r (
            tenant, request_id, run, body_hash, state, lane, deployment, claim_id, worker_id, open_attempt_id, attempts, attempts_total,
            spent_usd, unpriced_attempts, reply_to, group_id, failure, reply_id, accepted_at, finished_at, deadline)
        """;

    private const string Newcomers = $"""
        {Claims}
        ON CONFLICT DO NOTHING
        RETURNING tenant, request_id, ctid
        """;

    private const string UpdateClaims = """
        UPDATE claims c SET
            run = r.run, state = r.state, deployment = r.deployment, claim_id = r.claim_id, worker_id = r.worker_id,
            open_attempt_id = r.open_attempt_id, attempts = r.attempts, attempts_total = r.attempts_total, spent_usd = r.spent_usd,
            unpriced_attempts = r.unpriced_attempts, ambiguous = r.ambiguous, cancel_requested = r.cancel_requested,
            also_reply_to = CAST(r.also_reply_to AS jsonb), reason = r.reason, failure = r.failure, reply_id = r.reply_id,
            finished_at = r.finished_at, updated_at = $22
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, CAST($21 AS tid[])) WITH ORDINALITY AS r (
            tenant, request_id, run, state, deployment, claim_id, worker_id, open_attempt_id, attempts, attempts_total, spent_usd,
            unpriced_attempts, ambiguous, cancel_requested, also_reply_to, reason, failure, reply_id, finished_at, version, place, number)
        WHERE c.ctid = r.place AND c.xmin = r.version AND c.tenant = r.tenant AND c.request_id = r.request_id
        RETURNING r.number, c.ctid
        """;

    private const string Requests = """
        INSERT INTO requests (
            tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
            fallbacks, reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id,
            gain, source_language, target_language, arm, cheap_model, large_model, decision)
        SELECT
            tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
            CAST(fallbacks AS jsonb), reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id,
            gain, source_language, target_language, arm, cheap_model, large_model, CAST(decision AS jsonb)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $29, $30) AS r (
            tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
            fallbacks, reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id,
            gain, source_language, target_language, arm, cheap_model, large_model, decision)
        """;

    private const string Attempts = """
        INSERT INTO attempts (
            tenant, request_id, run, attempt_id, claim_id, worker_id, deployment, provider, model, started_at, estimated_cost_usd, purpose)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private const string AttemptEnds = """
        INSERT INTO attempt_ends (
            tenant, request_id, run, attempt_id, status, ended_at, latency_us, error, error_message, http_status, vendor_request_id,
            finish_reason, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
            input_price_usd, cache_read_price_usd, cache_write_price_usd, output_price_usd, cost_usd, provider_key,
            verdict, verdict_reason)
        SELECT * FROM unnest(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
        """;

    private const string Outcomes = """
        INSERT INTO outcomes (tenant, request_id, run, settled_at, failure, message, reply_id, attempts, cost_usd, cheap_cost_usd, large_cost_usd)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string Payloads = """
        INSERT INTO payloads (tenant, request_id, run, kind, created_at, body)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        """;

    /// <summary>
    /// Looks into the index once more for each row. Since a claim that is repeated writes no fact, that is asked for only after a collision.
    /// </summary>
    private const string Tolerant = "\nON CONFLICT DO NOTHING";

    private const string DeadLetters = """
        INSERT INTO dead_letters (
            id, tenant, request_id, run, reason, error, deployment, model, lane, task, attempts, cost_usd, created_at, body, source)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT DO NOTHING
        """;

    private const string DropReplies = """
        DELETE FROM payloads p
        USING unnest($1, $2, $3, $4) AS k (tenant, request_id, run, created_at)
        WHERE p.tenant = k.tenant AND p.request_id = k.request_id AND p.run = k.run AND p.kind = 1 AND p.created_at = k.created_at
        """;

    // A duplicate that came before a worker stored its own copy, later than the claim.
    private const string DropRequestBodies = """
        DELETE FROM payloads p
        USING unnest($1, $2, $3) AS k (tenant, request_id, accepted_at)
        WHERE p.tenant = k.tenant AND p.request_id = k.request_id AND p.kind IN (2, 3) AND p.created_at >= k.accepted_at
        """;

    public static NpgsqlBatchCommand InsertNewcomers(IReadOnlyList<Claim> claims) => InsertClaims(Newcomers, claims);

    /// <summary>What is inserted and is no fact.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Inserts(LedgerChanges changes)
    {
        if (changes.NewClaims.Count > 0)
            yield return InsertClaims(Claims, changes.NewClaims);
        if (changes.DeadLetters.Count > 0)
            yield return Insert(changes.DeadLetters);
    }

    public static IEnumerable<IPostgresRows> Facts(LedgerChanges changes, bool isTolerant)
    {
        if (changes.Requests.Count > 0)
            yield return Rows(Sql(Requests), changes.Requests);
        if (changes.Attempts.Count > 0)
            yield return Rows(Sql(Attempts), changes.Attempts);
        if (changes.AttemptEnds.Count > 0)
            yield return Rows(Sql(AttemptEnds), changes.AttemptEnds);
        if (changes.Outcomes.Count > 0)
            yield return Rows(Sql(Outcomes), changes.Outcomes);
        if (changes.Outcomes.Count + changes.RequestBodies.Count > 0)
            yield return Rows(Sql(Payloads), [.. changes.Outcomes.Select(PayloadFact.Of), .. changes.RequestBodies]);

        string Sql(string insert) => isTolerant ? insert + Tolerant : insert;
    }

    public static IEnumerable<NpgsqlBatchCommand> Deletes(LedgerChanges changes)
    {
        if (changes.DroppedPayloads.Count == 0)
            yield break;

        yield return new PostgresColumns<Claim>(DropReplies, changes.DroppedPayloads)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Add(claim => claim.Run)
            .Time(claim => claim.FinishedAt.GetValueOrDefault())
            .Command;
        yield return new PostgresColumns<Claim>(DropRequestBodies, changes.DroppedPayloads)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Time(claim => claim.AcceptedAt)
            .Command;
    }

    /// <summary>
    /// Writes those claims that are still the version that was read, found by their place: what was written since is elsewhere. Returns the
    /// number of each that it wrote, from 1, and its new place.
    /// </summary>
    public static NpgsqlBatchCommand Update(
        IReadOnlyList<Claim> claims, Dictionary<ClaimKey, (uint Version, NpgsqlTid Place)> versions, DateTimeOffset now)
    {
        var command = new PostgresColumns<Claim>(UpdateClaims, claims)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Add(claim => claim.Run)
            .Add(claim => (short)claim.State)
            .Text(claim => claim.Deployment)
            .Add(claim => claim.ClaimId)
            .Add(claim => claim.WorkerId)
            .Add(claim => claim.OpenAttemptId)
            .Add(claim => claim.Attempts)
            .Add(claim => claim.AttemptsTotal)
            .Add(claim => claim.SpentUsd)
            .Add(claim => claim.UnpricedAttempts)
            .Add(claim => claim.Ambiguous)
            .Add(claim => claim.CancelRequested)
            .Add(claim => ClaimRow.WriteAddresses(claim.AlsoReplyTo))
            .Text(claim => claim.Reason)
            .Add(claim => claim.Failure?.ToString())
            .Add(claim => claim.ReplyId)
            .Add(claim => claim.FinishedAt?.ToUniversalTime())
            .Command;
        command.Parameters.Add(new NpgsqlParameter<uint[]>
        {
            TypedValue = [.. claims.Select(claim => versions[claim.Key].Version)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid,
        });
        // As text: the client knows places one by one only.
        command.Parameters.Add(new NpgsqlParameter<string>
        {
            TypedValue = $"{{{string.Join(',', claims.Select(claim => $"\"{versions[claim.Key].Place}\""))}}}",
            NpgsqlDbType = NpgsqlDbType.Unknown,
        });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() });
        return command;
    }

    private static NpgsqlBatchCommand InsertClaims(string sql, IReadOnlyList<Claim> claims) => new PostgresColumns<Claim>(sql, claims)
        .Add(claim => claim.Key.Tenant)
        .Add(claim => claim.Key.RequestId)
        .Add(claim => claim.Run)
        .Add(claim => claim.BodyHash)
        .Add(claim => (short)claim.State)
        .Text(claim => claim.Lane)
        .Text(claim => claim.Deployment)
        .Add(claim => claim.ClaimId)
        .Add(claim => claim.WorkerId)
        .Add(claim => claim.OpenAttemptId)
        .Add(claim => claim.Attempts)
        .Add(claim => claim.AttemptsTotal)
        .Add(claim => claim.SpentUsd)
        .Add(claim => claim.UnpricedAttempts)
        .Add(claim => ClaimRow.WriteAddress(claim.ReplyTo))
        .Text(claim => claim.GroupId)
        .Add(claim => claim.Failure?.ToString())
        .Add(claim => claim.ReplyId)
        .Time(claim => claim.AcceptedAt)
        .Add(claim => claim.FinishedAt?.ToUniversalTime())
        .Add(claim => claim.Deadline?.ToUniversalTime())
        .Command;

    private static PostgresColumns<RequestFact> Rows(string sql, IReadOnlyList<RequestFact> requests) => new PostgresColumns<RequestFact>(sql, requests)
        .Text(fact => fact.Acceptance.Key.Tenant)
        .Text(fact => fact.Acceptance.Key.RequestId)
        .Add(fact => fact.Acceptance.Key.Run)
        .Time(fact => fact.Acceptance.AcceptedAt)
        .Add(fact => fact.Refused)
        .Text(fact => fact.Acceptance.Lane)
        .Text(fact => fact.Acceptance.Operation)
        .Time(fact => fact.Acceptance.Deadline)
        .Text(fact => fact.Acceptance.Route?.Task)
        .Add(fact => fact.Acceptance.Route?.TaskConfidence)
        .Text(fact => fact.Acceptance.Route?.Policy)
        .Text(fact => fact.Acceptance.Route?.Model)
        .Text(fact => fact.Acceptance.Route?.Tier)
        .Text(fact => fact.Acceptance.Route?.Deployment)
        .Json(fact => RequestRow.WriteFallbacks(fact.Acceptance.Route))
        .Text(fact => fact.Acceptance.Route?.Reason)
        .Add(fact => fact.Acceptance.PromptTokens)
        .Add(fact => fact.Acceptance.MessageBytes)
        .Add(fact => fact.Acceptance.MaxCostUsd)
        .Add(fact => fact.Acceptance.AtMostOnce)
        .Text(fact => fact.Acceptance.GroupId)
        .Text(fact => fact.Acceptance.ReplyTo?.Queue)
        .Text(fact => fact.Acceptance.TraceId)
        .Add(fact => fact.Acceptance.Route?.Gain)
        .Text(fact => fact.Acceptance.Route?.SourceLanguage)
        .Text(fact => fact.Acceptance.Route?.TargetLanguage)
        .Text(fact => fact.Acceptance.Route?.Arm)
        .Text(fact => fact.Acceptance.Route?.CheapModel)
        .Text(fact => fact.Acceptance.Route?.LargeModel)
        .Json(fact => RequestRow.WriteDecision(fact.Acceptance));

    private static PostgresColumns<AttemptStart> Rows(string sql, IReadOnlyList<AttemptStart> attempts) => new PostgresColumns<AttemptStart>(sql, attempts)
        .Text(start => start.Key.Tenant)
        .Text(start => start.Key.RequestId)
        .Add(start => start.Key.Run)
        .Add(start => start.AttemptId)
        .Add(start => start.ClaimId)
        .Add(start => start.WorkerId)
        .Text(start => start.Deployment)
        .Text(start => start.Provider)
        .Text(start => start.Model)
        .Time(start => start.StartedAt)
        .Add(start => start.EstimatedCostUsd)
        .Text(start => start.Purpose);

    private static PostgresColumns<AttemptEnd> Rows(string sql, IReadOnlyList<AttemptEnd> ends) => new PostgresColumns<AttemptEnd>(sql, ends)
        .Text(end => end.Key.Tenant)
        .Text(end => end.Key.RequestId)
        .Add(end => end.Key.Run)
        .Add(end => end.AttemptId)
        .Add(end => (short)end.Status)
        .Time(end => end.EndedAt)
        .Add(end => (long)end.Latency.TotalMicroseconds)
        .Text(end => end.Error)
        .Text(end => end.ErrorMessage)
        .Add(end => end.HttpStatus)
        .Text(end => end.VendorRequestId)
        .Text(end => end.FinishReason)
        .Add(end => end.Usage?.InputTokens)
        .Add(end => end.Usage?.CacheReadTokens)
        .Add(end => end.Usage?.CacheWriteTokens)
        .Add(end => end.Usage?.OutputTokens)
        .Add(end => end.Usage?.ReasoningTokens)
        .Add(end => end.Price?.Input)
        .Add(end => end.Price?.CacheRead)
        .Add(end => end.Price?.CacheWrite)
        .Add(end => end.Price?.Output)
        .Add(end => end.CostUsd)
        .Text(end => end.ProviderKey)
        .Text(end => end.Verdict)
        .Text(end => end.VerdictReason);

    private static PostgresColumns<OutcomeFact> Rows(string sql, IReadOnlyList<OutcomeFact> outcomes) => new PostgresColumns<OutcomeFact>(sql, outcomes)
        .Text(fact => fact.Key.Tenant)
        .Text(fact => fact.Key.RequestId)
        .Add(fact => fact.Key.Run)
        .Time(fact => fact.Outcome.SettledAt)
        .Add(fact => fact.Outcome.Failure?.ToString())
        .Text(fact => fact.Outcome.Message)
        .Add(fact => fact.Outcome.ReplyId)
        .Add(fact => fact.Attempts)
        .Add(fact => fact.CostUsd)
        .Add(fact => fact.Outcome.CheapCostUsd)
        .Add(fact => fact.Outcome.LargeCostUsd);

    private static PostgresColumns<PayloadFact> Rows(string sql, IReadOnlyList<PayloadFact> payloads) => new PostgresColumns<PayloadFact>(sql, payloads)
        .Text(fact => fact.Key.Tenant)
        .Text(fact => fact.Key.RequestId)
        .Add(fact => fact.Key.Run)
        .Add(fact => (short)fact.Kind)
        .Time(fact => fact.CreatedAt)
        .Add(fact => fact.Body);

    private static NpgsqlBatchCommand Insert(IReadOnlyList<DeadLetter> letters) => new PostgresColumns<DeadLetter>(DeadLetters, letters)
        .Add(letter => letter.Id)
        .Text(letter => letter.Tenant)
        .Text(letter => letter.RequestId)
        .Add(letter => letter.Run)
        .Add(letter => letter.Reason.ToString())
        .Text(letter => letter.Error)
        .Text(letter => letter.Deployment)
        .Text(letter => letter.Model)
        .Text(letter => letter.Lane)
        .Text(letter => letter.Task)
        .Add(letter => letter.Attempts)
        .Add(letter => letter.CostUsd)
        .Time(letter => letter.CreatedAt)
        .Add(letter => letter.Body)
        .Text(letter => letter.Source)
        .Command;
}
