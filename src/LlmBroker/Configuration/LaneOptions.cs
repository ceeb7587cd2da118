namespace LlmBroker.Configuration;

/// <summary>Settings of one lane.</summary>
public sealed record LaneOptions
{
    /// <summary>Deadline, counted from acceptance, of a request that brings none.</summary>
    public TimeSpan DefaultDeadline { get; init; }

    /// <summary>
    /// How long after acceptance a request rather waits for its deployment than burns a fallback.
    /// A request without fallbacks waits until its deadline.
    /// </summary>
    public TimeSpan Patience { get; init; }
}
