using System.Data.Common;
using Dapper;
using LlmBroker.DeadLetters;
using Microsoft.Data.Sqlite;

namespace LlmBroker.Ledger;

/// <summary>A group commit in SQLite, row by row; nobody else writes while it runs.</summary>
internal sealed class SqliteLedgerTransaction(SqliteConnection connection, SqliteTransaction transaction) : ILedgerTransaction
{
    private const string InsertClaim = """
        INSERT INTO claims (
            tenant, request_id, run, body_hash, state, lane, deployment, claim_id, worker_id, open_attempt_id, attempts, attempts_total,
            spent_usd, unpriced_attempts, reply_to, group_id, failure, reply_id, accepted_at, updated_at, finished_at, deadline)
        VALUES (
            @Tenant, @RequestId, @Run, @BodyHash, @State, @Lane, @Deployment, @ClaimId, @WorkerId, @OpenAttemptId, @Attempts, @AttemptsTotal,
            @SpentUsd, @UnpricedAttempts, @ReplyTo, @GroupId, @Failure, @ReplyId, @AcceptedAt, @UpdatedAt, @FinishedAt, @Deadline)
        ON CONFLICT DO NOTHING
        """;

    private const string UpdateClaim = """
        UPDATE claims SET
            run = @Run, state = @State, deployment = @Deployment, claim_id = @ClaimId, worker_id = @WorkerId,
            open_attempt_id = @OpenAttemptId, attempts = @Attempts, attempts_total = @AttemptsTotal, spent_usd = @SpentUsd,
            unpriced_attempts = @UnpricedAttempts, ambiguous = @Ambiguous, cancel_requested = @CancelRequested,
            also_reply_to = @AlsoReplyTo, reason = @Reason, failure = @Failure, reply_id = @ReplyId,
            finished_at = @FinishedAt, updated_at = @UpdatedAt
        WHERE tenant = @Tenant AND request_id = @RequestId
        """;

    private const string InsertRequest = """
        INSERT INTO requests (
            tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
            fallbacks, reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id,
            gain, source_language, target_language, arm, cheap_model, large_model, decision)
        VALUES (
            @Tenant, @RequestId, @Run, @AcceptedAt, @Refused, @Lane, @Operation, @Deadline, @Task, @TaskConfidence, @Policy, @Model, @Tier,
            @Deployment, @Fallbacks, @Reason, @PromptTokens, @MessageBytes, @MaxCostUsd, @AtMostOnce, @GroupId, @ReplyQueue, @TraceId,
            @Gain, @SourceLanguage, @TargetLanguage, @Arm, @CheapModel, @LargeModel, @Decision)
        ON CONFLICT DO NOTHING
        """;

    private const string InsertAttempt = """
        INSERT INTO attempts (
            tenant, request_id, run, attempt_id, claim_id, worker_id, deployment, provider, model, started_at, estimated_cost_usd, purpose)
        VALUES (
            @Tenant, @RequestId, @Run, @AttemptId, @ClaimId, @WorkerId, @Deployment, @Provider, @Model, @StartedAt, @EstimatedCostUsd,
            @Purpose)
        ON CONFLICT DO NOTHING
        """;

    private const string InsertAttemptEnd = """
        INSERT INTO attempt_ends (
            tenant, request_id, run, attempt_id, status, ended_at, latency_us, error, error_message, http_status, vendor_request_id,
            finish_reason, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
            input_price_usd, cache_read_price_usd, cache_write_price_usd, output_price_usd, cost_usd, provider_key,
            verdict, verdict_reason)
        VALUES (
            @Tenant, @RequestId, @Run, @AttemptId, @Status, @EndedAt, @LatencyUs, @Error, @ErrorMessage, @HttpStatus, @VendorRequestId,
            @FinishReason, @InputTokens, @CacheReadTokens, @CacheWriteTokens, @OutputTokens, @ReasoningTokens,
            @InputPriceUsd, @CacheReadPriceUsd, @CacheWritePriceUsd, @OutputPriceUsd, @CostUsd, @ProviderKey,
            @Verdict, @VerdictReason)
        ON CONFLICT DO NOTHING
        """;

