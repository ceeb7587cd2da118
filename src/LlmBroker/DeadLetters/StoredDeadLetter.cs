namespace LlmBroker.DeadLetters;

/// <summary>What an operator did with a dead letter.</summary>
internal enum DeadLetterState
{
    Unknown = 0,
    Open = 1,
    Redriven = 2,
    Discarded = 3,
}

/// <summary>A dead letter as it is kept.</summary>
internal sealed record StoredDeadLetter(
    DeadLetter Letter, DeadLetterState State, DateTimeOffset? StateChangedAt, string? StateNote, int? RedrivenRun)
{
    /// <summary>When the queue confirmed what its redrive sent; null when that is not known.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>How often its request, or the message when it has no run, was redriven before.</summary>
    public int Redrives { get; init; }

    /// <summary>Redriven by somebody of whom it is not known that he sent it: sending it again is safe, since the claim lets one run through.</summary>
    public bool IsUnsent => State == DeadLetterState.Redriven && SentAt is null;
}
