using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>The ledger in Postgres.</summary>
internal sealed class PostgresLedgerStore(NpgsqlDataSource database, TimeSpan replyRetention, TimeProvider time, LeaseWatch? watch = null)
    : ILedgerStore
{
    /// <summary>A collision passes when the other transaction ends; this many in a row are something else.</summary>
    private const int Collisions = 10;

    private readonly KnownClaims known = new();

    public async Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        for (var collisions = 0; ; collisions++)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var ledger = new PostgresLedgerTransaction(connection, known, watch, collisions);
                await LedgerCommit.RunAsync(ledger, operations, time.GetUtcNow(), replyRetention, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                ledger.Remember();
                return;
            }
            catch (Exception exception) when (PostgresErrors.IsCollision(exception) && collisions < Collisions)
            {
                // Rolled back whole; the next round sees what the other wrote.
            }
            catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
            {
                throw PostgresErrors.Unavailable(exception);
            }
        }
    }

    public Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken) => ExecuteAsync(
        """
        INSERT INTO workers (worker_id, host, started_at, lease_ms, lease_until)
        VALUES ($1, $2, clock_timestamp(), $3, clock_timestamp() + $3 * interval '1 millisecond')
        ON CONFLICT (worker_id) DO UPDATE
        SET lease_ms = excluded.lease_ms, lease_until = clock_timestamp() + excluded.lease_ms * interval '1 millisecond'
        """,
        [new NpgsqlParameter<Guid> { TypedValue = workerId }, new NpgsqlParameter<string> { TypedValue = host },
            new NpgsqlParameter<int> { TypedValue = (int)lease.TotalMilliseconds }],
        cancellationToken);

    public Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken) => ExecuteAsync(
        // Along with those of the long dead, of whom no claim needs to know more than that they are gone.
        "DELETE FROM workers WHERE worker_id = $1 OR lease_until < clock_timestamp() - interval '1 day'",
        [new NpgsqlParameter<Guid> { TypedValue = workerId }],
        cancellationToken);

    private async Task ExecuteAsync(string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.AddRange(parameters);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }
}
