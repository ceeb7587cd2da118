using System.CommandLine;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary>
/// <c>llmbroker route eval --from-ledger</c>: how well the gains that the running model predicted tell bad cheap answers from good ones, and
/// whether a model that learnt from the days before would have done better on the last ones.
/// </summary>
internal static class LedgerEvaluation
{
    private const int Seed = 1;

    public static readonly Option<bool> FromLedger = new("--from-ledger") { Description = "On answered requests of the ledger of which feedback or a cascade said something." };
    public static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "With --from-ledger: an age such as 24h or 7d, or a time. Default: 30d.", CustomParser = PointInTime.Parse };
    public static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "With --from-ledger: the same for the end. Default: now.", CustomParser = PointInTime.Parse };

    public static readonly Option<int?> HoldOutDays = new("--hold-out-days")
    {
        Description = "With --from-ledger: compare on so many of the last days with a model that learns from the days before.",
    };

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { FromLedger, Since, Until, HoldOutDays })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(HoldOutDays) is < 1)
                result.AddError("--hold-out-days takes at least 1.");
        });
    }

    public static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var now = TimeProvider.System.GetUtcNow();
        var (since, until) = (arguments.GetValue(Since) ?? now.AddDays(-30), arguments.GetValue(Until) ?? now);
        var examples = new List<LedgerExample>();
        await foreach (var example in services.GetRequiredService<LearningQueries>().ReadAsync(since, until, cancellationToken))
            examples.Add(example);

        var predicted = examples.Where(example => example is { OfCheap: true, Gain: not null }).ToArray();
        if (predicted.Length == 0)
        {
            return CommandErrors.Report(
                $"Since {CellText.Time(since)} nothing was said of a cheap answer for which a gain was predicted. That takes a policy with 'auto' or 'cascade', and feedback ('llmbroker feedback') or a cascade.");
        }

        var large = examples.Where(example => !example.OfCheap).ToArray();
        var largeBad = large.Length == 0 ? 0 : (double)large.Count(example => example.Bad) / large.Length;
        var scores = predicted
            .GroupBy(example => example.Task ?? "unknown")
            .OrderByDescending(group => group.Count())
            .Select(group => (group.Key, Score([.. group], largeBad)))
            .Append(("all", Score(predicted, largeBad)))
            .ToArray();
        var byLot = predicted.Where(example => example.Arm is not null).ToArray();
        if (byLot.Length >= LedgerComparison.FewestRows)
            scores = [.. scores, ("all, by lot", Score(byLot, largeBad))];

        Print(scores, byLot.Length, large.Length, largeBad);
        var comparison = arguments.GetValue(HoldOutDays) is { } days ? Compare(examples, until.AddDays(-days)) : null;
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.PrintLine(new
            {
                from = since,
                until,
                large_answers = large.Length,
                large_bad = Math.Round(largeBad, 4),
                scores = scores.ToDictionary(score => score.Item1, score => Json(score.Item2)),
                comparison = comparison is null ? null : new
                {
                    held_out_from = comparison.HeldOutFrom,
                    by_lot = comparison.ByLot,
                    learnt = comparison.Learnt,
                    with_features = comparison.WithFeatures,
                    running = Json(comparison.Running),
                    learnt_model = Json(comparison.New),
                    apgr_difference = comparison.ApgrDifference.Value,
                    low = comparison.ApgrDifference.Low,
                    high = comparison.ApgrDifference.High,
                    is_better = comparison.IsBetter,
                },
            });
        }

        return ExitCode.Success;
    }

    private static LedgerComparison? Compare(List<LedgerExample> examples, DateTimeOffset heldOutFrom)
    {
        if (LedgerComparison.Make(examples, heldOutFrom, PromptHasher.Buckets, Seed) is not var (comparison, _))
        {
            AnsiConsole.WriteLine($"Not enough data to compare: that takes {LedgerComparison.FewestRows} labelled cheap answers before {CellText.Time(heldOutFrom)} and as many after.");
            return null;
        }

        var table = Header($"since {CellText.Time(heldOutFrom)}{(comparison.ByLot ? ", by lot" : "")}");
        Add(table, "running model", comparison.Running);
        Add(table, "learnt from the ledger", comparison.New);
        AnsiConsole.Write(table);
        var (value, low, high) = comparison.ApgrDifference;
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"APGR {value:+0.000;-0.000} [{low:+0.000;-0.000}, {high:+0.000;-0.000}] from {comparison.Learnt:N0} rows, {comparison.WithFeatures:N0} with features: {(comparison.IsBetter ? "better" : "NOT better than the running model")}."));
        return comparison;
    }

    private static LedgerScore Score(LedgerExample[] examples, double largeBad) => LedgerScore.Of(examples, [.. examples.Select(example => example.Gain ?? 0)], largeBad);

    private static void Print((string Name, LedgerScore Score)[] scores, int byLot, int large, double largeBad)
    {
        var table = Header("predicted gain");
        foreach (var (name, score) in scores)
            Add(table, name, score);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Of the large model {large:N0} answers have feedback, {largeBad:P1} of them bad. {(byLot < LedgerComparison.FewestRows ? $"Only {byLot:N0} of the cheap answers were drawn by lot: the others are those that the running model called easy." : "")}"));
    }

    private static Table Header(string first)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(Markup.Escape(first)).NoWrap());
        foreach (var header in new[] { "cheap answers", "bad", "AUC", "APGR", "CPT50", "CPT80", "calibration error", "USD at 80 %" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        return table;
    }

    private static void Add(Table table, string name, LedgerScore score) => table.AddRow(
        Markup.Escape(name), CellText.Count(score.Rows), CellText.Count(score.Bad), Text(score.Auc), Text(score.Apgr), Text(score.Cpt50), Text(score.Cpt80),
        Text(score.CalibrationError), score.UsdAt80 is { } usd ? CellText.Money(usd) : "unknown");

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static object Json(LedgerScore score) => new
    {
        n = score.Rows, bad = score.Bad, auc = Number(score.Auc), apgr = Number(score.Apgr), cpt50 = Number(score.Cpt50), cpt80 = Number(score.Cpt80),
        calibration_error = Number(score.CalibrationError), usd_at_80 = score.UsdAt80,
    };

    private static double? Number(double value) => double.IsNaN(value) ? null : Math.Round(value, 4);
}
