namespace LlmBroker.Savings;

/// <summary>
/// What the choice between two models saved in one group, after all that it cost. Only runs that were answered and whose prices are all known
/// are compared; what was spent on runs without an answer counts against the saving all the same. Money in USD. Pure.
/// </summary>
internal sealed record SavingsRow
{
    /// <summary>The group; null: unknown.</summary>
    public string? Name { get; init; }

    /// <summary>Runs with a choice, whatever became of them.</summary>
    public required long Runs { get; init; }

    /// <summary>Those that all figures below are about.</summary>
    public required long Compared { get; init; }

    /// <summary>Left out: answered, but with an unknown price.</summary>
    public required long Unpriced { get; init; }

    /// <summary>Left out: not ended yet.</summary>
    public required long Open { get; init; }

    /// <summary>Ended without an answer. Not compared; their cost is <see cref="UnansweredUsd"/>.</summary>
    public required long Unanswered { get; init; }

    public required long Cheap { get; init; }
    public required long Large { get; init; }
    public required long Escalated { get; init; }

    /// <summary>Everything paid: all calls of the compared runs, and <see cref="UnansweredUsd"/>.</summary>
    public required decimal CostUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: estimates of calls whose outcome is unknown.</summary>
    public required decimal AmbiguousUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: failed and aborted calls of compared runs.</summary>
    public required decimal FailedCallsUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: cheap answers that were rejected.</summary>
    public required decimal RejectedUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: judges.</summary>
    public required decimal JudgeUsd { get; init; }

    /// <summary>Part of <see cref="CostUsd"/>: what was spent on runs that ended without an answer, as far as prices are known.</summary>
    public required decimal UnansweredUsd { get; init; }

    /// <summary>Calls of unknown price on those, which <see cref="UnansweredUsd"/> lacks.</summary>
    public required long UnansweredUnpricedCalls { get; init; }

    /// <summary>Every compared run on the large model: its answer's tokens at the large model's price.</summary>
    public required decimal AllLargeUsd { get; init; }

    /// <summary>Every compared run on the cheap model, likewise.</summary>
    public required decimal AllCheapUsd { get; init; }

    /// <summary>
    /// What a shuffled router would cost on average: one that sends each run to the large model by a lot with the probability
    /// p = <see cref="LargeShare"/>: p × <see cref="AllLargeUsd"/> + (1 − p) × <see cref="AllCheapUsd"/>.
    /// </summary>
    public required decimal ShuffledUsd { get; init; }

    /// <summary>How far 95 % of shuffled routers are from that at most: 1.96 √(p (1 − p) Σ (large − cheap)²), the normal approximation.</summary>
    public required double ShuffledReachUsd { get; init; }

    /// <summary>By how much more output the large model answers, of requests that a lot sent to either; null when too few.</summary>
    public required Estimate? OutputRatio { get; init; }

    /// <summary>
    /// The saving as the lot has it, free of the assumption that both models answer at the same length:
    /// compared × mean cost of the runs that a lot sent to the large model − <see cref="CostUsd"/>. Null when too few.
    /// </summary>
    public required Estimate? SavedByLotUsd { get; init; }

    /// <summary>The share of the cheap answers that a cascade looked at and let through; null when too few.</summary>
    public required Estimate? CascadePassed { get; init; }

    /// <summary>Cheap answers that a cascade looked at.</summary>
    public required long CascadeChecked { get; init; }

    /// <summary>Of <c>cheap</c> and <c>large</c>, by lot, and of what was <c>routed</c>.</summary>
    public required IReadOnlyList<AnswerQuality> Quality { get; init; }

    /// <summary>By how much more often routed answers are accepted than those of the large model; null when too few.</summary>
    public Estimate? RoutedAgainstLarge => Estimate.OfDifference(QualityOf(AnswerQuality.Routed).Accepted, QualityOf("large").Accepted);

    /// <summary>By how much more often answers of the cheap model are accepted than those of the large one; null when too few.</summary>
    public Estimate? CheapAgainstLarge => Estimate.OfDifference(QualityOf("cheap").Accepted, QualityOf("large").Accepted);

    /// <summary>Part of the compared runs that the large model answered, 0 to 1, escalations included.</summary>
    public double LargeShare => Compared == 0 ? 0 : (double)(Large + Escalated) / Compared;

    /// <summary>Net of everything: <see cref="AllLargeUsd"/> − <see cref="CostUsd"/>. Exact, given that both models answer at the same length.</summary>
    public decimal SavedUsd => AllLargeUsd - CostUsd;

    /// <summary>The same as a part of <see cref="AllLargeUsd"/>; null when that is 0.</summary>
    public double? SavedShare => AllLargeUsd == 0 ? null : (double)(SavedUsd / AllLargeUsd);

