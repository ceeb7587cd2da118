namespace LlmBroker.Savings;

/// <summary>Sums over the runs of one group that are alike in what the ledger says of them. Money in USD.</summary>
internal sealed record SavingsCell
{
    /// <summary>The group; null: unknown.</summary>
    public string? Name { get; init; }

    /// <summary><c>cheap</c> or <c>large</c> when the tier was drawn by lot, else null.</summary>
    public string? Arm { get; init; }

    public AnswerPath Path { get; init; }

    public SavingsState State { get; init; }

    public long Runs { get; init; }

    /// <summary>All calls, whatever became of them: answers, failures, rejected answers, judges, and at their estimate those of unknown outcome.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: estimates of calls whose outcome is unknown.</summary>
    public decimal AmbiguousUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: calls that failed or were aborted.</summary>
    public decimal FailedCallsUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: answers of the cheap model that a cascade rejected.</summary>
    public decimal RejectedUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: judges.</summary>
    public decimal JudgeUsd { get; init; }

    /// <summary>Calls of unknown price, which <see cref="CostUsd"/> lacks.</summary>
    public long UnpricedCalls { get; init; }

    /// <summary>What the answers' tokens cost on the cheap model.</summary>
    public decimal AllCheapUsd { get; init; }

    /// <summary>What the answers' tokens cost on the large model.</summary>
    public decimal AllLargeUsd { get; init; }

    /// <summary>Σ (large − cheap)², of each run's two costs.</summary>
    public double DifferenceSquares { get; init; }

    /// <summary>Σ cost².</summary>
    public double CostSquares { get; init; }

    public double OutputTokens { get; init; }

    /// <summary>Σ tokens².</summary>
    public double OutputTokenSquares { get; init; }

    /// <summary>Cheap answers that a cascade looked at and let through.</summary>
    public long CascadeAccepted { get; init; }

    public long CascadeRejected { get; init; }

    /// <summary>Runs whose feedback accepts them: more of the latest verdicts of its sources accept than reject.</summary>
    public long FeedbackAccepted { get; init; }

    /// <summary>Runs with verdicts that do not accept them.</summary>
    public long FeedbackRejected { get; init; }

    /// <summary>Runs with a score.</summary>
    public long Scores { get; init; }

    public double ScoreSum { get; init; }

    public double ScoreSquares { get; init; }
}
