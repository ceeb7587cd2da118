namespace LlmBroker.Cli.Submit;

/// <summary>The counts of a job at one moment.</summary>
internal sealed record SubmitTotals
{
    /// <summary>Lines that could not be sent.</summary>
    public int InvalidLines { get; init; }

    /// <summary>Failed requests by reason, the most frequent first.</summary>
    public IReadOnlyDictionary<string, int> Failures { get => field ?? new Dictionary<string, int>(); init; }

    public IReadOnlyList<ModelTally> Models { get => field ?? []; init; }

    /// <summary>Everything spent whose price is known, on failures too.</summary>
    public decimal KnownCostUsd { get; init; }

    /// <summary>Answers without a known cost.</summary>
    public int CostUnknown { get; init; }

    public int Completed => Models.Sum(model => model.Completed);

    public int Failed => Failures.Values.Sum();

    public int Truncated => Models.Sum(model => model.Truncated);

    public int Answered => Completed + Failed + InvalidLines;

    /// <summary>The part of the completions that a tier made, 0 to 1; null while there are none.</summary>
    public double? ShareOf(string tier) =>
        Completed == 0 ? null : (double)Models.Where(model => model.Tier == tier).Sum(model => model.Completed) / Completed;
}
