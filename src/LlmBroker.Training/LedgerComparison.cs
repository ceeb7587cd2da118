using LlmBroker.Learning;

namespace LlmBroker.Training;

/// <summary>The running model beside one that learnt from the ledger, on days of which it has seen nothing.</summary>
internal sealed record LedgerComparison
{
    private const int Resamples = 500;

    /// <summary>Labelled cheap answers on either side of the line below which nothing is told.</summary>
    public const int FewestRows = 200;

    /// <summary>From which on days are held out.</summary>
    public required DateTimeOffset HeldOutFrom { get; init; }

    /// <summary>Rows that the new model learnt from, those of the large model included.</summary>
    public required int Learnt { get; init; }

    /// <summary>Of <see cref="Learnt"/>, those with features.</summary>
    public required int WithFeatures { get; init; }

    /// <summary>Whether only what a lot sent to the cheap model is compared; else all that went there, which the running model itself chose.</summary>
    public required bool ByLot { get; init; }

    public required LedgerScore Running { get; init; }

    public required LedgerScore New { get; init; }

    /// <summary>New less running, of <see cref="LedgerScore.Apgr"/>, between what it lies at 95 %, by the bootstrap (Efron 1979).</summary>
    public required (double Value, double Low, double High) ApgrDifference { get; init; }

    /// <summary>The whole interval is above 0.</summary>
    public bool IsBetter => ApgrDifference.Low > 0;

    /// <param name="examples">Of all days.</param>
    /// <param name="heldOutFrom">The new model learns from what was accepted before.</param>
    /// <param name="buckets">Number of hashed words.</param>
    /// <param name="seed">Of the order of learning and of the bootstrap.</param>
    /// <returns>Null when there are fewer than <see cref="FewestRows"/> labelled cheap answers to learn from, or to compare on.</returns>
    public static (LedgerComparison Comparison, GainCorrection Correction)? Make(
        IReadOnlyList<LedgerExample> examples, DateTimeOffset heldOutFrom, int buckets, int seed)
    {
        var learnt = examples.Where(example => example.AcceptedAt < heldOutFrom).ToArray();
        var heldOut = examples.Where(example => example.AcceptedAt >= heldOutFrom && example.OfCheap).ToArray();
        if (learnt.Count(example => example.OfCheap) < FewestRows || heldOut.Length < FewestRows)
            return null;

        var lot = heldOut.Where(example => example.Arm is not null).ToArray();
        var byLot = lot.Length >= FewestRows;
        if (byLot)
            heldOut = lot;

        var correction = GainCorrection.Train(learnt, buckets, seed);
        var running = heldOut.Select(example => example.Gain ?? 0).ToArray();
        var corrected = heldOut.Select(correction.Predict).ToArray();
        var comparison = new LedgerComparison
        {
            HeldOutFrom = heldOutFrom,
            Learnt = learnt.Length,
            WithFeatures = learnt.Count(example => example.Features is not null),
            ByLot = byLot,
            Running = LedgerScore.Of(heldOut, running, correction.LargeBad),
            New = LedgerScore.Of(heldOut, corrected, correction.LargeBad),
            ApgrDifference = Difference(heldOut, running, corrected, seed),
        };
        return (comparison, correction);
    }

    private static (double, double, double) Difference(LedgerExample[] rows, double[] running, double[] corrected, int seed)
    {
        var random = new Random(seed);
        var all = Enumerable.Range(0, rows.Length).ToArray();
        var differences = Enumerable.Range(0, Resamples)
            .Select(_ => Of([.. all.Select(_ => random.Next(rows.Length))]))
            .Where(difference => !double.IsNaN(difference))
            .Order()
            .ToArray();
        return differences.Length == 0
            ? (double.NaN, double.NaN, double.NaN)
            : (Of(all), differences[(int)(0.025 * (differences.Length - 1))], differences[(int)Math.Ceiling(0.975 * (differences.Length - 1))]);

        double Of(int[] drawn)
        {
            LedgerExample[] sample = [.. drawn.Select(row => rows[row])];
            return LedgerScore.Of(sample, [.. drawn.Select(row => corrected[row])], 0).Apgr - LedgerScore.Of(sample, [.. drawn.Select(row => running[row])], 0).Apgr;
        }
    }
}
