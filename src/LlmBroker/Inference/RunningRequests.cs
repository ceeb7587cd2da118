using System.Collections.Concurrent;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference;

/// <summary>
/// The requests that this process works on, so that a cancellation can reach a running call, and so that the process can stop in good order:
/// what waits is handed back at once, calls may run until <see cref="LimitsOptions.DrainTimeout"/> and are then aborted and handed back.
/// </summary>
internal sealed partial class RunningRequests(LimitsOptions limits, TimeProvider time, ILogger<RunningRequests> logger) : IDisposable
{
    /// <summary>RabbitMQ may deliver again to this process what it just handed back, until it knows that nobody consumes here any more.</summary>
    private static readonly TimeSpan RedeliveryPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a timer can be set for; a deadline beyond it comes back after it.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<RunningRequest, byte> running = new();
    private volatile bool isStopping;
    private ITimer? limit;

    /// <summary>Lets deliveries through while the process is not stopping.</summary>
    /// <exception cref="OperationCanceledException">It stops: the delivery is for another one.</exception>
    public async ValueTask CheckAsync()
    {
        if (!isStopping)
            return;

        await Task.Delay(RedeliveryPause, time);
        throw new OperationCanceledException("The worker stops; the delivery is for another one.");
    }

    /// <summary>Registers a request until what is returned is disposed; it is aborted when its deadline passes.</summary>
    public RunningRequest Enter(RunKey key, DateTimeOffset deadline)
    {
        // No call takes a day, so that a timer for a later deadline would never fire.
        var untilDeadline = deadline - time.GetUtcNow();
        var request = new RunningRequest(this, key, untilDeadline < LongestTimer ? untilDeadline : null, time);
        running.TryAdd(request, 0);
        if (isStopping)
            request.Stop();
        return request;
    }

    /// <summary>Aborts the request if it runs here.</summary>
    public void Abort(string tenant, string requestId)
    {
        foreach (var (request, _) in running)
        {
            if (request.Key.RequestId == requestId && request.Key.Tenant == tenant)
                request.Abort(AbortReason.Cancelled);
        }
    }

    /// <summary>The process stops. No call begins from now on.</summary>
    public void Stop()
    {
        if (isStopping)
            return;

        isStopping = true;
        LogStopping(running.Count, limits.DrainTimeout);
        foreach (var (request, _) in running)
            request.Stop();
        limit = time.CreateTimer(_ => AbortAll(), null, limits.DrainTimeout, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => limit?.Dispose();

    internal void Leave(RunningRequest request) => running.TryRemove(request, out _);

    private void AbortAll()
    {
        if (!running.IsEmpty)
            LogAborting(running.Count, limits.DrainTimeout);
        foreach (var (request, _) in running)
            request.Abort(AbortReason.Stopping);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Count} requests under way; calls may run for {DrainTimeout}, the rest is handed back")]
    private partial void LogStopping(int count, TimeSpan drainTimeout);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} calls still ran after {DrainTimeout}; they are aborted, recorded as ambiguous and handed back")]
    private partial void LogAborting(int count, TimeSpan drainTimeout);
}
