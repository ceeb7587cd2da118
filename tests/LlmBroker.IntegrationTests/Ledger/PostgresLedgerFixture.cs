using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>One migrated database for a class of tests, which take turns; migrating for each would take most of the time.</summary>
public sealed class PostgresLedgerFixture(RealPartsFixture parts) : IAsyncLifetime
{
    public string ConnectionString { get; private set; } = "";

    internal NpgsqlDataSource Source { get; private set; } = null!;

    internal LedgerMigrator Migrator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await parts.Postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        Source = PostgresDatabase.CreateSource(ConnectionString);
        Migrator = LedgerMigrator.ForPostgres(ConnectionString, NullLogger.Instance);
        await Migrator.MigrateAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask EmptyAsync()
    {
        await using var command = Source.CreateCommand(
            """
            DELETE FROM claims; DELETE FROM workers; DELETE FROM requests; DELETE FROM attempts; DELETE FROM attempt_ends;
            DELETE FROM outcomes; DELETE FROM payloads; DELETE FROM dead_letters; DELETE FROM tenants;
            DELETE FROM feedback; DELETE FROM cancellations; UPDATE sweeps SET overdue_until = '1970-01-01 00:00:00+00';
            TRUNCATE configuration_changes, configuration_states
            """);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await parts.Postgres.DropDatabaseAsync(ConnectionString, CancellationToken.None);
    }
}
