using System.Data.Common;
using Dapper;

namespace LlmBroker.Ledger;

/// <summary>
/// Finds and drops what was kept for long enough: whole days of facts where they are partitioned, all other rows in small transactions,
/// so that nobody waits for it. Several processes may do so at once.
/// </summary>
/// <param name="database">Where.</param>
/// <param name="partitions">Null where there are none.</param>
/// <param name="policy">What is kept for how long.</param>
/// <param name="time">The clock; the database's counts where that is behind, since a clock that jumps ahead must not cost any data.</param>
internal sealed class RetentionStore(ILedgerDatabase database, PostgresPartitions? partitions, RetentionPolicy policy, TimeProvider time)
{
    private const int BatchSize = 1000;
    private const int DaysAhead = 7;

    /// <summary>Counting may take its time.</summary>
    private const int CountTimeoutSeconds = 300;

    /// <summary>
    /// By so much a claim outlives the latest deadline, so that the view of usage, which allows an hour for clocks that differ, can tell the
    /// attempts of two requests with one id apart.
    /// </summary>
    private static readonly TimeSpan ClaimGrace = TimeSpan.FromHours(2);

    /// <summary>Makes the partitions of the coming days, so that no fact lands in a default partition.</summary>
    public Task MakePartitionsAsync(CancellationToken cancellationToken) =>
        partitions?.MakeAsync(DaysAhead, cancellationToken) ?? Task.CompletedTask;

    /// <summary>What <see cref="ApplyAsync"/> would drop now.</summary>
    public async Task<IReadOnlyList<RetentionResult>> FindAsync(CancellationToken cancellationToken)
    {
        var now = await NowAsync(cancellationToken);
        var results = new List<RetentionResult>();
        foreach (var rule in Rules())
        {
            var before = now - rule.KeptFor - rule.Grace;
            results.Add(new RetentionResult(
                rule.Name,
                rule.KeptFor,
                before,
                await FindPartitionsAsync(rule, before, cancellationToken),
                await database.ReadAsync(connection => CountAsync(connection, rule, before, cancellationToken), cancellationToken)));
        }

        return results;
    }

    /// <summary>
    /// Drops it. What is in use at the moment, or being dropped by another process, stays for the next time and is not in the result.
    /// </summary>
    public async Task<IReadOnlyList<RetentionResult>> ApplyAsync(CancellationToken cancellationToken)
    {
        var now = await NowAsync(cancellationToken);
        var results = new List<RetentionResult>();
        foreach (var rule in Rules())
        {
            var before = now - rule.KeptFor - rule.Grace;
            var dropped = new List<string>();
            foreach (var partition in await FindPartitionsAsync(rule, before, cancellationToken))
            {
                if (await partitions!.TryDropAsync(partition, cancellationToken))
                    dropped.Add(partition);
            }

            var rows = await DeleteAsync(rule, before, cancellationToken);
            results.Add(new RetentionResult(rule.Name, rule.KeptFor, before, dropped, rows));
        }

        return results;
    }

    private IEnumerable<RetentionRule> Rules()
    {
        var kept = policy.Kept;
        yield return Fact("payloads", "created_at", "tenant, request_id, run, kind, created_at", kept.Payloads);
        // Whole days are too coarse for a time shorter than one.
        if (kept.Payloads < TimeSpan.FromDays(1))
            yield return Payloads("payloads, by the minute", kept.Payloads, tenant: null);
        foreach (var (tenant, keptFor) in policy.ShorterPayloads)
            yield return Payloads($"payloads of {tenant}", keptFor, tenant);
        yield return new RetentionRule
        {
            Name = "claims",
            KeptFor = kept.Claims,
            Grace = ClaimGrace,
            Table = "claims",
            Key = "tenant, request_id",
            Time = "accepted_at",
            Old = """
                t.accepted_at < @before AND t.state = 4 AND t.finished_at < @before AND NOT EXISTS (
                    SELECT 1 FROM dead_letters d WHERE d.tenant = t.tenant AND d.request_id = t.request_id AND d.state = 'open')
                """,
        };
        yield return new RetentionRule
        {
            Name = "dead letters",
            KeptFor = kept.DeadLetters,
            Table = "dead_letters",
            Key = "id",
            Time = "created_at",
            Old = "(t.state = 'discarded' OR t.sent_at IS NOT NULL) AND t.state_changed_at < @before",
        };
        yield return Fact("requests", "accepted_at", "tenant, request_id, run, accepted_at", kept.Usage);
        yield return Fact("attempts", "started_at", "tenant, request_id, run, attempt_id, started_at", kept.Usage);
        yield return Fact("attempt_ends", "ended_at", "tenant, request_id, run, attempt_id, status, ended_at", kept.Usage);
        yield return Fact("outcomes", "settled_at", "tenant, request_id, run, settled_at", kept.Usage);
        yield return Fact("feedback", "given_at", "tenant, request_id, run, source, given_at, message_id", kept.Usage);
    }

