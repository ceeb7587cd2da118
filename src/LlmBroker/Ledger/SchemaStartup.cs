using LlmBroker.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>Waits for the database and lets nothing start on a schema that is not up to date.</summary>
internal sealed partial class SchemaStartup(LedgerMigrator migrator, LedgerOptions options, TimeProvider time, ILogger<SchemaStartup> logger)
    : IHostedService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var isWaiting = false; ; isWaiting = true)
        {
            try
            {
                await BringUpToDateAsync(cancellationToken);
                return;
            }
            catch (LedgerUnavailableException exception)
            {
                if (!isWaiting)
                    LogWaiting(exception);
                await Task.Delay(Retry, time, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task BringUpToDateAsync(CancellationToken cancellationToken)
    {
        if (options.MigrateAtStart)
        {
            foreach (var name in await migrator.MigrateAsync(cancellationToken))
                LogMigrated(name);
        }
        else if (migrator.GetPending() is { Count: > 0 } pending)
        {
            throw new InvalidOperationException(
                $"The ledger's schema lacks {string.Join(", ", pending)}; run `llmbroker migrate`, or set ledger.migrateAtStart to true.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger is not available; the start waits for it")]
    private partial void LogWaiting(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated the ledger by {Name}")]
    private partial void LogMigrated(string name);
}
