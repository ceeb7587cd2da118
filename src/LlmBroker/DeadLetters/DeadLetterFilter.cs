using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

/// <summary>Which dead letters to list; null: all.</summary>
internal sealed record DeadLetterFilter
{
    public DeadLetterState? State { get; init; }
    public FailureReason? Reason { get; init; }
    public string? Tenant { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>Default: 100, the newest.</summary>
    public int Limit { get; init; } = 100;
}
