using LlmBroker.Ledger;
using Npgsql;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Reads the ledger of a run with SQL of its own.</summary>
internal static class ChaosLedger
{
    /// <summary>Requests without an outcome.</summary>
    public static async Task<long> CountOpenAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT count(*) FROM claims WHERE state <> 4");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static async Task<ChaosFacts> ReadAsync(string database, ChaosFacts facts)
    {
        await using var source = NpgsqlDataSource.Create(database);
        return facts with
        {
            Claims = await ReadAsync(
                source,
                "SELECT request_id, run, state, CASE WHEN unpriced_attempts = 0 THEN spent_usd END FROM claims",
                row => new LedgerClaim(row.GetString(0), row.GetInt32(1), (ClaimState)row.GetInt16(2), Money(row, 3))),
            Attempts = await ReadAsync(
                source,
                "SELECT request_id, run, attempt_id, claim_id, model, started_at, estimated_cost_usd FROM attempts ORDER BY started_at, attempt_id",
                row => new LedgerAttempt(
                    row.GetString(0), row.GetInt32(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), Money(row, 6))),
            Ends = await ReadAsync(
                source,
                "SELECT attempt_id, status, error, cost_usd FROM attempt_ends ORDER BY ended_at",
                row => new LedgerEnd(row.GetGuid(0), (AttemptStatus)row.GetInt16(1), Text(row, 2), Money(row, 3))),
            Outcomes = await ReadAsync(
                source,
                "SELECT request_id, run, failure, reply_id, settled_at FROM outcomes",
                row => new LedgerOutcome(row.GetString(0), row.GetInt32(1), Text(row, 2), row.GetGuid(3), row.GetFieldValue<DateTimeOffset>(4))),
            Letters = await ReadAsync(
                source,
                "SELECT id, request_id, run, reason FROM dead_letters",
                row => new LedgerLetter(row.GetGuid(0), Text(row, 1), row.GetInt32(2), row.GetString(3))),
        };
    }

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = source.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var list = new List<T>();
        while (await rows.ReadAsync())
            list.Add(read(rows));
        return list;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static decimal? Money(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDecimal(column);
}
