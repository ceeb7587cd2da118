using LlmBroker.Ledger;

namespace LlmBroker.Messaging;

/// <summary>
/// How long a delivery may be held: after 30 minutes RabbitMQ would drop the consumer. What lasts longer, such as an outage of the ledger, is
/// handed back to its queue with <see cref="OperationCanceledException"/>, and comes again.
/// </summary>
internal sealed class DeliveryHold(TimeSpan limit, TimeProvider time) : IDisposable
{
    /// <summary>Below the 10 minutes that are promised.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(9.5);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, Task> underWay = [];
    private CancellationTokenSource handBack = new();

    public DeliveryHold(TimeProvider time)
        : this(Limit, time)
    {
    }

    /// <summary>Handles a delivery that may be broken off at any time. The ledger's absence is waited for: it is no fault of the delivery.</summary>
    public async Task WithinAsync(Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Token, Volatile.Read(ref handBack).Token);
        while (true)
        {
            try
            {
                await handle(either.Token);
                return;
            }
            catch (LedgerUnavailableException)
            {
                await Task.Delay(Retry, time, either.Token);
            }
        }
    }

    /// <summary>
    /// Handles a delivery that must not be broken off, since a call may be paid for: when the time is up it goes on, and only the delivery
    /// returns. Deliveries of one run take turns, so that however often it comes again, it is under way here once.
    /// </summary>
    public async Task WithinAsync(RunKey key, Func<Task> handle, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Token, Volatile.Read(ref handBack).Token);
        Task own;
        while (true)
        {
            Task? other;
            lock (gate)
            {
                if (!underWay.TryGetValue(key, out other))
                {
                    own = RunAsync(key, handle);
                    underWay.Add(key, own);
                    break;
                }
            }

            // How it ended is for its own delivery to hear.
            await other.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            either.Token.ThrowIfCancellationRequested();
        }

        await own.WaitAsync(either.Token);
    }

    /// <summary>Hands back what is held now, as if its time were up.</summary>
    public void HandBack() => Interlocked.Exchange(ref handBack, new CancellationTokenSource()).Cancel();

    public void Dispose() => handBack.Dispose();

    private async Task RunAsync(RunKey key, Func<Task> handle)
    {
        // Off the caller's stack, so that it is entered before it can end.
        await Task.Yield();
        try
        {
            await handle();
        }
        finally
        {
            lock (gate)
                underWay.Remove(key);
        }
    }
}
