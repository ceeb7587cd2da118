namespace LlmBroker.DeadLetters;

/// <summary>What a redrive would do, at the price of the day.</summary>
internal sealed record RedrivePreview
{
    /// <summary>Letters that would be sent, as far as the letters tell: what workers do with their requests meanwhile is seen when it is done.</summary>
    public long Letters { get; init; }

    /// <summary>Left alone, since their requests were redriven too often.</summary>
    public long TooOften { get; init; }

    /// <summary>Named by an id and not there, or discarded.</summary>
    public long Closed { get; init; }

    /// <summary>Of <see cref="Letters"/>, if each takes one call with the longest answer, in USD.</summary>
    public decimal EstimatedCostUsd { get; init; }

    /// <summary>Of <see cref="Letters"/>, those whose cost cannot be estimated and is not in <see cref="EstimatedCostUsd"/>.</summary>
    public long UnknownCosts { get; init; }

    /// <summary>Why something cannot be sent like that. Empty: all can.</summary>
    public IReadOnlyList<RedriveFault> Faults { get; init; } = [];
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Text">What, and the remedy.</param>
/// <param name="Letters">How many letters have it; 0: the edits themselves do.</param>
/// <param name="Sample">One of them.</param>
internal sealed record RedriveFault(string Text, long Letters, Guid? Sample)
{
    public override string ToString() =>
        Letters == 0 ? Text : Letters == 1 ? $"{Sample}: {Text}" : $"{Sample} and {Letters - 1} more: {Text}";
}
