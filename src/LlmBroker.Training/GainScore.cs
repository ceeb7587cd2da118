namespace LlmBroker.Training;

/// <summary>
/// How well a ranking sends those prompts to the strong model that gain by it: RouteLLM's measures (Ong et al. 2024). At each of ten quantiles of the
/// predictions, what lies at or above it goes to the strong model; the part of the quality gap that this recovers is drawn over the share of strong
/// calls, beginning at none.
/// </summary>
/// <param name="Apgr">The area under that curve: 0.5 by chance.</param>
/// <param name="Cpt50">The share at which half the gap is recovered, between two thresholds by the straight line.</param>
/// <param name="Cpt80">The share at which four fifths are.</param>
internal readonly record struct GainScore(double Apgr, double Cpt50, double Cpt80)
{
    private const int Thresholds = 10;

    /// <param name="predictions">Higher: rather to the strong model.</param>
    /// <param name="gains">Score of the strong model less that of the weak one, in the same order.</param>
    /// <returns>NaNs where the strong model is no better than the weak one on all of them.</returns>
    public static GainScore Of(IReadOnlyList<double> predictions, IReadOnlyList<double> gains)
    {
        var all = gains.Sum();
        if (predictions.Count == 0 || all <= 0)
            return new GainScore(double.NaN, double.NaN, double.NaN);

        var sorted = predictions.Order().ToArray();
        var points = new List<(double Share, double Recovered)> { (0, 0) };
        for (var quantile = Thresholds - 1; quantile >= 0; quantile--)
        {
            var threshold = Quantile(sorted, (double)quantile / Thresholds);
            var (calls, recovered) = (0, 0.0);
            for (var i = 0; i < predictions.Count; i++)
            {
                if (predictions[i] < threshold)
                    continue;
                calls++;
                recovered += gains[i];
            }

            points.Add(((double)calls / predictions.Count, recovered / all));
        }

        var area = points.Zip(points.Skip(1), (a, b) => (b.Share - a.Share) * (a.Recovered + b.Recovered) / 2).Sum();
        return new GainScore(area, CallsFor(points, 0.5), CallsFor(points, 0.8));
    }

    /// <summary>The middle 95 % of what resampled prompts give (percentile bootstrap: Efron 1979).</summary>
    public static (double Low, double High) ApgrInterval(IReadOnlyList<double> predictions, IReadOnlyList<double> gains, int samples, int seed)
    {
        var random = new Random(seed);
        var values = new List<double>();
        for (var sample = 0; sample < samples; sample++)
        {
            var drawn = Enumerable.Range(0, predictions.Count).Select(_ => random.Next(predictions.Count)).ToArray();
            if (Of([.. drawn.Select(i => predictions[i])], [.. drawn.Select(i => gains[i])]).Apgr is var apgr && !double.IsNaN(apgr))
                values.Add(apgr);
        }

        values.Sort();
        return values.Count == 0 ? (double.NaN, double.NaN) : (values[(int)(values.Count * 0.025)], values[Math.Min(values.Count - 1, (int)(values.Count * 0.975))]);
    }

    /// <summary>How far the expected gain is from the gain, on average over ten bins of as many prompts each (Naeini et al. 2015).</summary>
    public static double CalibrationError(IReadOnlyList<double> predictions, IReadOnlyList<double> gains) => predictions
        .Zip(gains)
        .OrderBy(pair => pair.First)
        .Chunk(Math.Max(1, (predictions.Count + Thresholds - 1) / Thresholds))
        .Sum(bin => Math.Abs(bin.Sum(pair => pair.First - pair.Second))) / predictions.Count;

    private static double CallsFor(List<(double Share, double Recovered)> points, double part)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i].Recovered < part)
                continue;
            var (a, b) = (points[i - 1], points[i]);
            return a.Share + ((part - a.Recovered) / (b.Recovered - a.Recovered) * (b.Share - a.Share));
        }

        return 1;
    }

    private static double Quantile(double[] sorted, double part)
    {
        var at = part * (sorted.Length - 1);
        var low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + ((at - low) * (sorted[low + 1] - sorted[low])) : sorted[low];
    }
}
