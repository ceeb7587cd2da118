namespace LlmBroker.Learning;

/// <summary>One answered run as training and evaluation see it.</summary>
internal sealed record LedgerExample
{
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Kind of work; null: unknown.</summary>
    public string? Task { get; init; }

    /// <summary>What the model in force at the time expected the large model to do better, 0 to 1; null when nobody asked.</summary>
    public double? Gain { get; init; }

    /// <summary><c>cheap</c> or <c>large</c> when the tier was drawn by lot, else null.</summary>
    public string? Arm { get; init; }

    /// <summary>Whether the label is about the cheap model's answer, and not about the large one's.</summary>
    public required bool OfCheap { get; init; }

    /// <summary>Whether that answer was not good enough: the label.</summary>
    public required bool Bad { get; init; }

    /// <summary>What said so: one of the constants of <see cref="AnswerLabel"/>.</summary>
    public required string Source { get; init; }

    /// <summary>What the answer's tokens cost on either model, in USD; null: unknown.</summary>
    public decimal? CheapUsd { get; init; }

    public decimal? LargeUsd { get; init; }

    /// <summary>Null when none were kept, or by a version that hashes otherwise.</summary>
    public StoredFeatures? Features { get; init; }
}
