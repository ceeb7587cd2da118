using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Limits;

/// <summary>The quota of one model. A call is let in by all its limits or charged by none.</summary>
internal sealed class ModelLimiter
{
    // What a caller is told to wait for a free slot, whose time nobody knows.
    private static readonly TimeSpan ConcurrencyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<(LimitKind Kind, TokenBucket Bucket)> _buckets = [];
    private int _running;

    public ModelLimiter(SimulatedLimits limits, TimeProvider time)
    {
        Limits = limits;
        Add(LimitKind.Requests, limits.RequestsPerMinute);
        Add(LimitKind.Tokens, limits.TokensPerMinute);
        Add(LimitKind.InputTokens, limits.InputTokensPerMinute);
        Add(LimitKind.OutputTokens, limits.OutputTokensPerMinute);

        void Add(LimitKind kind, int? perMinute)
        {
            if (perMinute is { } quota)
                _buckets.Add((kind, new TokenBucket(quota, time)));
        }
    }

    public SimulatedLimits Limits { get; }

    /// <summary>Whoever was let in calls <see cref="Leave"/> when the call is over.</summary>
    public LimitDecision Enter(LimitCost cost)
    {
        if (_buckets.Count == 0 && Limits.Concurrent is null)
            return LimitDecision.Unlimited;

        lock (_gate)
        {
            foreach (var (_, bucket) in _buckets)
                bucket.Refill();
            if (Limits.Concurrent is { } cap && _running >= cap)
                return new LimitDecision(new LimitReading(LimitKind.Concurrent, cap, 0, TimeSpan.Zero), 1, ConcurrencyRetryAfter, Read());
            foreach (var (kind, bucket) in _buckets)
            {
                var amount = Amount(kind, cost);
                if (!bucket.Holds(amount))
                    return new LimitDecision(Reading(kind, bucket), amount, amount > bucket.Capacity ? null : bucket.UntilHolds(amount), Read());
            }

            foreach (var (kind, bucket) in _buckets)
                bucket.Take(Amount(kind, cost));
            _running++;
            return new LimitDecision(null, 0, null, Read());
        }
    }

    public void Leave()
    {
        lock (_gate)
            _running = Math.Max(0, _running - 1);
    }

    private static int Amount(LimitKind kind, LimitCost cost) => kind switch
    {
        LimitKind.Requests => 1,
        LimitKind.Tokens => cost.Tokens,
        LimitKind.InputTokens => cost.InputTokens,
        _ => cost.OutputTokens,
    };

    private LimitReading[] Read() => [.. _buckets.Select(entry => Reading(entry.Kind, entry.Bucket))];

    private static LimitReading Reading(LimitKind kind, TokenBucket bucket) => new(kind, bucket.Capacity, bucket.Remaining, bucket.UntilFull);
}