    private const string InsertOutcome = """
        INSERT INTO outcomes (tenant, request_id, run, settled_at, failure, message, reply_id, attempts, cost_usd, cheap_cost_usd, large_cost_usd)
        VALUES (@Tenant, @RequestId, @Run, @SettledAt, @Failure, @Message, @ReplyId, @Attempts, @CostUsd, @CheapCostUsd, @LargeCostUsd)
        ON CONFLICT DO NOTHING
        """;

    private const string InsertPayload = """
        INSERT INTO payloads (tenant, request_id, run, kind, created_at, body)
        VALUES (@Tenant, @RequestId, @Run, @Kind, @CreatedAt, @Body)
        ON CONFLICT DO NOTHING
        """;

    private const string DropPayloads = """
        DELETE FROM payloads
        WHERE tenant = @Tenant AND request_id = @RequestId
            AND (kind = 1 AND run = @Run AND created_at = @SettledAt OR kind IN (2, 3) AND created_at >= @AcceptedAt)
        """;

    private const string SelectHistory = """
        SELECT a.tenant, a.request_id, a.attempt_id, a.run, a.claim_id, a.started_at, a.estimated_cost_usd, e.status, e.cost_usd
        FROM attempts a
        LEFT JOIN attempt_ends e ON e.tenant = a.tenant AND e.request_id = a.request_id AND e.run = a.run AND e.attempt_id = a.attempt_id
        WHERE a.tenant = @Tenant AND a.request_id = @RequestId
        ORDER BY a.started_at, e.ended_at
        """;

