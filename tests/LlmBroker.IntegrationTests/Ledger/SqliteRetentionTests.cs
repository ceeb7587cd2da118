using LlmBroker.Ledger;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class SqliteRetentionTests : RetentionContractTests
{
    private protected override PostgresPartitions? Partitions => null;

    private protected override Task<LedgerUnderTest> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-ledger-");
        var path = Path.Join(folder.FullName, "ledger.db");
        var database = new SqliteDatabase(path);
        return Task.FromResult(new LedgerUnderTest(
            new SqliteLedgerStore(database, TimeSpan.FromDays(7), Time),
            database,
            LedgerMigrator.ForSqlite(path, NullLogger.Instance),
            Time,
            () =>
            {
                SqliteConnection.ClearAllPools();
                folder.Delete(recursive: true);
                return ValueTask.CompletedTask;
            }));
    }
}
