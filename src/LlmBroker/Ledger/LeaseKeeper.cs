using LlmBroker.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>Shows that this process is alive, so that nobody takes its claims over. Does not wait behind the writer's commits.</summary>
internal sealed partial class LeaseKeeper(
    ILedgerStore store, WorkerIdentity worker, LedgerOptions options, TimeProvider time, ILogger<LeaseKeeper> logger, LeaseWatch? watch = null)
    : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan interval = options.Lease / 3;
    private bool isLost;

    /// <summary>Returns with the first lease in the ledger: a claim without one could be taken over at once.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        while (!await TryRenewAsync(cancellationToken))
            await Task.Delay(Retry, time, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await store.EndLeaseAsync(worker.Id, cancellationToken);
        }
        catch (LedgerUnavailableException exception)
        {
            LogNotEnded(exception, options.Lease);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(isLost ? Retry : interval, time, stoppingToken);
                await TryRenewAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var begun = time.GetTimestamp();
            await store.RenewLeaseAsync(worker.Id, worker.Host, options.Lease, cancellationToken);
            watch?.Renew(begun);
            isLost = false;
            return true;
        }
        catch (LedgerUnavailableException exception)
        {
            if (!isLost)
                LogLost(exception, options.Lease);
            isLost = true;
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease cannot be renewed; after {Lease} other workers may take this one's requests over")]
    private partial void LogLost(Exception exception, TimeSpan lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease cannot be ended; this worker's requests are taken over when its {Lease} is over")]
    private partial void LogNotEnded(Exception exception, TimeSpan lease);
}
