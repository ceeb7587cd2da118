using System.Data.Common;
using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.Ledger;

/// <summary>What people ask the ledger; one SQL for both databases.</summary>
internal sealed class LedgerQueries(ILedgerDatabase database)
{
    private static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The request with that id, of every tenant that used it unless one is named.</summary>
    public Task<IReadOnlyList<RequestStatus>> GetStatusAsync(string? tenant, string requestId, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<RequestStatus>>(
            async connection =>
            {
                var claims = new List<Claim>();
                await using (var reader = await QueryAsync(
                    connection,
                    $"SELECT {ClaimRow.Columns} FROM claims c WHERE {(tenant is null ? "" : "c.tenant = @tenant AND ")}c.request_id = @requestId",
                    new { tenant, requestId },
                    cancellationToken))
                {
                    while (await reader.ReadAsync(cancellationToken))
                        claims.Add(ClaimRow.Read(reader));
                }

                var statuses = new List<RequestStatus>();
                foreach (var claim in claims)
                {
                    statuses.Add(new RequestStatus(
                        claim,
                        await GetRouteAsync(connection, claim, cancellationToken),
                        await GetAttemptsAsync(connection, claim, cancellationToken),
                        await GetMessageAsync(connection, claim, cancellationToken)));
                }

                return statuses;
            },
            cancellationToken);

    /// <summary>The newest outcome of the request.</summary>
    /// <inheritdoc cref="GetReplyAsync(string, string, int?, CancellationToken)"/>
    public Task<RecordedOutcome?> GetReplyAsync(string tenant, string requestId, CancellationToken cancellationToken) =>
        GetReplyAsync(tenant, requestId, run: null, cancellationToken);

    /// <summary>
    /// The newest outcome of the run, or of the request, with its reply while that is kept; null when there is none.
    /// </summary>
    public Task<RecordedOutcome?> GetReplyAsync(string tenant, string requestId, int? run, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            await using var reader = await QueryAsync(
                connection,
                $"""
                SELECT o.run, o.failure, o.reply_id, p.body, o.settled_at
                FROM outcomes o
                LEFT JOIN payloads p
                    ON p.tenant = o.tenant AND p.request_id = o.request_id AND p.run = o.run AND p.kind = 1 AND p.created_at = o.settled_at
                WHERE o.tenant = @tenant AND o.request_id = @requestId {(run is null ? "" : "AND o.run = @run")}
                ORDER BY o.settled_at DESC, o.run DESC
                LIMIT 1
                """,
                new { tenant, requestId, run },
                cancellationToken);
            return await reader.ReadAsync(cancellationToken)
                ? new RecordedOutcome(
                    reader.GetInt32(0),
                    reader.Text(1) is { } failure ? ClaimRow.ReadFailure(failure) : null,
                    reader.GetGuid(2),
                    reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3),
                    reader.GetFieldValue<DateTimeOffset>(4))
                : null;
        },
        cancellationToken);

    /// <summary>The body of a request that travels by reference; null when it is no longer kept.</summary>
    public Task<byte[]?> GetRequestBodyAsync(string tenant, string requestId, BodyReference reference, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
                """
                SELECT body FROM payloads
                WHERE tenant = @tenant AND request_id = @requestId AND run = @Run AND kind = 2 AND created_at = @storedAt
                """,
                new
                {
                    tenant = StoredText.Clean(tenant),
                    requestId = StoredText.Clean(requestId),
                    reference.Run,
                    storedAt = SqliteDatabase.Time(reference.StoredAt),
                },
                cancellationToken: cancellationToken)),
            cancellationToken);

    /// <summary>
    /// Attempts that started in the time from <paramref name="since"/> up to <paramref name="until"/>, summed up: those of requests, or with
    /// <paramref name="shadow"/> those of their copies.
    /// </summary>
    public Task<IReadOnlyList<UsageRow>> GetUsageAsync(
        UsageDimension by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken, bool shadow = false) =>
        database.ReadAsync<IReadOnlyList<UsageRow>>(
            async connection =>
            {
                // By request first: neither database counts distinct pairs in the same words.
                await using var reader = await QueryAsync(
                    connection,
                    $"""
                    SELECT name, count(*), CAST(sum(attempts) AS bigint), CAST(sum(running) AS bigint),
                        CAST(sum(input_tokens) AS bigint), CAST(sum(cache_read_tokens) AS bigint), CAST(sum(cache_write_tokens) AS bigint),
                        CAST(sum(output_tokens) AS bigint), CAST(sum(reasoning_tokens) AS bigint),
                        {database.Sum("cost_usd")}, CAST(sum(unpriced) AS bigint), CAST(sum(ambiguous) AS bigint),
                        {database.Sum("ambiguous_cost_usd")}
                    FROM (
                        SELECT {Column(by)} AS name, tenant, request_id, count(*) AS attempts,
                            count(*) FILTER (WHERE status IS NULL) AS running,
                            coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
                            coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
                            coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens, {database.Sum("cost_usd")} AS cost_usd,
                            count(*) FILTER (WHERE status IS NOT NULL AND cost_usd IS NULL) AS unpriced,
                            count(*) FILTER (WHERE status = 3) AS ambiguous,
                            {database.Sum("CASE WHEN status = 3 THEN cost_usd END")} AS ambiguous_cost_usd
                        FROM usage
                        WHERE started_at >= @since AND started_at < @until AND tenant {(shadow ? "" : "NOT ")}LIKE '%{ShadowTenant.Suffix}'
                        GROUP BY 1, tenant, request_id) AS requests
                    GROUP BY name
                    ORDER BY name
                    """,
                    new { since = SqliteDatabase.Time(since ?? DateTimeOffset.UnixEpoch), until = SqliteDatabase.Time(until ?? Never) },
                    cancellationToken);
                var rows = new List<UsageRow>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows.Add(new UsageRow
                    {
                        Name = reader.Text(0),
                        Requests = reader.GetInt64(1),
                        Attempts = reader.GetInt64(2),
                        RunningAttempts = reader.GetInt64(3),
                        Tokens = new TokenUsage
                        {
                            InputTokens = reader.GetInt64(4),
                            CacheReadTokens = reader.GetInt64(5),
                            CacheWriteTokens = reader.GetInt64(6),
                            OutputTokens = reader.GetInt64(7),
                            ReasoningTokens = reader.GetInt64(8),
                        },
                        CostUsd = reader.Value<decimal>(9) ?? 0,
                        UnpricedAttempts = reader.GetInt64(10),
                        AmbiguousAttempts = reader.GetInt64(11),
                        AmbiguousCostUsd = reader.Value<decimal>(12) ?? 0,
                    });
                }

                return rows;
            },
            cancellationToken);

    /// <summary>How far a group is.</summary>
    public Task<GroupProgress> GetGroupProgressAsync(string tenant, string groupId, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            await using var reader = await QueryAsync(
                connection,
                $"""
                SELECT count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3),
                    count(*) FILTER (WHERE state = 4 AND failure IS NULL), count(*) FILTER (WHERE state = 4 AND failure IS NOT NULL),
                    {database.Sum("spent_usd")}, CAST(coalesce(sum(unpriced_attempts), 0) AS bigint)
                FROM claims
                WHERE tenant = @tenant AND group_id = @groupId
                """,
                new { tenant, groupId },
                cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new GroupProgress(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                reader.Value<decimal>(5) ?? 0, reader.GetInt64(6));
        },
        cancellationToken);

    private static async Task<RecordedRoute?> GetRouteAsync(DbConnection connection, Claim claim, CancellationToken cancellationToken)
    {
        await using var reader = await QueryAsync(
            connection,
            """
            SELECT operation, deadline, task, policy, model, tier, deployment, reason, trace_id
            FROM requests
            WHERE tenant = @Tenant AND request_id = @RequestId AND run = @Run
            ORDER BY accepted_at DESC
            LIMIT 1
            """,
            new { claim.Key.Tenant, claim.Key.RequestId, claim.Run },
            cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new RecordedRoute(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.Text(2), reader.Text(3), reader.Text(4), reader.Text(5),
                reader.Text(6), reader.Text(7), reader.Text(8))
            : null;
    }

    /// <summary>The id may have been used before, by a request whose claim was pruned; the hour is for clocks that differ.</summary>
    private static async Task<IReadOnlyList<AttemptReport>> GetAttemptsAsync(
        DbConnection connection, Claim claim, CancellationToken cancellationToken)
    {
        var attempts = await GetAttemptsAsync(connection, claim, claim.AcceptedAt.AddHours(-1), cancellationToken);
        // Fewer than it had: the clock of a worker was further behind.
        return attempts.Count >= claim.AttemptsTotal ? attempts : await GetAttemptsAsync(connection, claim, DateTimeOffset.UnixEpoch, cancellationToken);
    }

    private static async Task<IReadOnlyList<AttemptReport>> GetAttemptsAsync(
        DbConnection connection, Claim claim, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var reader = await QueryAsync(
            connection,
            """
            SELECT attempt_id, run, deployment, model, started_at, estimated_cost_usd, status, ended_at, error, http_status,
                vendor_request_id, finish_reason, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd,
                purpose, verdict
            FROM usage
            WHERE tenant = @Tenant AND request_id = @RequestId AND started_at >= @since
            ORDER BY started_at
            """,
            new { claim.Key.Tenant, claim.Key.RequestId, since = SqliteDatabase.Time(since) },
            cancellationToken);
        var attempts = new List<AttemptReport>();
        while (await reader.ReadAsync(cancellationToken))
        {
            attempts.Add(new AttemptReport
            {
                AttemptId = reader.GetGuid(0),
                Run = reader.GetInt32(1),
                Deployment = reader.GetString(2),
                Model = reader.GetString(3),
                StartedAt = reader.GetFieldValue<DateTimeOffset>(4),
                EstimatedCostUsd = reader.Value<decimal>(5),
                Status = (AttemptStatus?)reader.Value<short>(6),
                EndedAt = reader.Value<DateTimeOffset>(7),
                Error = reader.Text(8),
                HttpStatus = reader.Value<int>(9),
                VendorRequestId = reader.Text(10),
                FinishReason = reader.Text(11),
                Usage = reader.IsDBNull(12) ? null : new TokenUsage
                {
                    InputTokens = reader.GetInt64(12),
                    CacheReadTokens = reader.GetInt64(13),
                    CacheWriteTokens = reader.GetInt64(14),
                    OutputTokens = reader.GetInt64(15),
                    ReasoningTokens = reader.GetInt64(16),
                },
                CostUsd = reader.Value<decimal>(17),
                Purpose = reader.Text(18),
                Verdict = reader.Text(19),
            });
        }

        return attempts;
    }

    private static async Task<string?> GetMessageAsync(DbConnection connection, Claim claim, CancellationToken cancellationToken)
    {
        if (claim.FinishedAt is null)
            return null;
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            """
            SELECT message FROM outcomes
            WHERE tenant = @Tenant AND request_id = @RequestId AND run = @Run AND settled_at = @at
            """,
            new { claim.Key.Tenant, claim.Key.RequestId, claim.Run, at = claim.FinishedAt },
            cancellationToken: cancellationToken));
    }

    private static Task<DbDataReader> QueryAsync(DbConnection connection, string sql, object parameters, CancellationToken cancellationToken) =>
        connection.ExecuteReaderAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));

    private string Column(UsageDimension by) => by switch
    {
        UsageDimension.Tenant => "tenant",
        UsageDimension.Model => "model",
        UsageDimension.Task => "task",
        UsageDimension.Day => database.Day("started_at"),
        UsageDimension.Deployment => "deployment",
        UsageDimension.Provider => "provider",
        UsageDimension.Lane => "lane",
        UsageDimension.Policy => "policy",
        UsageDimension.Tier => "tier",
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "Usage is summed up by tenant, model, task, day, deployment, provider, lane, policy or tier."),
    };
}
