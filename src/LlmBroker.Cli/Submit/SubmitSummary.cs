using LlmBroker.Savings;

namespace LlmBroker.Cli.Submit;

/// <summary>What is told at the end of a job, as a table or as JSON.</summary>
internal sealed record SubmitSummary
{
    public required string Job { get; init; }

    public required string Output { get; init; }

    /// <summary>Null when nothing failed.</summary>
    public string? Errors { get; init; }

    public required int Total { get; init; }

    public required int Completed { get; init; }

    /// <summary>Requests that failed; lines that could not be sent are counted apart.</summary>
    public required int Failed { get; init; }

    public required int InvalidLines { get; init; }

    public required IReadOnlyDictionary<string, int> FailedByReason { get; init; }

    /// <summary>Completions that the model's token limit cut off.</summary>
    public required int Truncated { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    /// <summary>Null when a price is unknown.</summary>
    public required decimal? CostUsd { get; init; }

    public required decimal KnownCostUsd { get; init; }

    /// <summary>Of the process that finished the job.</summary>
    public required double WallSeconds { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required IReadOnlyList<ModelTally> Models { get; init; }

    /// <summary>What the policy's choice between two models saved; null when it had none, or the ledger is out of reach.</summary>
    public SavingsRow? Savings { get; init; }

    public bool AllCompleted => Failed == 0 && InvalidLines == 0;

    public static SubmitSummary Of(SubmitOptions options, Job job, int total, SubmitTotals totals, ProgressMeter meter) => new()
    {
        Job = job.Name,
        Output = options.Output,
        Errors = totals.Failed + totals.InvalidLines > 0 ? options.Errors : null,
        Total = total,
        Completed = totals.Completed,
        Failed = totals.Failed,
        InvalidLines = totals.InvalidLines,
        FailedByReason = totals.Failures,
        Truncated = totals.Truncated,
        InputTokens = totals.Models.Sum(model => model.InputTokens),
        OutputTokens = totals.Models.Sum(model => model.OutputTokens),
        CostUsd = totals.CostUnknown == 0 ? totals.KnownCostUsd : null,
        KnownCostUsd = totals.KnownCostUsd,
        WallSeconds = Math.Round(meter.Elapsed.TotalSeconds, 3),
        RequestsPerSecond = Math.Round(meter.MeanRateOf(totals.Answered) ?? 0, 1),
        Models = totals.Models,
    };
}
