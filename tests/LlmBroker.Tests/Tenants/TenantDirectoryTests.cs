using System.Data.Common;
using LlmBroker.Ledger;
using LlmBroker.Tenants;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace LlmBroker.Tests.Tenants;

public sealed class TenantDirectoryTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_waits_for_a_ledger_that_goes_away_in_the_middle_of_it()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-tenants-");
        var file = Path.Combine(folder.FullName, "ledger.db");
        await LedgerMigrator.ForSqlite(file, NullLogger.Instance).MigrateAsync(CancellationToken);
        var store = new TenantStore(new SqliteDatabase(file), TimeProvider.System);
        await store.AddAsync("app", "acme", "reply.acme.", CancellationToken);
        using var tenants = new TenantDirectory(new TenantStore(new AwayAtFirst(new SqliteDatabase(file)), TimeProvider.System), TimeProvider.System, NullLogger<TenantDirectory>.Instance);

        await tenants.StartAsync(CancellationToken);

        Assert.Equal("acme", tenants.Current.Identify("app", null).Tenant?.Name);
        await tenants.StopAsync(CancellationToken);
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    private sealed class AwayAtFirst(ILedgerDatabase inner) : ILedgerDatabase
    {
        private int opened;

        public string ForUpdate => inner.ForUpdate;

        public string Clock => inner.Clock;

        public Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
            Interlocked.Increment(ref opened) < 3 ? throw new LedgerUnavailableException("away", new IOException()) : inner.OpenAsync(cancellationToken);

        public string Sum(string column) => inner.Sum(column);

        public string Day(string column) => inner.Day(column);

        public string Later(string column, int hours) => inner.Later(column, hours);

        public string Json(string parameter) => inner.Json(parameter);

        public Task<IAsyncDisposable?> TryLockAsync(int number, CancellationToken cancellationToken) => inner.TryLockAsync(number, cancellationToken);

        public bool IsUnavailable(Exception exception) => inner.IsUnavailable(exception);
    }
}
