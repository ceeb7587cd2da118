using System.Collections.Concurrent;
using LlmBroker.Messaging;

namespace LlmBroker.Control;

/// <summary>
/// Until when nobody may call a deployment: its vendor asked to wait, or another process opened its breaker. A hold ends by itself and is
/// never longer than the longest wait queue, so that no value from outside can stop a deployment for good. Thread safe.
/// </summary>
internal sealed class DeploymentHolds(TimeProvider time)
{
    public static readonly TimeSpan Longest = WaitStep.All[^1].Delay;

    /// <summary>A hold that ends this little later is no news.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(string Deployment, HoldCause Cause), DateTimeOffset> until = new();

    /// <summary>Holds a deployment for at least so long from now.</summary>
    /// <returns>True when that is news which others should hear.</returns>
    public bool Hold(string deployment, HoldCause cause, TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
            return false;

        var end = time.GetUtcNow() + (duration < Longest ? duration : Longest);
        var isNews = false;
        until.AddOrUpdate(
            (deployment, cause),
            _ =>
            {
                isNews = true;
                return end;
            },
            (_, known) =>
            {
                isNews = end > known + Tolerance;
                return end > known ? end : known;
            });
        return isNews;
    }

    public void Release(string deployment, HoldCause cause) => until.TryRemove((deployment, cause), out _);

    /// <summary>How long the deployment is still held; zero: it may be called.</summary>
    public TimeSpan RemainingOf(string deployment)
    {
        if (until.IsEmpty)
            return TimeSpan.Zero;

        var vendor = RemainingOf((deployment, HoldCause.Vendor));
        var breaker = RemainingOf((deployment, HoldCause.Breaker));
        return vendor > breaker ? vendor : breaker;
    }

    private TimeSpan RemainingOf((string, HoldCause) key)
    {
        if (!until.TryGetValue(key, out var end))
            return TimeSpan.Zero;

        var remaining = end - time.GetUtcNow();
        if (remaining > TimeSpan.Zero)
            return remaining;

        until.TryRemove(new KeyValuePair<(string, HoldCause), DateTimeOffset>(key, end));
        return TimeSpan.Zero;
    }
}
