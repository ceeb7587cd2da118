using Dapper;

namespace LlmBroker.Ledger;

/// <summary>The ledger in a SQLite file, for the embedded mode: one process, one writer.</summary>
internal sealed class SqliteLedgerStore(SqliteDatabase database, TimeSpan replyRetention, TimeProvider time) : ILedgerStore
{
    public async Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenSqliteAsync(cancellationToken);
        try
        {
            // Takes the lock at once, so that nothing that is read here changes before the commit.
            await using var transaction = connection.BeginTransaction(deferred: false);
            var ledger = new SqliteLedgerTransaction(connection, transaction);
            await LedgerCommit.RunAsync(ledger, operations, time.GetUtcNow(), replyRetention, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            throw SqliteDatabase.Unavailable(exception);
        }
    }

    public Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken) => ExecuteAsync(
        """
        INSERT INTO workers (worker_id, host, started_at, lease_ms, lease_until)
        VALUES (@workerId, @host, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), @lease, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', @ahead))
        ON CONFLICT (worker_id) DO UPDATE SET lease_ms = excluded.lease_ms, lease_until = excluded.lease_until
        """,
        new { workerId, host, lease = (int)lease.TotalMilliseconds, ahead = $"{lease.TotalSeconds:F3} seconds" },
        cancellationToken);

    public Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken) => ExecuteAsync(
        "DELETE FROM workers WHERE worker_id = @workerId OR lease_until < strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', '-1 day')",
        new { workerId },
        cancellationToken);

    private async Task ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenSqliteAsync(cancellationToken);
        try
        {
            await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            throw SqliteDatabase.Unavailable(exception);
        }
    }
}
