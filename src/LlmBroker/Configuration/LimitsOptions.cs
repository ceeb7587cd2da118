namespace LlmBroker.Configuration;

/// <summary>Caps on one request.</summary>
public sealed record LimitsOptions
{
    /// <summary>Largest message in bytes. Default: 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Vendor calls per run, over tries, redeliveries, waits and fallbacks. Default: 12.</summary>
    public int MaxAttempts { get; init; } = 12;
}
