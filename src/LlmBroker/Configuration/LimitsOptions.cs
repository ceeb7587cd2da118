namespace LlmBroker.Configuration;

/// <summary>Caps on one request.</summary>
public sealed record LimitsOptions
{
    /// <summary>Largest message in bytes. Default: 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Vendor calls per run, over tries, redeliveries, waits and fallbacks. Default: 12.</summary>
    public int MaxAttempts { get; init; } = 12;

    /// <summary>
    /// Request bodies of more bytes wait in the ledger while a reference travels through the work and wait queues; 0: all of them.
    /// Default: 64 KiB.
    /// </summary>
    public int InlineBodyBytes { get; init; } = 64 * 1024;
}
