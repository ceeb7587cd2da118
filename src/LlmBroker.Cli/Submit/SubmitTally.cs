namespace LlmBroker.Cli.Submit;

/// <summary>Counts the answers of a job, those of the processes before included. Thread-safe.</summary>
internal sealed class SubmitTally
{
    private const string NoModel = "";

    private readonly Lock access = new();
    private readonly Dictionary<string, ModelTally> models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> failures = new(StringComparer.Ordinal);
    private decimal knownCostUsd;
    private int costUnknown;
    private int invalidLines;

    public void Add(AnsweredLine line)
    {
        lock (access)
        {
            if (line.Line is not null)
                invalidLines++;
            else if (line.Error is { } error)
                AddFailure(error, line.Llmbroker);
            else if (line.Llmbroker is { } facts)
                AddCompletion(facts);
        }
    }

    /// <summary>Takes a failure back that a redrive turned into a completion. What it cost stays spent and comes with the completion.</summary>
    public void TakeBack(AnsweredLine failure)
    {
        lock (access)
        {
            failures[failure.Error!.Code]--;
            if (failure.Llmbroker?.CostUsd is { } cost)
                knownCostUsd -= cost;
            else
                costUnknown--;
        }
    }

    public SubmitTotals Read()
    {
        lock (access)
        {
            return new SubmitTotals
            {
                InvalidLines = invalidLines,
                Failures = failures.Where(reason => reason.Value > 0).OrderByDescending(reason => reason.Value).ThenBy(reason => reason.Key, StringComparer.Ordinal).ToDictionary(),
                Models = [.. models.Values.OrderByDescending(model => model.Completed).ThenBy(model => model.Model, StringComparer.Ordinal)],
                KnownCostUsd = knownCostUsd,
                CostUnknown = costUnknown,
            };
        }
    }

    private void AddCompletion(OutputFacts facts)
    {
        AddCost(facts);
        var name = facts.Model ?? NoModel;
        var model = models.GetValueOrDefault(name) ?? new ModelTally(name, facts.Tier);
        var usage = facts.Usage;
        models[name] = model with
        {
            Completed = model.Completed + 1,
            Truncated = model.Truncated + (facts.FinishReason == "length" ? 1 : 0),
            InputTokens = model.InputTokens + (usage is null ? 0 : usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens),
            OutputTokens = model.OutputTokens + (usage?.OutputTokens ?? 0),
            KnownCostUsd = model.KnownCostUsd + (facts.CostUsd ?? 0),
            CostUnknown = model.CostUnknown + (facts.CostUsd is null ? 1 : 0),
        };
    }

    private void AddFailure(OutputError error, OutputFacts? facts)
    {
        failures[error.Code] = failures.GetValueOrDefault(error.Code) + 1;
        AddCost(facts);
    }

    private void AddCost(OutputFacts? facts)
    {
        if (facts?.CostUsd is { } cost)
            knownCostUsd += cost;
        else
            costUnknown++;
    }
}
