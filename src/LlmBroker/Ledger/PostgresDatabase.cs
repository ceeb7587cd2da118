using System.Data.Common;
using Npgsql;

namespace LlmBroker.Ledger;

internal sealed class PostgresDatabase(NpgsqlDataSource source) : ILedgerDatabase
{
    public string ForUpdate => "FOR UPDATE";

    public string Clock => "clock_timestamp()";

    /// <summary>Statements are prepared by use, and a server that has gone is noticed within seconds, unless the connection string says otherwise.</summary>
    public static NpgsqlDataSource CreateSource(string connectionString)
    {
        var defaults = new NpgsqlConnectionStringBuilder();
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.MaxAutoPrepare == defaults.MaxAutoPrepare)
        {
            settings.MaxAutoPrepare = 64;
            settings.AutoPrepareMinUsages = 2;
        }

        if (settings.Timeout == defaults.Timeout)
            settings.Timeout = 5;
        if (settings.CommandTimeout == defaults.CommandTimeout)
            settings.CommandTimeout = 10;
        settings.ApplicationName ??= "llmbroker";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    public string Sum(string column) => $"sum({column})";

    public string Day(string column) => $"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')";

    public string Later(string column, int hours) => $"({column} + interval '{hours} hours')";

    public string Json(string parameter) => $"CAST({parameter} AS jsonb)";

    public async Task<IAsyncDisposable?> TryLockAsync(int number, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT pg_try_advisory_lock({AdvisoryLock.Broker}, {number})";
            if (await command.ExecuteScalarAsync(cancellationToken) is true)
                return new AdvisoryLock(connection, number);
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync();
            if (IsUnavailable(exception))
                throw PostgresErrors.Unavailable(exception);
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public bool IsUnavailable(Exception exception) => PostgresErrors.IsUnavailable(exception);
}
