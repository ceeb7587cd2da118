using System.Reflection;
using DbUp;
using DbUp.Builder;
using DbUp.Engine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>Brings the schema up to date from the numbered files in the library; several processes may do so at once.</summary>
internal sealed class LedgerMigrator
{
    private const string Journal = "schema_versions";
    private const int PartitionDaysAhead = 7;

    private readonly string connectionString;
    private readonly bool isPostgres;
    private readonly ILogger logger;

    private LedgerMigrator(string connectionString, bool isPostgres, ILogger logger)
    {
        this.connectionString = connectionString;
        this.isPostgres = isPostgres;
        this.logger = logger;
    }

    // Migrating is over in a moment; a pool would keep its connections for minutes.
    public static LedgerMigrator ForPostgres(string connectionString, ILogger logger) =>
        new(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString, isPostgres: true, logger);

    public static LedgerMigrator ForSqlite(string path, ILogger logger) =>
        new(SqliteDatabase.ConnectionString(path), isPostgres: false, logger);

    /// <summary>Names of the files that have not been run here, in order.</summary>
    public IReadOnlyList<string> GetPending() => Guarded(() => Upgrader().GetScriptsToExecute().Select(script => script.Name).ToArray());

    /// <summary>Runs what is pending, each file in a transaction; returns the names.</summary>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        if (!isPostgres)
            return Migrate();

        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(connection, "SELECT pg_advisory_lock(7310577, 1)", cancellationToken);
            try
            {
                var run = Migrate();
                await ExecuteAsync(connection, $"SELECT llm_ensure_partitions({PartitionDaysAhead})", cancellationToken);
                return run;
            }
            finally
            {
                await ExecuteAsync(connection, "SELECT pg_advisory_unlock(7310577, 1)", CancellationToken.None);
            }
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Waits for as long as another process migrates.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private IReadOnlyList<string> Migrate()
    {
        var result = Guarded(() => Upgrader().PerformUpgrade());
        if (!result.Successful)
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
        return [.. result.Scripts.Select(script => script.Name)];
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (isPostgres && PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    private UpgradeEngine Upgrader()
    {
        UpgradeEngineBuilder builder = isPostgres
            ? DeployChanges.To.PostgresqlDatabase(connectionString).JournalToPostgresqlTable(null, Journal)
            : DeployChanges.To.SqliteDatabase(connectionString).JournalToSqliteTable(Journal);
        var folder = isPostgres ? "postgres/" : "sqlite/";
        return builder
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.StartsWith(folder, StringComparison.Ordinal))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new MigrationLog(logger))
            .Build();
    }
}
