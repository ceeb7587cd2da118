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

    public string Json(string parameter) => $"CAST({parameter} AS jsonb)";

    public bool IsUnavailable(Exception exception) => PostgresErrors.IsUnavailable(exception);
}
