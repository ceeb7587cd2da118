using LlmBroker.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Tenants;

/// <summary>The tenants as the ledger's database has them, read again every few seconds. Keeps the last map while the database is away.</summary>
internal sealed partial class TenantDirectory(TenantStore store, TimeProvider time, ILogger<TenantDirectory> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private volatile TenantMap current = new([]);

    public TenantMap Current => current;

    /// <summary>The bus starts after the first map is there: without it every producer would be the default tenant.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        current = await LedgerPatience.WhenThereAsync(() => ReadAsync(cancellationToken), time, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public async Task ReloadAsync(CancellationToken cancellationToken) => current = await ReadAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ReloadAsync(stoppingToken);
            }
            catch (LedgerUnavailableException exception)
            {
                // The ledger's writer warns of the outage, once.
                LogUnavailable(exception);
            }
        }
    }

    private async Task<TenantMap> ReadAsync(CancellationToken cancellationToken) => new(await store.ListAsync(cancellationToken));

    [LoggerMessage(Level = LogLevel.Debug, Message = "Tenants cannot be read; the last known ones stay")]
    private partial void LogUnavailable(Exception exception);
}
