using System.Threading.RateLimiting;
using LlmBroker.Messaging;
using LlmBroker.Models;

namespace LlmBroker.Inference;

/// <summary>
/// Caps the calls in flight of one deployment in this process. A part of the slots is kept for the interactive lane: the other lanes
/// must get through a second, narrower cap first, so that bulk cannot take every slot.
/// </summary>
internal sealed class LaneSlots : IAsyncDisposable
{
    private readonly ConcurrencyLimiter all;
    private readonly ConcurrencyLimiter others;

    public LaneSlots(Deployment deployment)
    {
        all = Limiter(deployment.Options.MaxConcurrentCalls);
        others = Limiter(OthersOf(deployment.Options.MaxConcurrentCalls, deployment.Options.InteractiveShare));
    }

    /// <summary>Slots that the standard and bulk lanes share; at least one.</summary>
    public static int OthersOf(int maxConcurrentCalls, double interactiveShare) =>
        Math.Max(1, maxConcurrentCalls - (int)Math.Ceiling(maxConcurrentCalls * interactiveShare));

    /// <summary>Waits for a slot of the lane. Dispose the lease to give it back.</summary>
    public async ValueTask<RateLimitLease> AcquireAsync(string lane, CancellationToken cancellationToken)
    {
        if (lane == Lane.Interactive)
            return await all.AcquireAsync(1, cancellationToken);

        var outer = await others.AcquireAsync(1, cancellationToken);
        try
        {
            return new TwoLeases(outer, await all.AcquireAsync(1, cancellationToken));
        }
        catch
        {
            outer.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await others.DisposeAsync();
        await all.DisposeAsync();
    }

    private static ConcurrencyLimiter Limiter(int permits) =>
        new(new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    private sealed class TwoLeases(RateLimitLease outer, RateLimitLease inner) : RateLimitLease
    {
        public override bool IsAcquired => inner.IsAcquired;

        public override IEnumerable<string> MetadataNames => inner.MetadataNames;

        public override bool TryGetMetadata(string metadataName, out object? metadata) => inner.TryGetMetadata(metadataName, out metadata);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            outer.Dispose();
            base.Dispose(disposing);
        }
    }
}
