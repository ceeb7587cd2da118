using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class PostgresLedgerTests(RealPartsFixture parts) : LedgerContractTests
{
    private protected override async Task<LedgerUnderTest> CreateAsync()
    {
        var connectionString = await parts.Postgres.CreateDatabaseAsync(CancellationToken);
        var source = PostgresDatabase.CreateSource(connectionString);
        return new LedgerUnderTest(
            new PostgresLedgerStore(source, TimeSpan.FromDays(7), Time),
            new PostgresDatabase(source),
            LedgerMigrator.ForPostgres(connectionString, NullLogger.Instance),
            Time,
            async () =>
            {
                await source.DisposeAsync();
                await parts.Postgres.DropDatabaseAsync(connectionString, CancellationToken.None);
            });
    }
}
