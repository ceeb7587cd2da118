namespace LlmBroker.Simulation.Models;

/// <summary>Time from the whole request to the first byte of the answer, in milliseconds. Refusals come at once.</summary>
public sealed record SimulatedLatency
{
    /// <summary>Which of the fields below count. Default: <see cref="LatencyKind.Fixed"/>.</summary>
    public LatencyKind Kind { get; init; } = LatencyKind.Fixed;

    /// <summary>For <see cref="LatencyKind.Fixed"/>. Default: 0.</summary>
    public double? Ms { get; init; }

    /// <summary>For <see cref="LatencyKind.Uniform"/>.</summary>
    public double? MinMs { get; init; }

    /// <summary>For <see cref="LatencyKind.Uniform"/>.</summary>
    public double? MaxMs { get; init; }

    /// <summary>For <see cref="LatencyKind.Lognormal"/>.</summary>
    public double? MedianMs { get; init; }

    /// <summary>For <see cref="LatencyKind.Lognormal"/>; at least the median.</summary>
    public double? P95Ms { get; init; }

    /// <summary>Added for each output token, of every kind. Default: 0.</summary>
    public double MsPerOutputToken { get; init; }
}