    /// <summary>Whole days, and row by row what lies in the default partition, or all of it where there are no partitions.</summary>
    private RetentionRule Fact(string name, string time, string key, TimeSpan keptFor) => new()
    {
        Name = name,
        KeptFor = keptFor,
        Fact = name,
        Table = partitions is null ? name : PostgresPartitions.DefaultOf(name),
        Key = key,
        Time = time,
        Old = $"t.{time} < @before",
    };

    /// <summary>Row by row. The body of a request that is not finished is still wanted.</summary>
    private static RetentionRule Payloads(string name, TimeSpan keptFor, string? tenant) => new()
    {
        Name = name,
        KeptFor = keptFor,
        Table = "payloads",
        Key = "tenant, request_id, run, kind, created_at",
        Time = "created_at",
        Old = $"""
            t.created_at < @before {(tenant is null ? "" : "AND t.tenant = @tenant")} AND (t.kind <> 2 OR NOT EXISTS (
                SELECT 1 FROM claims c WHERE c.tenant = t.tenant AND c.request_id = t.request_id AND c.state <> 4))
            """,
        Tenant = tenant,
    };

    private async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        var theirs = await database.ReadAsync(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(
                    new CommandDefinition($"SELECT {database.Clock}", cancellationToken: cancellationToken));
                await reader.ReadAsync(cancellationToken);
                return reader.GetFieldValue<DateTimeOffset>(0);
            },
            cancellationToken);
        var ours = time.GetUtcNow();
        return SqliteDatabase.Time(ours < theirs ? ours : theirs);
    }

    private Task<IReadOnlyList<string>> FindPartitionsAsync(RetentionRule rule, DateTimeOffset before, CancellationToken cancellationToken) =>
        partitions is null || rule.Fact is null
            ? Task.FromResult<IReadOnlyList<string>>([])
            : partitions.FindAsync(rule.Fact, before, cancellationToken);

    private static Task<long> CountAsync(DbConnection connection, RetentionRule rule, DateTimeOffset before, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition(
            $"SELECT count(*) FROM {rule.Table} AS t WHERE {rule.Old}",
            new { before, tenant = rule.Tenant },
            commandTimeout: CountTimeoutSeconds,
            cancellationToken: cancellationToken));

    private async Task<long> DeleteAsync(RetentionRule rule, DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var total = 0L; ;)
        {
            var rows = await database.ChangeAsync(
                (connection, transaction) => DeleteBatchAsync(connection, transaction, rule, before, cancellationToken), cancellationToken);
            total += rows;
            if (rows < BatchSize)
                return total;
        }
    }

    private async Task<int> DeleteBatchAsync(
        DbConnection connection, DbTransaction transaction, RetentionRule rule, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (partitions is not null && !await PostgresPartitions.TryLockAsync(connection, transaction, cancellationToken))
            return 0;

        // The condition once more, since a row that changed after it was found, as a claim does by a redrive, is looked at again.
        return await connection.ExecuteAsync(new CommandDefinition(
            $"""
            DELETE FROM {rule.Table} AS t
            WHERE ({rule.Key}) IN (SELECT {rule.Key} FROM {rule.Table} AS t WHERE {rule.Old} ORDER BY t.{rule.Time} LIMIT {BatchSize})
                AND {rule.Old}
            """,
            new { before, tenant = rule.Tenant },
            transaction,
            cancellationToken: cancellationToken));
    }
}
