using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>The running model beside another one on the same labelled requests, of which the other has seen nothing. Pure.</summary>
internal sealed record LedgerComparison
{
    private const int Resamples = 500;

    public required LedgerScore Running { get; init; }

    public required LedgerScore Other { get; init; }

    /// <summary>The other less the running, of <see cref="LedgerScore.Apgr"/>.</summary>
    public required RoutingModelDifference Apgr { get; init; }

    /// <summary>The same of <see cref="LedgerScore.Auc"/>.</summary>
    public required RoutingModelDifference Auc { get; init; }

    /// <summary>The same of <see cref="LedgerScore.Loss"/>; less is better.</summary>
    public required RoutingModelDifference Loss { get; init; }

    /// <summary>It puts requests into a better order, the whole interval above 0, and its gains are not further from the truth with as much certainty.</summary>
    public bool IsBetter => Apgr.Low > 0 && !(Loss.Low > 0);

    /// <summary>Why it is not better, as far as the figures tell; null when it is.</summary>
    public string? WhyNot => this switch
    {
        { IsBetter: true } => null,
        { Apgr.Low: > 0 } => "its gains are further from what came of them",
        { Apgr.High: < 0 } => "it puts requests into a worse order",
        { Loss.High: < 0 } => "its gains are nearer to what came of them, which counts for 'threshold', 'keepQuality' and 'skipAboveGain', but its order is not shown to be better",
        _ => "the difference may be chance",
    };

    /// <param name="rows">Labelled cheap answers with features, good and bad ones.</param>
    /// <param name="running">The model that runs.</param>
    /// <param name="other">The model that may take its place.</param>
    /// <param name="largeBad">The part of the large model's answers that is bad, 0 to 1.</param>
    /// <param name="seed">Of the resamples. The same rows and seed give the same intervals.</param>
    public static LedgerComparison Of(IReadOnlyList<LedgerExample> rows, RoutingModel running, RoutingModel other, double largeBad, int seed) =>
        Of(rows, LedgerGains.Of(running, rows), LedgerGains.Of(other, rows), largeBad, seed);

    /// <param name="rows">Labelled cheap answers, good and bad ones.</param>
    /// <param name="running">The gain that the running model expects of each, 0 to 1.</param>
    /// <param name="other">The same of the other model.</param>
    /// <param name="largeBad">The part of the large model's answers that is bad, 0 to 1.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <remarks>Intervals are the middle 95 % of what resampled rows give (percentile bootstrap: Efron 1979).</remarks>
    public static LedgerComparison Of(IReadOnlyList<LedgerExample> rows, double[] running, double[] other, double largeBad, int seed)
    {
        var random = new Random(seed);
        var (before, after) = (LedgerScore.Of(rows, running, largeBad), LedgerScore.Of(rows, other, largeBad));
        var samples = Enumerable.Range(0, Resamples)
            .Select(_ => Enumerable.Range(0, rows.Count).Select(_ => random.Next(rows.Count)).ToArray())
            .Select(drawn => (Drawn: drawn, Sample: drawn.Select(row => rows[row]).ToArray()))
            .Select(sample => (
                Running: LedgerScore.Of(sample.Sample, [.. sample.Drawn.Select(row => running[row])], largeBad),
                Other: LedgerScore.Of(sample.Sample, [.. sample.Drawn.Select(row => other[row])], largeBad)))
            .ToArray();
        return new LedgerComparison
        {
            Running = before,
            Other = after,
            Apgr = Difference(score => score.Apgr),
            Auc = Difference(score => score.Auc),
            Loss = Difference(score => score.Loss),
        };

        RoutingModelDifference Difference(Func<LedgerScore, double> of)
        {
            var sorted = samples.Select(sample => of(sample.Other) - of(sample.Running)).Where(double.IsFinite).Order().ToArray();
            return sorted.Length == 0
                ? new RoutingModelDifference(double.NaN, double.NaN, double.NaN)
                : new RoutingModelDifference(of(after) - of(before), sorted[(int)(0.025 * (sorted.Length - 1))], sorted[(int)Math.Ceiling(0.975 * (sorted.Length - 1))]);
        }
    }
}
