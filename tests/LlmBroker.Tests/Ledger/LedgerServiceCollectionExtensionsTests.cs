using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class LedgerServiceCollectionExtensionsTests
{
    [Fact]
    public async Task AddLedger_with_sqlite_runs_from_an_empty_folder()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-ledger-");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddLedger(new LedgerOptions { Sqlite = Path.Join(folder.FullName, "ledger.db") });
        using (var host = builder.Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            var writer = host.Services.GetRequiredService<LedgerWriter>();

            var released = await writer.ReleaseAsync(
                new RunKey("acme", "a", 1), Guid.NewGuid(), "quota gone", "cheap-1", TestContext.Current.CancellationToken);

            Assert.Equal(ReleaseState.Released, released.State);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public void AddLedger_with_postgres_resolves_everything()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddLedger(new LedgerOptions { Postgres = "Host=localhost;Username=nobody" });
        using var host = builder.Build();

        Assert.Equal(4, host.Services.GetServices<IHostedService>().Count());
        Assert.IsType<PostgresLedgerStore>(host.Services.GetRequiredService<ILedgerStore>());
    }
}
