using System.Data.Common;

namespace LlmBroker.Ledger;

/// <summary>An advisory lock of Postgres, on a connection of its own; both are gone when this is disposed, or the process is.</summary>
internal sealed class AdvisoryLock(DbConnection connection, int number) : IAsyncDisposable
{
    /// <summary>The first of the two numbers of all locks of the broker.</summary>
    public const int Broker = 7310577;

    public async ValueTask DisposeAsync()
    {
        await using var _ = connection;
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT pg_advisory_unlock({Broker}, {number})";
        try
        {
            await command.ExecuteScalarAsync(CancellationToken.None);
        }
        catch (DbException)
        {
            // The server dropped the connection, and the lock with it.
        }
    }
}
