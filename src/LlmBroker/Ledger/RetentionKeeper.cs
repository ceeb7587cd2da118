using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>Makes the partitions of the coming days and drops what was kept for long enough; every ten minutes, and at the start.</summary>
internal sealed partial class RetentionKeeper(RetentionStore store, TimeProvider time, ILogger<RetentionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
                await KeepAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.MakePartitionsAsync(cancellationToken);
            foreach (var result in await store.ApplyAsync(cancellationToken))
            {
                if (result.Rows > 0 || result.Partitions.Count > 0)
                    LogDropped(result.Name, result.Before, result.Partitions.Count, result.Rows);
            }
        }
        catch (LedgerUnavailableException exception)
        {
            LogNotNow(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Dropped {What} older than {Before:u}: {Days} whole days and {Rows} rows")]
    private partial void LogDropped(string what, DateTimeOffset before, int days, long rows);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger's partitions and old data cannot be looked after now; tried again in ten minutes")]
    private partial void LogNotNow(Exception exception);
}
