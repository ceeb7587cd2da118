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
    DeadLetter Letter, DeadLetterState State, DateTimeOffset? StateChangedAt, string? StateNote, int? RedrivenRun);
