using LlmBroker.Ledger;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class SqliteDeadLetterTests : DeadLetterContractTests
{
    private protected override Task<LedgerUnderTest> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-letters-");
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
