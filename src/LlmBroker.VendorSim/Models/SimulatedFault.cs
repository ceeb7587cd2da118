namespace LlmBroker.Simulation.Models;

/// <summary>
/// One fault and when it fires: always, or by one of <see cref="Probability"/>, <see cref="Every"/> and <see cref="Next"/>;
/// with a <see cref="Marker"/> only among the calls whose prompt holds it.
/// </summary>
public sealed record SimulatedFault
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Fires for this share of the calls, 0 to 1.</summary>
    public double? Probability { get; init; }

    /// <summary>Fires for every Nth call.</summary>
    public int? Every { get; init; }

    /// <summary>Fires for the next N calls, counted from when the model was configured.</summary>
    public int? Next { get; init; }

    /// <summary>Only calls whose prompt holds this text (ordinal) count.</summary>
    public string? Marker { get; init; }

    /// <summary>
    /// For <see cref="FaultKind.RateLimited"/>: sent as <c>Retry-After</c> (Google: as <c>RetryInfo</c>); for
    /// <see cref="FaultKind.ModelNotReady"/> of Hugging Face: as <c>estimated_time</c>. Null sends none.
    /// </summary>
    public double? RetryAfterSeconds { get; init; }

    /// <summary>For <see cref="FaultKind.Slow"/>: how much longer the call takes.</summary>
    public double? ExtraMs { get; init; }

    /// <summary>For <see cref="FaultKind.Reset"/>: reset at once and unbilled, instead of after the answer was generated and billed.</summary>
    public bool BeforeGeneration { get; init; }
}
