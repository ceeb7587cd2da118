using System.Threading.Channels;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>
/// The one writer of a process: collects operations for a moment, commits them together, then lets all their waiters go on.
/// While the database is away operations wait, in order: no more than there are deliveries, since a delivery waits for one at a time, and what
/// a delivery asked for that was handed back is dropped. A waiter that gives up leaves an operation that may still be carried out.
/// </summary>
internal sealed partial class LedgerWriter(ILedgerStore store, LedgerOptions options, TimeProvider time, ILogger<LedgerWriter> logger)
    : BackgroundService
{
    /// <summary>How long a stop waits for what is queued.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>A commit takes no more operations once it carries that much payload: one of hundreds of MiB would run into the database's timeout.</summary>
    private const int CommitBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    // Not one for a single reader: that one cannot be counted.
    private readonly Channel<Queued> queue = Channel.CreateUnbounded<Queued>();

    /// <summary>Operations that wait because one of the same request goes before them; in order.</summary>
    private List<Queued> deferred = [];

    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TaskCompletionSource? full;
    private long unavailableSince;
    private long unavailableFrom;
    private int held;

    private readonly record struct Queued(LedgerOperation Operation, long At);

    /// <summary>Operations that are queued or being committed.</summary>
    public int Held => Volatile.Read(ref held);

    public bool IsAvailable => UnavailableSince is null;

    /// <summary>Since when the database has not taken a commit; null while it does.</summary>
    public DateTimeOffset? UnavailableSince =>
        Interlocked.Read(ref unavailableSince) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>
    /// Returns when the loop runs. A background service that is stopped earlier never runs at all, and what was queued would wait for ever.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await begun.Task.WaitAsync(cancellationToken);
    }

    public Task<AcceptResult> AcceptAsync(Acceptance acceptance, CancellationToken cancellationToken) =>
        EnqueueAsync(new AcceptOperation(acceptance), cancellationToken);

    public Task<AcceptResult> RefuseAsync(Acceptance acceptance, Outcome outcome, CancellationToken cancellationToken) =>
        EnqueueAsync(new RefuseOperation(acceptance, outcome), cancellationToken);

    public Task<StartResult> StartAsync(AttemptStart start, CancellationToken cancellationToken) =>
        EnqueueAsync(new StartOperation(start), cancellationToken);

    /// <summary>Claims a request without an attempt, to end it.</summary>
    public Task<StartResult> TakeAsync(RunKey key, Guid claimId, Guid workerId, CancellationToken cancellationToken) =>
        EnqueueAsync(new TakeOperation(key, claimId, workerId, time.GetUtcNow()), cancellationToken);

    public Task<bool> EndAsync(AttemptEnd end, Guid claimId, CancellationToken cancellationToken) =>
        EnqueueAsync(new EndOperation(end, claimId), cancellationToken);

    public Task<ReleaseResult> ReleaseAsync(
        RunKey key, Guid claimId, string reason, string deployment, CancellationToken cancellationToken, AttemptEnd? attempt = null) =>
        EnqueueAsync(new ReleaseOperation(key, claimId, reason, deployment, attempt), cancellationToken);

    public Task<bool> LapseAsync(RunKey key, CancellationToken cancellationToken) => EnqueueAsync(new LapseOperation(key), cancellationToken);

    public Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) =>
        EnqueueAsync(new SettleOperation(settlement), cancellationToken);

    public Task<bool> DropPayloadsAsync(RunKey key, Guid replyId, IReadOnlyList<ReplyAddress> delivered, CancellationToken cancellationToken) =>
        EnqueueAsync(new DropPayloadsOperation(key, replyId, delivered), cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var drain = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = stoppingToken.Register(() =>
        {
            queue.Writer.TryComplete();
            drain.CancelAfter(DrainTime);
        });
        begun.SetResult();

        while (deferred.Count > 0 || await queue.Reader.WaitToReadAsync(CancellationToken.None))
            await CommitAsync(await CollectAsync(stoppingToken), drain.Token);
    }

    private async Task<TResult> EnqueueAsync<TResult>(LedgerOperation<TResult> operation, CancellationToken cancellationToken)
    {
        // What happened is recorded, whether or not somebody waits for it.
        if (operation is not (EndOperation or SettleOperation or ReleaseOperation { Attempt: not null }))
            cancellationToken.ThrowIfCancellationRequested();
        if (!queue.Writer.TryWrite(new Queued(operation, time.GetTimestamp())))
            throw new OperationCanceledException("The ledger's writer has stopped.");
        Interlocked.Increment(ref held);
        if (queue.Reader.Count >= options.CommitSize)
            Volatile.Read(ref full)?.TrySetResult();
        try
        {
            return await operation.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            operation.GiveUp();
            throw;
        }
    }

    /// <summary>Waits until the oldest operation has waited for the commit interval or a commit is full, and takes what there is.</summary>
    private async Task<List<LedgerOperation>> CollectAsync(CancellationToken stoppingToken)
    {
        if (deferred.Count == 0 && queue.Reader.TryPeek(out var oldest))
        {
            var wait = options.CommitInterval - time.GetElapsedTime(oldest.At);
            if (wait > TimeSpan.Zero && !stoppingToken.IsCancellationRequested)
                await WaitUntilFullAsync(wait, stoppingToken);
        }

        var batch = new List<LedgerOperation>();
        var keys = new HashSet<ClaimKey>();
        var bytes = 0L;
        var waiting = deferred;
        deferred = [];
        foreach (var queued in waiting)
            Take(queued);
        while (HasRoom() && queue.Reader.TryRead(out var queued))
            Take(queued);
        return batch;

        bool HasRoom() => batch.Count < options.CommitSize && bytes < CommitBytes;

        void Take(Queued queued)
        {
            if (IsDropped(queued))
                return;
            if (HasRoom() && keys.Add(ClaimKey.Of(queued.Operation.Key)))
            {
                batch.Add(queued.Operation);
                bytes += queued.Operation.Bytes;
            }
            else
            {
                deferred.Add(queued);
            }
        }
    }

    private async Task WaitUntilFullAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref full, signal);
        try
        {
            if (queue.Reader.Count < options.CommitSize)
                await signal.Task.WaitAsync(wait, time, stoppingToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // The interval is over, or there is no time for it.
        }
        finally
        {
            Volatile.Write(ref full, null);
        }
    }

    private bool IsDropped(Queued queued)
    {
        if (!queued.Operation.IsVoid)
            return false;
        Interlocked.Decrement(ref held);
        return true;
    }

    /// <summary>Lets go of what nobody waits for any more, which in a long outage would pile up.</summary>
    private void DropVoid()
    {
        while (queue.Reader.TryRead(out var queued))
            deferred.Add(queued);
        deferred.RemoveAll(IsDropped);
    }

    /// <summary>Tries until the database takes it. What cannot be written is found by halving, so that only that fails.</summary>
    private async Task CommitAsync(List<LedgerOperation> batch, CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        while (true)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                await store.CommitAsync(batch, cancellationToken);
                break;
            }
            catch (LedgerUnavailableException exception)
            {
                if (await IsStoppedAfterAsync(retry, exception, cancellationToken))
                {
                    Fail(batch, exception);
                    return;
                }

                retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
            }
            catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
            {
                Fail(batch, exception);
                return;
            }
            catch (Exception exception) when (batch.Count == 1)
            {
                LogRefused(exception, batch[0].GetType().Name, batch[0].Key);
                Fail(batch, exception);
                return;
            }
            catch (Exception exception)
            {
                LogHalving(exception, batch.Count);
                var half = batch.Count / 2;
                await CommitAsync(batch[..half], cancellationToken);
                await CommitAsync(batch[half..], cancellationToken);
                return;
            }
        }

        if (Interlocked.Exchange(ref unavailableSince, 0) > 0)
            LogBack(time.GetElapsedTime(unavailableFrom));
        Interlocked.Add(ref held, -batch.Count);
        foreach (var operation in batch)
            operation.Complete();
    }

    private async Task<bool> IsStoppedAfterAsync(TimeSpan retry, LedgerUnavailableException exception, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref unavailableSince, time.GetUtcNow().UtcTicks, 0) == 0)
        {
            unavailableFrom = time.GetTimestamp();
            LogLost(exception);
        }

        DropVoid();
        try
        {
            await Task.Delay(retry, time, cancellationToken);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private void Fail(List<LedgerOperation> batch, Exception exception)
    {
        Interlocked.Add(ref held, -batch.Count);
        foreach (var operation in batch)
            operation.Fail(exception);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger is not available; work waits until it is back")]
    private partial void LogLost(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger is back after {Outage}")]
    private partial void LogBack(TimeSpan outage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A commit of {Count} operations was refused; looking for the one that cannot be written")]
    private partial void LogHalving(Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The ledger cannot write {Operation} of {Key}")]
    private partial void LogRefused(Exception exception, string operation, RunKey key);
}
