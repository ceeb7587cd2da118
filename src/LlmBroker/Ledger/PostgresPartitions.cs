using System.Data.Common;
using Dapper;
using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>The partitions of facts, one a UTC day. One process at a time works on them.</summary>
internal sealed class PostgresPartitions(PostgresDatabase database)
{
    /// <summary>How long writers may have to wait behind a drop that itself waits, for a long query to end for instance.</summary>
    private const string LockTimeout = "500ms";

    public static string DefaultOf(string fact) => $"{fact}_default";

    /// <summary>Those of yesterday up to the day that many days ahead.</summary>
    public Task MakeAsync(int daysAhead, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "SELECT llm_ensure_partitions(@daysAhead)", new { daysAhead }, cancellationToken: cancellationToken)),
        cancellationToken);

    /// <summary>The partitions that hold nothing but what is older, oldest first.</summary>
    public Task<IReadOnlyList<string>> FindAsync(string fact, DateTimeOffset before, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<string>>(
            async connection => (await connection.QueryAsync<string>(new CommandDefinition(
                """
                SELECT CAST(c.relname AS text)
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = CAST(@fact AS regclass) AND c.relname ~ @days AND c.relname < @first
                ORDER BY c.relname
                """,
                new { fact, days = $"^{fact}_[0-9]{{8}}$", first = $"{fact}_{before.UtcDateTime:yyyyMMdd}" },
                cancellationToken: cancellationToken))).AsList(),
            cancellationToken);

    /// <summary>False when it is in use for the moment.</summary>
    public async Task<bool> TryDropAsync(string partition, CancellationToken cancellationToken)
    {
        try
        {
            return await database.ChangeAsync(
                async (connection, transaction) =>
                {
                    if (!await TryLockAsync(connection, transaction, cancellationToken))
                        return false;
                    await connection.ExecuteAsync(new CommandDefinition(
                        $"SET LOCAL lock_timeout = '{LockTimeout}'; DROP TABLE IF EXISTS {partition}",
                        transaction: transaction,
                        cancellationToken: cancellationToken));
                    return true;
                },
                cancellationToken);
        }
        catch (LedgerUnavailableException exception) when (
            exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected })
        {
            return false;
        }
    }

    /// <summary>The lock that <c>llm_ensure_partitions</c> takes as well; held until the transaction ends.</summary>
    public static Task<bool> TryLockAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT pg_try_advisory_xact_lock(7310577, 2)", transaction: transaction, cancellationToken: cancellationToken));
}
