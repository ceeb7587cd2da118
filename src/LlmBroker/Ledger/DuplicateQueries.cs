using Dapper;

namespace LlmBroker.Ledger;

/// <summary>What was, or may have been, paid twice; one SQL for both databases.</summary>
internal sealed class DuplicateQueries(ILedgerDatabase database)
{
    private static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Calls that started in the time from <paramref name="since"/> up to <paramref name="until"/>; names without any are left out.</summary>
    /// <param name="by">Tenant, model, deployment or day (of the call's start).</param>
    /// <param name="since">Null: from the beginning.</param>
    /// <param name="until">Null: to the end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<DuplicateRow>> GetAsync(
        UsageDimension by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DuplicateRow>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    WITH ambiguous AS (
                        SELECT a.tenant, a.request_id, a.run, a.attempt_id, a.model, a.deployment, a.started_at, e.cost_usd
                        FROM attempt_ends e
                        JOIN attempts a
                            ON a.tenant = e.tenant AND a.request_id = e.request_id AND a.run = e.run AND a.attempt_id = e.attempt_id
                        WHERE e.status = 3),
                    calls AS (
                        SELECT {Column(by, "c")} AS name, 1 AS ambiguous, c.cost_usd AS estimate,
                            CASE WHEN c.cost_usd IS NULL THEN 1 ELSE 0 END AS unestimated,
                            CASE WHEN t.attempt_id IS NULL THEN 0 ELSE 1 END AS heard, t.cost_usd AS heard_usd,
                            CASE WHEN t.attempt_id IS NOT NULL AND t.cost_usd IS NULL THEN 1 ELSE 0 END AS heard_unpriced,
                            0 AS repeat, NULL AS repeat_usd, 0 AS repeat_unpriced
                        FROM ambiguous c
                        LEFT JOIN attempt_ends t
                            ON t.tenant = c.tenant AND t.request_id = c.request_id AND t.run = c.run AND t.attempt_id = c.attempt_id
                            AND t.status <> 3
                        WHERE c.started_at >= @since AND c.started_at < @until
                        UNION ALL
                        SELECT {Column(by, "u")}, 0, NULL, 0, 0, NULL, 0,
                            1, u.cost_usd, CASE WHEN u.status IS NOT NULL AND u.cost_usd IS NULL THEN 1 ELSE 0 END
                        FROM usage u
                        WHERE u.started_at >= @since AND u.started_at < @until AND EXISTS (
                            SELECT 1 FROM ambiguous p
                            WHERE p.tenant = u.tenant AND p.request_id = u.request_id AND p.started_at < u.started_at))
                    SELECT name,
                        CAST(sum(ambiguous) AS bigint), {database.Sum("estimate")}, CAST(sum(unestimated) AS bigint),
                        CAST(sum(heard) AS bigint), {database.Sum("heard_usd")}, CAST(sum(heard_unpriced) AS bigint),
                        CAST(sum(repeat) AS bigint), {database.Sum("repeat_usd")}, CAST(sum(repeat_unpriced) AS bigint)
                    FROM calls
                    GROUP BY name
                    ORDER BY name
                    """,
                    new { since = SqliteDatabase.Time(since ?? DateTimeOffset.UnixEpoch), until = SqliteDatabase.Time(until ?? Never) },
                    cancellationToken: cancellationToken));
                var rows = new List<DuplicateRow>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows.Add(new DuplicateRow
                    {
                        Name = reader.GetString(0),
                        AmbiguousCalls = reader.GetInt64(1),
                        EstimatedUsd = reader.Value<decimal>(2) ?? 0,
                        UnestimatedCalls = reader.GetInt64(3),
                        HeardOf = reader.GetInt64(4),
                        HeardOfUsd = reader.Value<decimal>(5) ?? 0,
                        HeardOfUnpriced = reader.GetInt64(6),
                        RepeatCalls = reader.GetInt64(7),
                        RepeatUsd = reader.Value<decimal>(8) ?? 0,
                        RepeatUnpriced = reader.GetInt64(9),
                    });
                }

                return rows;
            },
            cancellationToken);

    private string Column(UsageDimension by, string table) => by switch
    {
        UsageDimension.Tenant => $"{table}.tenant",
        UsageDimension.Model => $"{table}.model",
        UsageDimension.Deployment => $"{table}.deployment",
        UsageDimension.Day => database.Day($"{table}.started_at"),
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "Duplicate spend is summed up by tenant, model, deployment or day."),
    };
}
