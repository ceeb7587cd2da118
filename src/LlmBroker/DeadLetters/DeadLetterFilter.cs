using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

/// <summary>Which dead letters are meant; what is null does not matter.</summary>
internal sealed record DeadLetterFilter
{
    public DeadLetterState? State { get; init; }

    /// <summary>Only what waits for an operator: open, or redriven by somebody who did not get as far as sending.</summary>
    public bool Pending { get; init; }

    public FailureReason? Reason { get; init; }
    public string? Tenant { get; init; }
    public string? Model { get; init; }
    public string? Deployment { get; init; }
    public string? Lane { get; init; }
    public string? Task { get; init; }
    public string? RequestId { get; init; }

    /// <summary>Part of the error, whatever the case.</summary>
    public string? ErrorText { get; init; }

    /// <summary>Dead-lettered at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Dead-lettered before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>In a list: only what comes after this letter.</summary>
    public Guid? After { get; init; }

    /// <summary>In a list: at most this many, the newest. Default: 100.</summary>
    public int Limit { get; init; } = 100;
}
