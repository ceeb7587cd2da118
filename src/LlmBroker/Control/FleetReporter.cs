using Microsoft.Extensions.Hosting;

namespace LlmBroker.Control;

/// <summary>Tells the other processes once a second what this one does, while it does something.</summary>
internal sealed class FleetReporter(FleetView fleet, ControlOutbox outbox, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (fleet.Report() is { } load)
                    outbox.Post(new ControlMessage { Load = load });
                else
                    fleet.Refresh();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }
}
