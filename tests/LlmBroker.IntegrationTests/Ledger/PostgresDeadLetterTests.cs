using LlmBroker.Ledger;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class PostgresDeadLetterTests(PostgresLedgerFixture postgres) : DeadLetterContractTests, IClassFixture<PostgresLedgerFixture>
{
    private protected override async Task<LedgerUnderTest> CreateAsync()
    {
        await postgres.EmptyAsync();
        var store = new PostgresLedgerStore(postgres.Source, TimeSpan.FromDays(7), Time);
        return new LedgerUnderTest(store, new PostgresDatabase(postgres.Source), postgres.Migrator, Time, () => ValueTask.CompletedTask);
    }
}
