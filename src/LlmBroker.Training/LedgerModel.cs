using System.Globalization;
using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>A model that learnt from a ledger, measured on the days after, with the card that says so.</summary>
/// <param name="Model">The running one with its correction learnt.</param>
/// <param name="Comparison">It beside the running one on the days held out.</param>
internal sealed record LedgerModel(RoutingModel Model, LedgerComparison Comparison)
{
    private const string Ledger = "+ledger-";

    private const string Note = "The scores of the gain are those of the model that it is based on, without the ledger.";

    /// <param name="days">Of which <see cref="LedgerDays.WhyNot(bool)"/> has nothing to say.</param>
    /// <param name="running">The model that runs.</param>
    /// <param name="runningSha256">Of its file.</param>
    /// <param name="mix">The kind of work and the features of lately routed requests, labelled or not; from <see cref="LedgerDays.FewestRows"/> on they become the reference prompts.</param>
    /// <param name="version">Of the new model; null: that of the running one, with the day.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <param name="today">UTC. The same days, mix, seed and day give the same file.</param>
    public static LedgerModel Learn(
        LedgerDays days, RoutingModel running, string runningSha256, IReadOnlyList<(string? Task, StoredFeatures Features)> mix, string? version, int seed, DateOnly today)
    {
        var learnt = GainCorrectionTrainer.Train(running, days.Learning);
        learnt = learnt.With(Quantiles(LedgerGains.Of(
            learnt, mix.Count >= LedgerDays.FewestRows ? mix : days.Learning.Where(example => example.OfCheap).Select(example => (example.Task, example.Features!)))));
        var comparison = LedgerComparison.Of(days.HeldOut, running, learnt, days.LargeBad, seed);
        var cheap = days.Learning.Where(example => example.OfCheap).ToArray();
        var card = running.Card with
        {
            Version = version ?? VersionAfter(running.Card.Version, today),
            Notes = running.Card.Notes.Contains(Note) ? running.Card.Notes : [.. running.Card.Notes, Note],
            Ledger = new RoutingModelLedger
            {
                BasedOn = running.Card.Version,
                BasedOnSha256 = runningSha256,
                TrainedOn = today,
                Seed = seed,
                LearntFrom = cheap[0].AcceptedAt,
                HeldOutFrom = days.HeldOutFrom,
                HeldOutUntil = days.HeldOut[^1].AcceptedAt,
                Days = cheap.Select(example => example.AcceptedAt.UtcDateTime.Date).Distinct().Count(),
                Labels = cheap.GroupBy(example => example.Source).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
                LargeLabels = days.Learning.Count - cheap.Length,
                ByLot = days.ByLot,
                Running = ScoreOf(comparison.Running),
                Learnt = ScoreOf(comparison.Other),
                Apgr = Rounded(comparison.Apgr),
                Loss = Rounded(comparison.Loss),
                IsBetter = comparison.IsBetter,
            },
        };
        return new LedgerModel(learnt.With(card, learnt.Sharpness), comparison);
    }

    /// <summary>The version that the ledger began with, the day, and a letter where the running one is of that day as well.</summary>
    public static string VersionAfter(string running, DateOnly today)
    {
        var root = running.IndexOf(Ledger, StringComparison.Ordinal) is >= 0 and var at ? running[..at] : running;
        var version = string.Create(CultureInfo.InvariantCulture, $"{root}{Ledger}{today:yyyy-MM-dd}");
        if (!running.StartsWith(version, StringComparison.Ordinal))
            return version;
        return running.Length == version.Length ? version + "b" : running[^1] < 'z' ? running[..^1] + (char)(running[^1] + 1) : running + "b";
    }

    private static float[] Quantiles(double[] gains)
    {
        Array.Sort(gains);
        return [.. Enumerable.Range(0, GainHeads.QuantileCount).Select(i => (float)gains[(int)((long)(gains.Length - 1) * i / (GainHeads.QuantileCount - 1))])];
    }

    private static RoutingModelLedgerScore ScoreOf(LedgerScore score) =>
        new(score.Rows, score.Bad, Rounded(score.Auc), Rounded(score.Apgr), Rounded(score.Loss), Rounded(score.CalibrationError));

    private static RoutingModelDifference Rounded(RoutingModelDifference difference) => new(Rounded(difference.Value), Rounded(difference.Low), Rounded(difference.High));

    private static double Rounded(double value) => Math.Round(value, 4);
}
