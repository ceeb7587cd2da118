using System.Data.Common;
using Npgsql;

namespace LlmBroker.Ledger;

internal sealed class PostgresDatabase(NpgsqlDataSource source) : ILedgerDatabase
{
    public string ForUpdate => "FOR UPDATE";

    /// <summary>Statements are prepared by use, and a server that has gone is noticed within seconds, unless the connection string says otherwise.</summary>
    public static NpgsqlDataSource CreateSource(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ContainsKey("Max Auto Prepare"))
            settings.MaxAutoPrepare = 64;
        if (!settings.ContainsKey("Auto Prepare Min Usages"))
            settings.AutoPrepareMinUsages = 2;
        if (!settings.ContainsKey("Timeout"))
            settings.Timeout = 5;
        if (!settings.ContainsKey("Command Timeout"))
            settings.CommandTimeout = 10;
        if (!settings.ContainsKey("Application Name"))
            settings.ApplicationName = "llmbroker";
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
