using LlmBroker.Learning;

namespace LlmBroker.Training;

/// <summary>
/// How well predicted gains tell the cheap answers that were not good enough from those that were, on labelled runs of the ledger. Pure.
/// </summary>
internal sealed record LedgerScore
{
    private const int Bins = 10;
    private const int Thresholds = 10;

    /// <summary>Cheap answers with a label.</summary>
    public required int Rows { get; init; }

    /// <summary>Those that were not good enough.</summary>
    public required int Bad { get; init; }

    /// <summary>
    /// The probability that a bad answer had the larger predicted gain than a good one, ties half: the area under the ROC curve, as the
    /// Mann–Whitney statistic. 0.5 is chance; NaN when all answers are alike.
    /// </summary>
    public required double Auc { get; init; }

    /// <summary>
    /// The mean part of the bad answers among the share of the requests with the largest gains, over the shares 0.1, 0.2 … 1: what a router
    /// would have avoided. As RouteLLM's APGR (Ong et al. 2024), with the gap between cheap and the answers that the large model mends. 0.55 is
    /// chance with these thresholds.
    /// </summary>
    public required double Apgr { get; init; }

    /// <summary>The share of the requests, 0 to 1, that must go to the large model to avoid half of the bad answers, those with the largest gains first.</summary>
    public required double Cpt50 { get; init; }

    /// <summary>The same for 80 %.</summary>
    public required double Cpt80 { get; init; }

    /// <summary>
    /// The mean squared distance of the predicted gain from what came of it: 1 for a bad answer and 0 for a good one, less the part of the large model's
    /// that is bad (Brier 1950). Less is better.
    /// </summary>
    public required double Loss { get; init; }

    /// <summary>
    /// Expected calibration error: over ten bins of predicted gain, the mean distance between it and the share of bad answers less
    /// that of the large model, weighted by rows (Naeini et al. 2015).
    /// </summary>
    public required double CalibrationError { get; init; }

    /// <summary>What the requests would cost in USD at <see cref="Cpt80"/>; null when a cost is unknown.</summary>
    public required decimal? UsdAt80 { get; init; }

    /// <param name="examples">Of cheap answers; others are left out.</param>
    /// <param name="gains">The predicted gain of each example, in their order.</param>
    /// <param name="largeBad">The share of the large model's answers that are bad as well.</param>
    public static LedgerScore Of(IReadOnlyList<LedgerExample> examples, IReadOnlyList<double> gains, double largeBad)
    {
        var rows = examples.Zip(gains).Where(pair => pair.First.OfCheap).OrderByDescending(pair => pair.Second).ToArray();
        var bad = rows.Count(row => row.First.Bad);
        var at80 = ShareFor(rows, bad, 0.8);
        return new LedgerScore
        {
            Rows = rows.Length,
            Bad = bad,
            Auc = AucOf(rows, bad),
            Apgr = bad == 0 ? double.NaN : Enumerable.Range(1, Thresholds).Average(step => Recovered(rows, (int)Math.Round(rows.Length * step / (double)Thresholds)) / bad),
            Cpt50 = ShareFor(rows, bad, 0.5),
            Cpt80 = at80,
            Loss = rows.Length == 0 ? double.NaN : rows.Average(row => Square(row.Second - ((row.First.Bad ? 1 : 0) - largeBad))),
            CalibrationError = CalibrationErrorOf(rows, largeBad),
            UsdAt80 = double.IsNaN(at80) ? null : CostOf(rows, (int)Math.Round(at80 * rows.Length)),
        };
    }

    private static double Square(double value) => value * value;

    /// <summary>By ranks, those of equal gains shared.</summary>
    private static double AucOf((LedgerExample Example, double Gain)[] rows, int bad)
    {
        var good = rows.Length - bad;
        if (bad == 0 || good == 0)
            return double.NaN;

        var ranks = 0.0;
        for (var (start, above) = (0, rows.Length); start < rows.Length;)
        {
            var end = start;
            while (end < rows.Length && rows[end].Gain == rows[start].Gain)
                end++;
            var rank = above - ((end - start - 1) / 2.0);
            ranks += rank * rows[start..end].Count(row => row.Example.Bad);
            above -= end - start;
            start = end;
        }

        return (ranks - (bad * (bad + 1.0) / 2)) / ((double)bad * good);
    }

    private static double Recovered((LedgerExample Example, double Gain)[] rows, int count) => rows.Take(count).Count(row => row.Example.Bad);

    private static double ShareFor((LedgerExample Example, double Gain)[] rows, int bad, double part)
    {
        if (bad == 0)
            return double.NaN;

        var found = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            found += rows[i].Example.Bad ? 1 : 0;
            if (found >= part * bad)
                return (i + 1.0) / rows.Length;
        }

        return 1;
    }

    private static double CalibrationErrorOf((LedgerExample Example, double Gain)[] rows, double largeBad) => rows.Length == 0
        ? double.NaN
        : rows
            .GroupBy(row => Math.Clamp((int)(row.Gain * Bins), 0, Bins - 1))
            .Sum(bin => Math.Abs(bin.Sum(row => row.Gain - ((row.Example.Bad ? 1 : 0) - largeBad)))) / rows.Length;

    private static decimal? CostOf((LedgerExample Example, double Gain)[] rows, int onLarge) =>
        rows.Index().Aggregate((decimal?)0, (sum, row) => sum + (row.Index < onLarge ? row.Item.Example.LargeUsd : row.Item.Example.CheapUsd));
}