    public async Task TouchWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken)
    {
        foreach (var workerId in workerIds)
        {
            await ExecuteAsync(
                """
                UPDATE workers SET lease_until = strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', (lease_ms / 1000.0) || ' seconds')
                WHERE worker_id = @workerId AND lease_until < strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', (lease_ms / 2000.0) || ' seconds')
                """,
                new { workerId },
                cancellationToken);
        }
    }

    /// <summary>Reading a row of the file is as cheap as remembering it.</summary>
    public Claim? Recall(LedgerOperation operation) => null;

    public async Task<Dictionary<ClaimKey, Claim>> LoadAsync(
        IReadOnlyList<Claim> newcomers, IReadOnlyList<ClaimKey> keys, CancellationToken cancellationToken)
    {
        var claims = new Dictionary<ClaimKey, Claim>(keys.Count);
        foreach (var claim in newcomers)
        {
            if (await ExecuteAsync(InsertClaim, Row(claim, claim.AcceptedAt), cancellationToken) == 0)
                await LoadClaimAsync(claim.Key, claims, cancellationToken);
        }

        foreach (var key in keys)
            await LoadClaimAsync(key, claims, cancellationToken);
        return claims;
    }

    public async Task<HashSet<Guid>> LoadLiveWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken)
    {
        var alive = new HashSet<Guid>();
        await using var reader = await QueryAsync(
            "SELECT worker_id FROM workers WHERE lease_until > strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')", null, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            alive.Add(reader.GetGuid(0));
        return alive;
    }

    public async Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        var attempts = new List<(ClaimKey Key, RecordedAttempt Attempt)>();
        foreach (var claim in claims)
        {
            await using var reader = await QueryAsync(SelectHistory, new { claim.Key.Tenant, claim.Key.RequestId }, cancellationToken);
            var history = await RecordedAttemptRow.ReadAllAsync(reader, cancellationToken);
            attempts.AddRange(history[claim.Key].Select(attempt => (claim.Key, attempt)));
        }

        return attempts.ToLookup(entry => entry.Key, entry => entry.Attempt);
    }

    public async Task<Dictionary<ClaimKey, byte[]>> LoadRepliesAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        var replies = new Dictionary<ClaimKey, byte[]>(claims.Count);
        foreach (var claim in claims)
        {
            await using var reader = await QueryAsync(
                "SELECT body FROM payloads WHERE tenant = @Tenant AND request_id = @RequestId AND run = @Run AND kind = 1 AND created_at = @at",
                new { claim.Key.Tenant, claim.Key.RequestId, claim.Run, at = claim.FinishedAt },
                cancellationToken);
            if (await reader.ReadAsync(cancellationToken))
                replies[claim.Key] = reader.GetFieldValue<byte[]>(0);
        }

        return replies;
    }

    public async Task WriteAsync(LedgerChanges changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var claim in changes.NewClaims)
            await ExecuteAsync(InsertClaim, Row(claim, now), cancellationToken);
        foreach (var claim in changes.ChangedClaims)
            await ExecuteAsync(UpdateClaim, Row(claim, now), cancellationToken);
        foreach (var request in changes.Requests)
            await ExecuteAsync(InsertRequest, Row(request), cancellationToken);
        foreach (var start in changes.Attempts)
            await ExecuteAsync(InsertAttempt, Row(start), cancellationToken);
        foreach (var end in changes.AttemptEnds)
            await ExecuteAsync(InsertAttemptEnd, Row(end), cancellationToken);
        foreach (var outcome in changes.Outcomes)
            await ExecuteAsync(InsertOutcome, Row(outcome), cancellationToken);
        foreach (var payload in changes.Outcomes.Select(PayloadFact.Of).Concat(changes.RequestBodies))
            await ExecuteAsync(InsertPayload, Row(payload), cancellationToken);
        foreach (var letter in changes.DeadLetters)
            await ExecuteAsync(DeadLetterRow.Insert, DeadLetterRow.Parameters(letter), cancellationToken);
        foreach (var claim in changes.DroppedPayloads)
        {
            await ExecuteAsync(
                DropPayloads,
                new { claim.Key.Tenant, claim.Key.RequestId, claim.Run, SettledAt = claim.FinishedAt, claim.AcceptedAt },
                cancellationToken);
        }
    }

    private static object Row(Claim claim, DateTimeOffset now) => new
    {
        claim.Key.Tenant,
        claim.Key.RequestId,
        claim.Run,
        claim.BodyHash,
        State = (int)claim.State,
        Lane = StoredText.Clean(claim.Lane),
        Deployment = StoredText.Clean(claim.Deployment),
        claim.ClaimId,
        claim.WorkerId,
        claim.OpenAttemptId,
        claim.Attempts,
        claim.AttemptsTotal,
        claim.SpentUsd,
        claim.UnpricedAttempts,
        claim.Ambiguous,
        claim.CancelRequested,
        ReplyTo = ClaimRow.WriteAddress(claim.ReplyTo),
        AlsoReplyTo = ClaimRow.WriteAddresses(claim.AlsoReplyTo),
        Reason = StoredText.Clean(claim.Reason),
        GroupId = StoredText.Clean(claim.GroupId),
        Failure = claim.Failure?.ToString(),
        claim.ReplyId,
        AcceptedAt = SqliteDatabase.Time(claim.AcceptedAt),
        UpdatedAt = SqliteDatabase.Time(now),
        FinishedAt = claim.FinishedAt is { } at ? SqliteDatabase.Time(at) : (DateTimeOffset?)null,
        Deadline = claim.Deadline is { } deadline ? SqliteDatabase.Time(deadline) : (DateTimeOffset?)null,
    };

    private static object Row(RequestFact fact) => new
    {
        Tenant = StoredText.Clean(fact.Acceptance.Key.Tenant),
        RequestId = StoredText.Clean(fact.Acceptance.Key.RequestId),
        fact.Acceptance.Key.Run,
        AcceptedAt = SqliteDatabase.Time(fact.Acceptance.AcceptedAt),
        fact.Refused,
        Lane = StoredText.Clean(fact.Acceptance.Lane),
        Operation = StoredText.Clean(fact.Acceptance.Operation),
        Deadline = SqliteDatabase.Time(fact.Acceptance.Deadline),
        Task = StoredText.Clean(fact.Acceptance.Route?.Task),
        fact.Acceptance.Route?.TaskConfidence,
        Policy = StoredText.Clean(fact.Acceptance.Route?.Policy),
        Model = StoredText.Clean(fact.Acceptance.Route?.Model),
        Tier = StoredText.Clean(fact.Acceptance.Route?.Tier),
        Deployment = StoredText.Clean(fact.Acceptance.Route?.Deployment),
        Fallbacks = RequestRow.WriteFallbacks(fact.Acceptance.Route),
        Reason = StoredText.Clean(fact.Acceptance.Route?.Reason),
        fact.Acceptance.PromptTokens,
        fact.Acceptance.MessageBytes,
        fact.Acceptance.MaxCostUsd,
        fact.Acceptance.AtMostOnce,
        GroupId = StoredText.Clean(fact.Acceptance.GroupId),
        ReplyQueue = StoredText.Clean(fact.Acceptance.ReplyTo?.Queue),
        TraceId = StoredText.Clean(fact.Acceptance.TraceId),
        fact.Acceptance.Route?.Gain,
        SourceLanguage = StoredText.Clean(fact.Acceptance.Route?.SourceLanguage),
        TargetLanguage = StoredText.Clean(fact.Acceptance.Route?.TargetLanguage),
        Arm = StoredText.Clean(fact.Acceptance.Route?.Arm),
        CheapModel = StoredText.Clean(fact.Acceptance.Route?.CheapModel),
        LargeModel = StoredText.Clean(fact.Acceptance.Route?.LargeModel),
        Decision = RequestRow.WriteDecision(fact.Acceptance),
    };

    private static object Row(AttemptStart start) => new
    {
        Tenant = StoredText.Clean(start.Key.Tenant),
        RequestId = StoredText.Clean(start.Key.RequestId),
        start.Key.Run,
        start.AttemptId,
        start.ClaimId,
        start.WorkerId,
        Deployment = StoredText.Clean(start.Deployment),
        Provider = StoredText.Clean(start.Provider),
        Model = StoredText.Clean(start.Model),
        StartedAt = SqliteDatabase.Time(start.StartedAt),
        start.EstimatedCostUsd,
        Purpose = StoredText.Clean(start.Purpose),
    };

    private static object Row(AttemptEnd end) => new
    {
        Tenant = StoredText.Clean(end.Key.Tenant),
        RequestId = StoredText.Clean(end.Key.RequestId),
        end.Key.Run,
        end.AttemptId,
        Status = (int)end.Status,
        EndedAt = SqliteDatabase.Time(end.EndedAt),
        LatencyUs = (long)end.Latency.TotalMicroseconds,
        Error = StoredText.Clean(end.Error),
        ErrorMessage = StoredText.Clean(end.ErrorMessage),
        end.HttpStatus,
        VendorRequestId = StoredText.Clean(end.VendorRequestId),
        FinishReason = StoredText.Clean(end.FinishReason),
        end.Usage?.InputTokens,
        end.Usage?.CacheReadTokens,
        end.Usage?.CacheWriteTokens,
        end.Usage?.OutputTokens,
        end.Usage?.ReasoningTokens,
        InputPriceUsd = end.Price?.Input,
        CacheReadPriceUsd = end.Price?.CacheRead,
        CacheWritePriceUsd = end.Price?.CacheWrite,
        OutputPriceUsd = end.Price?.Output,
        end.CostUsd,
        end.ProviderKey,
        Verdict = StoredText.Clean(end.Verdict),
        VerdictReason = StoredText.Clean(end.VerdictReason),
    };

    private static object Row(OutcomeFact fact) => new
    {
        Tenant = StoredText.Clean(fact.Key.Tenant),
        RequestId = StoredText.Clean(fact.Key.RequestId),
        fact.Key.Run,
        SettledAt = SqliteDatabase.Time(fact.Outcome.SettledAt),
        Failure = fact.Outcome.Failure?.ToString(),
        Message = StoredText.Clean(fact.Outcome.Message),
        fact.Outcome.ReplyId,
        fact.Attempts,
        fact.CostUsd,
        fact.Outcome.CheapCostUsd,
        fact.Outcome.LargeCostUsd,
    };

    private static object Row(PayloadFact fact) => new
    {
        Tenant = StoredText.Clean(fact.Key.Tenant),
        RequestId = StoredText.Clean(fact.Key.RequestId),
        fact.Key.Run,
        Kind = (int)fact.Kind,
        CreatedAt = SqliteDatabase.Time(fact.CreatedAt),
        fact.Body,
    };

    private async Task LoadClaimAsync(ClaimKey key, Dictionary<ClaimKey, Claim> claims, CancellationToken cancellationToken)
    {
        await using var reader = await QueryAsync(
            $"SELECT {ClaimRow.Columns} FROM claims c WHERE c.tenant = @Tenant AND c.request_id = @RequestId",
            new { key.Tenant, key.RequestId },
            cancellationToken);
        if (await reader.ReadAsync(cancellationToken))
            claims.Add(key, ClaimRow.Read(reader));
    }

    private Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

    private Task<DbDataReader> QueryAsync(string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.ExecuteReaderAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
}
