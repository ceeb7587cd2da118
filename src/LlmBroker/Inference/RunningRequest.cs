using LlmBroker.Ledger;

namespace LlmBroker.Inference;

/// <summary>One delivery of a request under way in this process, and the one way to break it off. Thread-safe.</summary>
internal sealed class RunningRequest : IDisposable
{
    private readonly RunningRequests owner;
    private readonly CancellationTokenSource aborted = new();
    private readonly Lock gate = new();
    private readonly ITimer? deadline;
    private bool isCalling;
    private bool isStopping;
    private bool isDisposed;

    /// <param name="owner">Knows it until it is disposed.</param>
    /// <param name="key">The request's run.</param>
    /// <param name="untilDeadline">When to abort it by itself; null: not while this process works on it.</param>
    /// <param name="time">The clock.</param>
    public RunningRequest(RunningRequests owner, RunKey key, TimeSpan? untilDeadline, TimeProvider time)
    {
        this.owner = owner;
        Key = key;
        if (untilDeadline is { } wait)
            deadline = time.CreateTimer(_ => Abort(AbortReason.Expired), null, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public RunKey Key { get; }

    /// <summary>Ends every wait and call of this delivery.</summary>
    public CancellationToken Aborted => aborted.Token;

    /// <summary>The first reason counts.</summary>
    public AbortReason Reason { get; private set; }

    public void Abort(AbortReason reason)
    {
        lock (gate)
        {
            if (isDisposed || Reason != AbortReason.None)
                return;
            Reason = reason;
        }

        try
        {
            aborted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended between the two.
        }
    }

    /// <summary>Asks for leave to call: none is given once the request is aborted or the process stops.</summary>
    public bool TryBeginCall()
    {
        lock (gate)
        {
            isCalling = Reason == AbortReason.None && !isStopping;
            return isCalling;
        }
    }

    /// <param name="goesOn">More calls may follow: now is the time to let go of it if the process stops.</param>
    public void EndCall(bool goesOn)
    {
        bool isDue;
        lock (gate)
        {
            isCalling = false;
            isDue = goesOn && isStopping;
        }

        if (isDue)
            Abort(AbortReason.Stopping);
    }

    /// <summary>The process stops: what waits is broken off now, a call may run on.</summary>
    public void Stop()
    {
        bool isDue;
        lock (gate)
        {
            isStopping = true;
            isDue = !isCalling;
        }

        if (isDue)
            Abort(AbortReason.Stopping);
    }

    public void Dispose()
    {
        owner.Leave(this);
        lock (gate)
            isDisposed = true;
        deadline?.Dispose();
        aborted.Dispose();
    }
}
