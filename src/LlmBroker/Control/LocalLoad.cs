namespace LlmBroker.Control;

/// <summary>What this process does at one deployment. Thread safe.</summary>
internal sealed class LocalLoad(TimeProvider time)
{
    /// <summary>After so long without a call nobody knows how fast the vendor is now.</summary>
    private static readonly TimeSpan LatencyLife = TimeSpan.FromMinutes(1);

    /// <summary>Weight of the newest call.</summary>
    private const double Newest = 0.2;

    private readonly Lock gate = new();
    private int inFlight;
    private double? latencyMs;
    private long measuredAt;

    public void Enter() => Interlocked.Increment(ref inFlight);

    public void Leave() => Interlocked.Decrement(ref inFlight);

    public void Measure(TimeSpan latency)
    {
        lock (gate)
        {
            var known = Fresh();
            latencyMs = known is { } mean ? mean + (latency.TotalMilliseconds - mean) * Newest : latency.TotalMilliseconds;
            measuredAt = time.GetTimestamp();
        }
    }

    public DeploymentLoad Read()
    {
        lock (gate)
            return new DeploymentLoad(Volatile.Read(ref inFlight), Fresh() is { } mean ? Math.Round(mean, 1) : null);
    }

    private double? Fresh() => latencyMs is not null && time.GetElapsedTime(measuredAt) < LatencyLife ? latencyMs : null;
}
