using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

internal enum DeadLetterActionKind
{
    Unknown = 0,
    Redriven = 1,
    Discarded = 2,

    /// <summary>A message without a run came back after its redrive: it is open again.</summary>
    Returned = 3,
}

/// <summary>Something that was done with a dead letter.</summary>
internal sealed record DeadLetterAction
{
    public required DeadLetterActionKind Kind { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it; null: the broker itself.</summary>
    public string? By { get; init; }

    /// <summary>The run that a redrive opened.</summary>
    public int? Run { get; init; }

    /// <summary>What a redrive changed; empty: nothing.</summary>
    public RedriveEdits Edits { get; init; } = RedriveEdits.None;

    /// <summary>Where a redrive sent the run.</summary>
    public Route? Route { get; init; }

    /// <summary>Why it was discarded.</summary>
    public string? Note { get; init; }
}
