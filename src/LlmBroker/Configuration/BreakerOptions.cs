namespace LlmBroker.Configuration;

/// <summary>Circuit breaker of one deployment in one worker process.</summary>
public sealed record BreakerOptions
{
    /// <summary>Share of failed calls that opens the breaker, above 0 to 1. Default: 0.5.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Calls within <see cref="SamplingDuration"/> before the ratio counts; at least 2. Default: 20.</summary>
    public int MinimumThroughput { get; init; } = 20;

    /// <summary>Window of the ratio. Default: 30 s.</summary>
    public TimeSpan SamplingDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the breaker stays open before one call is tried. Default: 15 s.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(15);
}
