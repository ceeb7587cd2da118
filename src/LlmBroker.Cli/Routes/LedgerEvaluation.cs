using System.CommandLine;
using System.Globalization;
using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary>
/// <c>llmbroker route eval --from-ledger</c>: how well the gains that were predicted tell bad cheap answers from good ones, and whether another
/// model, a file or one that learns here and now from the days before, would have done better than the running one on the last days.
/// </summary>
internal static class LedgerEvaluation
{
    private const int Seed = 1;

    /// <param name="arguments">Of the command.</param>
    /// <param name="modelFile">The other model; null: one that learns, when days are held out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns><see cref="ExitCode.NotBetter"/> when a file was given that is not shown to be better.</returns>
    public static async Task<int> RunAsync(ParseResult arguments, string? modelFile, CancellationToken cancellationToken)
    {
        LedgerTraffic traffic;
        RoutingModel running;
        RoutingModel? other;
        string sha256;
        try
        {
            other = modelFile is null ? null : RoutingModelFile.Load(modelFile);
            traffic = await LedgerTraffic.ReadAsync(arguments, cancellationToken);
            running = traffic.LoadRunning();
            sha256 = RoutingModelFile.Fingerprint(traffic.ModelFile);
        }
        catch (InvalidDataException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        var predicted = traffic.Examples.Where(example => example is { OfCheap: true, Gain: not null }).ToArray();
        if (predicted.Length == 0)
        {
            return CommandErrors.Report(
                $"Since {CellText.Time(traffic.Since)} nothing was said of a cheap answer for which a gain was predicted. That takes a policy with 'auto' or 'cascade', and feedback ('llmbroker feedback') or a cascade.",
                other is null ? ExitCode.Unusable : ExitCode.NotBetter);
        }

        var large = traffic.Examples.Count(example => !example.OfCheap);
        var largeBad = GainCorrectionTrainer.LargeBad(traffic.Examples);
        var scores = predicted
            .GroupBy(example => example.Task ?? "unknown")
            .OrderByDescending(group => group.Count())
            .Select(group => (group.Key, Score([.. group], largeBad)))
            .Append(("all", Score(predicted, largeBad)))
            .ToArray();
        var byLot = predicted.Where(example => example.Arm is not null).ToArray();
        if (byLot.Length >= LedgerDays.FewestRows)
            scores = [.. scores, ("all, by lot", Score(byLot, largeBad))];
        Print(scores, byLot.Length, large, largeBad);

        var heldOutDays = arguments.GetValue(LedgerArguments.HoldOutDays) ?? (other is null ? null : LedgerDays.DefaultHeldOut);
        var (days, comparison, shortage) = heldOutDays is { } count
            ? Compare(traffic, LedgerDays.HeldOutFromOf(traffic.Until, count), running, sha256, other)
            : (null, null, null);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.PrintLine(new
            {
                from = traffic.Since,
                until = traffic.Until,
                large_answers = large,
                large_bad = Math.Round(largeBad, 4),
                scores = scores.ToDictionary(score => score.Item1, score => LedgerTables.Json(score.Item2)),
                running_model = running.Card.Version,
                model = other?.Card.Version,
                comparison = comparison is null ? null : new
                {
                    held_out_from = days!.HeldOutFrom,
                    held_out_days = LedgerTables.DaysOf(days.HeldOut),
                    by_lot = days.ByLot,
                    learnt = other is null ? days.Learning.Count : (int?)null,
                    without_features = days.WithoutFeatures,
                    running = LedgerTables.Json(comparison.Running),
                    other_model = LedgerTables.Json(comparison.Other),
                    auc_difference = LedgerTables.Json(comparison.Auc),
                    apgr_difference = LedgerTables.Json(comparison.Apgr),
                    loss_difference = LedgerTables.Json(comparison.Loss),
                    is_better = comparison.IsBetter,
                },
                why_not = shortage ?? comparison?.WhyNot,
            });
        }

        return other is null || comparison is { IsBetter: true } ? ExitCode.Success : ExitCode.NotBetter;
    }

    private static (LedgerDays?, LedgerComparison?, string?) Compare(LedgerTraffic traffic, DateTimeOffset heldOutFrom, RoutingModel running, string sha256, RoutingModel? other)
    {
        // What a model learnt from says nothing of it.
        if (other?.Card.Ledger is { } learnt && learnt.HeldOutFrom > heldOutFrom)
        {
            AnsiConsole.WriteLine($"Model {other.Card.Version} learnt from days until {CellText.Time(learnt.HeldOutFrom)}: it is compared from there on.");
            heldOutFrom = learnt.HeldOutFrom;
        }

        if (running.Card.Ledger is { } before && before.HeldOutFrom > heldOutFrom)
            AnsiConsole.WriteLine($"The running model learnt from days until {CellText.Time(before.HeldOutFrom)} itself, which favours it.");

        var days = LedgerDays.Of(traffic.Examples, heldOutFrom);
        if (days.WhyNot(learns: other is null) is { } shortage)
        {
            AnsiConsole.WriteLine($"Not enough data to compare. {shortage}");
            return (days, null, shortage);
        }

        var comparison = other is null
            ? LedgerModel.Learn(days, running, sha256, traffic.Mix, version: null, Seed, DateOnly.FromDateTime(traffic.Until.UtcDateTime)).Comparison
            : LedgerComparison.Of(days.HeldOut, running, other, days.LargeBad, Seed);
        if (other is null)
            AnsiConsole.WriteLine($"Learnt: {LedgerTables.Labels(days.Learning)}; {CellText.Count(days.WithoutFeatures)} have no features and are left out.");
        LedgerTables.Print(days, comparison, other is null ? "learnt from the ledger" : $"model {other.Card.Version}");
        return (days, comparison, null);
    }

    private static LedgerScore Score(LedgerExample[] examples, double largeBad) => LedgerScore.Of(examples, [.. examples.Select(example => example.Gain ?? 0)], largeBad);

    private static void Print((string Name, LedgerScore Score)[] scores, int byLot, int large, double largeBad)
    {
        var table = LedgerTables.Header("gain predicted then");
        foreach (var (name, score) in scores)
            LedgerTables.Add(table, name, score);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Of the large model {large:N0} answers have feedback, {largeBad:P1} of them bad. {(byLot < LedgerDays.FewestRows ? $"Only {byLot:N0} of the cheap answers were drawn by lot: the others are those that the running model called easy." : "")}"));
    }
}