    /// <summary>What the choice of requests, and not their number, saved: <see cref="ShuffledUsd"/> − <see cref="CostUsd"/>.</summary>
    public decimal SavedOverShuffledUsd => ShuffledUsd - CostUsd;

    public static SavingsRow Sum(string? name, IReadOnlyCollection<SavingsCell> cells)
    {
        var compared = cells.Where(cell => cell.State == SavingsState.Compared).ToArray();
        var answered = cells.Where(cell => cell.State is SavingsState.Compared or SavingsState.Unpriced).ToArray();
        var failed = cells.Where(cell => cell.State == SavingsState.Failed).ToArray();
        var count = compared.Sum(cell => cell.Runs);
        var onLarge = compared.Where(cell => cell.Path != AnswerPath.Cheap).Sum(cell => cell.Runs);
        var share = count == 0 ? 0 : (decimal)onLarge / count;
        var (allLarge, allCheap) = (compared.Sum(cell => cell.AllLargeUsd), compared.Sum(cell => cell.AllCheapUsd));
        var unanswered = failed.Sum(cell => cell.CostUsd);
        var cost = compared.Sum(cell => cell.CostUsd) + unanswered;
        var largeByLot = Arm(compared, "large");
        var cascadePassed = answered.Sum(cell => cell.CascadeAccepted);
        var cascadeChecked = cascadePassed + answered.Sum(cell => cell.CascadeRejected);
        return new SavingsRow
        {
            Name = name,
            Runs = cells.Sum(cell => cell.Runs),
            Compared = count,
            Unpriced = Count(cells, SavingsState.Unpriced),
            Open = Count(cells, SavingsState.Open),
            Unanswered = Count(cells, SavingsState.Failed),
            Cheap = count - onLarge,
            Large = compared.Where(cell => cell.Path == AnswerPath.Large).Sum(cell => cell.Runs),
            Escalated = compared.Where(cell => cell.Path == AnswerPath.Escalated).Sum(cell => cell.Runs),
            CostUsd = cost,
            AmbiguousUsd = compared.Concat(failed).Sum(cell => cell.AmbiguousUsd),
            FailedCallsUsd = compared.Sum(cell => cell.FailedCallsUsd),
            RejectedUsd = compared.Sum(cell => cell.RejectedUsd),
            JudgeUsd = compared.Sum(cell => cell.JudgeUsd),
            UnansweredUsd = unanswered,
            UnansweredUnpricedCalls = failed.Sum(cell => cell.UnpricedCalls),
            AllLargeUsd = allLarge,
            AllCheapUsd = allCheap,
            ShuffledUsd = (share * allLarge) + ((1 - share) * allCheap),
            ShuffledReachUsd = Estimate.ReachOfSum((double)(share * (1 - share)) * compared.Sum(cell => cell.DifferenceSquares)),
            OutputRatio = Estimate.OfRatio(OutputOf(largeByLot), OutputOf(Arm(compared, "cheap").Where(cell => cell.Path == AnswerPath.Cheap).ToArray())),
            SavedByLotUsd = SavedByLot(largeByLot, count, cost),
            CascadeChecked = cascadeChecked,
            CascadePassed = Estimate.OfShare(cascadePassed, cascadeChecked),
            Quality =
            [
                AnswerQuality.Sum("cheap", Arm(answered, "cheap")),
                AnswerQuality.Sum("large", Arm(answered, "large")),
                AnswerQuality.Sum(AnswerQuality.Routed, Arm(answered, null)),
            ],
        };
    }

    private AnswerQuality QualityOf(string of) => Quality.Single(quality => quality.Of == of);

    private static Estimate? SavedByLot(IReadOnlyCollection<SavingsCell> largeByLot, long count, decimal cost) =>
        Estimate.OfMean(largeByLot.Sum(cell => cell.Runs), (double)largeByLot.Sum(cell => cell.CostUsd), largeByLot.Sum(cell => cell.CostSquares)) is { } mean
            ? new Estimate((mean.Value * count) - (double)cost, (mean.Low * count) - (double)cost, (mean.High * count) - (double)cost, mean.Count)
            : null;

    private static Estimate? OutputOf(IReadOnlyCollection<SavingsCell> cells) =>
        Estimate.OfMean(cells.Sum(cell => cell.Runs), cells.Sum(cell => cell.OutputTokens), cells.Sum(cell => cell.OutputTokenSquares));

    private static SavingsCell[] Arm(IEnumerable<SavingsCell> cells, string? arm) => [.. cells.Where(cell => cell.Arm == arm)];

    private static long Count(IEnumerable<SavingsCell> cells, SavingsState state) => cells.Where(cell => cell.State == state).Sum(cell => cell.Runs);
}
