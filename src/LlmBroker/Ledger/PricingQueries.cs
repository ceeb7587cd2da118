using Dapper;
using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>The recorded tokens in the portions that one price applies to, so that history can be priced again.</summary>
internal sealed class PricingQueries(ILedgerDatabase database)
{
    /// <summary>Deployments that were called in the time, with the model that they served, also such as are configured no longer.</summary>
    public Task<IReadOnlyList<(string Deployment, string Model)>> GetCalledDeploymentsAsync(
        DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<(string, string)>>(
            async connection => [.. await connection.QueryAsync<(string, string)>(new CommandDefinition(
                """
                SELECT DISTINCT deployment, model FROM attempts
                WHERE started_at >= @since AND started_at < @until
                ORDER BY deployment, model
                """,
                new { since = SqliteDatabase.Time(since), until = SqliteDatabase.Time(until) },
                cancellationToken: cancellationToken))],
            cancellationToken);

    /// <summary>By day. Calls without reported tokens have nothing to be priced by and are left out.</summary>
    public Task<IReadOnlyList<ChargedTokens>> GetTokensAsync(ChargedCalls calls, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ChargedTokens>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    SELECT {database.Day("started_at")}, count(*), count(*) FILTER (WHERE cost_usd IS NULL),
                        CAST(sum(input_tokens) AS bigint), CAST(sum(cache_read_tokens) AS bigint), CAST(sum(cache_write_tokens) AS bigint),
                        CAST(sum(output_tokens) AS bigint), CAST(sum(reasoning_tokens) AS bigint), {database.Sum("cost_usd")}
                    FROM usage
                    WHERE deployment = @Deployment AND started_at >= @since AND started_at < @until AND input_tokens IS NOT NULL
                        AND input_tokens + cache_read_tokens + cache_write_tokens > @PromptAbove
                        AND input_tokens + cache_read_tokens + cache_write_tokens <= @PromptUpTo
                    GROUP BY 1
                    ORDER BY 1
                    """,
                    new
                    {
                        calls.Deployment,
                        since = SqliteDatabase.Time(calls.Since),
                        until = SqliteDatabase.Time(calls.Until),
                        calls.PromptAbove,
                        calls.PromptUpTo,
                    },
                    cancellationToken: cancellationToken));
                var days = new List<ChargedTokens>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    var tokens = new TokenUsage
                    {
                        InputTokens = reader.GetInt64(3),
                        CacheReadTokens = reader.GetInt64(4),
                        CacheWriteTokens = reader.GetInt64(5),
                        OutputTokens = reader.GetInt64(6),
                        ReasoningTokens = reader.GetInt64(7),
                    };
                    days.Add(new ChargedTokens(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), tokens, reader.Value<decimal>(8) ?? 0));
                }

                return days;
            },
            cancellationToken);
}
