namespace LlmBroker.Cli.Submit;

/// <summary>What one model did for a job.</summary>
internal sealed record ModelTally(string Model, string? Tier)
{
    public int Completed { get; init; }

    public int Truncated { get; init; }

    /// <summary>Prompt tokens of every class.</summary>
    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public decimal KnownCostUsd { get; init; }

    /// <summary>Completions without a known cost.</summary>
    public int CostUnknown { get; init; }
}
