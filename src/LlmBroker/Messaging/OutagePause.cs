using LlmBroker.Ledger;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>
/// Takes no work while the ledger is away: every endpoint that writes to it stops consuming, and starts again when the ledger is back. What
/// was delivered before is held, so an outage, however long, hands a delivery back once at most and counts as no poison.
/// </summary>
internal sealed partial class OutagePause(LedgerWriter ledger, LeaseWatch lease, DeliveryHold hold, TimeProvider time, ILogger<OutagePause> logger)
    : BackgroundService, IReceiveEndpointObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>An absence that is shorter is sat out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What only waited for the ledger ends within it. Whatever calls a vendor by then goes on without its delivery.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly HashSet<IReceiveEndpoint> endpoints = [];

    /// <summary>The endpoints that are stopped, each with its stop; null while work is taken.</summary>
    private Dictionary<IReceiveEndpoint, Task>? stopped;

    private long awayFrom;

    public Task Ready(ReceiveEndpointReady ready)
    {
        var endpoint = ready.ReceiveEndpoint;
        if (!BrokerTopology.IsConsumedQueue(endpoint.InputAddress.AbsolutePath.Split('/')[^1]))
            return Task.CompletedTask;

        lock (gate)
        {
            endpoints.Add(endpoint);
            // Not waited for: its consumer stops after this.
            if (stopped is not null && !stopped.ContainsKey(endpoint))
                stopped.Add(endpoint, StopAsync(endpoint));
        }

        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    /// <summary>To be called before an endpoint is removed: one that is stopped already says no more, and must not be started again.</summary>
    public void Forget(IReceiveEndpoint endpoint)
    {
        lock (gate)
        {
            endpoints.Remove(endpoint);
            stopped?.Remove(endpoint);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var isAway = IsAway();
                if (isAway && stopped is null)
                    Pause();
                else if (!isAway && stopped is not null)
                    await ResumeAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The bus stops the endpoints.
        }
    }

    /// <summary>Asked at each tick: a process that was suspended must see it twice.</summary>
    private bool IsAway()
    {
        if (ledger.IsAvailable && !lease.IsLapsed)
        {
            awayFrom = 0;
            return false;
        }

        if (awayFrom == 0)
            awayFrom = time.GetTimestamp();
        return stopped is not null || time.GetElapsedTime(awayFrom) >= Patience;
    }

    private void Pause()
    {
        lock (gate)
            stopped = endpoints.ToDictionary(endpoint => endpoint, StopAsync);
        LogPaused();
    }

    private async Task ResumeAsync(CancellationToken stoppingToken)
    {
        do
        {
            Task ends;
            lock (gate)
                ends = Task.WhenAll(stopped!.Values);
            // Nothing else can consume a queue until the last delivery of before has returned.
            await Task.WhenAny(ends, Task.Delay(Grace, time, stoppingToken));
            hold.HandBack();
            await ends.WaitAsync(stoppingToken);
        }
        while (!TryStart(stoppingToken));
        LogResumed();
    }

    /// <returns>False when another endpoint came meanwhile, and is still being stopped.</returns>
    private bool TryStart(CancellationToken stoppingToken)
    {
        lock (gate)
        {
            if (!stopped!.Values.All(stop => stop.IsCompleted))
                return false;

            foreach (var endpoint in stopped.Keys)
                endpoint.Start(stoppingToken);
            stopped = null;
            return true;
        }
    }

    private async Task StopAsync(IReceiveEndpoint endpoint)
    {
        // The observer's caller and the gate are not to wait for it.
        await Task.Yield();
        try
        {
            await endpoint.Stop(CancellationToken.None);
        }
        catch (Exception exception)
        {
            // A boundary: its connection broke, or the process stops. What counts is that it consumes no more.
            LogNotStopped(exception, endpoint.InputAddress);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger is away: no work is taken until it is back")]
    private partial void LogPaused();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger is back: work is taken again")]
    private partial void LogResumed();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Address} did not stop in good order")]
    private partial void LogNotStopped(Exception exception, Uri address);
}
