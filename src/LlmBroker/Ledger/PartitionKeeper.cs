using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>Makes the partitions of the coming days, so that no fact lands in a default partition.</summary>
internal sealed partial class PartitionKeeper(PostgresDatabase database, TimeProvider time, ILogger<PartitionKeeper> logger) : BackgroundService
{
    private const int DaysAhead = 7;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await EnsureAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task EnsureAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.ReadAsync(
                connection => connection.ExecuteScalarAsync<int>(new CommandDefinition(
                    "SELECT llm_ensure_partitions(@DaysAhead)", new { DaysAhead }, cancellationToken: cancellationToken)),
                cancellationToken);
        }
        catch (LedgerUnavailableException exception)
        {
            LogNotNow(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger's partitions cannot be made now; tried again in an hour")]
    private partial void LogNotNow(Exception exception);
}
