using System.Globalization;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route eval --win</c>: how well a model tells where a large model does better than a cheap one.</summary>
internal static class GainEvaluation
{
    private const int Samples = 200;
    private const int Seed = 1;

    public static int Run(RoutingModel model, string file, bool asJson)
    {
        var examples = GainExampleFile.Read(file);
        if (examples.Count == 0)
            return CommandErrors.Report("The file has no prompts.");

        var results = examples
            .Select((example, index) => (Example: example, Index: index))
            .GroupBy(pair => pair.Example.Source == pair.Example.Benchmark ? pair.Example.Benchmark : $"{pair.Example.Source}/{pair.Example.Benchmark}")
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Result.Of(group.Key, [.. group.Select(pair => pair.Example)], model))
            .ToArray();
        Print(model, results);
        if (asJson)
        {
            JsonOutput.PrintLine(results.ToDictionary(result => result.Name, result => new
            {
                apgr = Number(result.Ours.Apgr),
                cpt50 = Number(result.Ours.Cpt50),
                cpt80 = Number(result.Ours.Cpt80),
                n = result.Rows,
                apgr_low = Number(result.Interval.Low),
                apgr_high = Number(result.Interval.High),
                apgr_length = Number(result.Length.Apgr),
                apgr_oracle = Number(result.Oracle.Apgr),
                in_training = result.IsKnown,
            }));
        }

        return ExitCode.Success;
    }

    private static void Print(RoutingModel model, IReadOnlyList<Result> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn($"model {model.Card.Version}").NoWrap());
        foreach (var header in new[] { "prompts", "APGR", "95 %", "CPT50", "CPT80", "by length", "oracle" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var result in results)
        {
            table.AddRow(
                Markup.Escape(result.Name + (result.IsKnown ? " *" : "")),
                result.Rows.ToString("N0", CultureInfo.InvariantCulture),
                Text(result.Ours.Apgr),
                $"{Text(result.Interval.Low)}–{Text(result.Interval.High)}",
                Text(result.Ours.Cpt50),
                Text(result.Ours.Cpt80),
                Text(result.Length.Apgr),
                Text(result.Oracle.Apgr));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("By chance 0.500. –: the strong model is no better there, so that there is no gap to recover.");
        if (results.Any(result => result.IsKnown))
            AnsiConsole.WriteLine("* The model was trained on answers to these prompts: no measure. By its card, on prompts that models made in the same way had not seen:");
        else
            return;

        var known = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var header in new[] { "prompts", "APGR", "CPT50", "CPT80", "calibration error" })
            known.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var score in model.Card.GainScores.Where(score => score.CalibrationError is not null))
            known.AddRow(Markup.Escape(score.On), score.Rows.ToString("N0", CultureInfo.InvariantCulture), Text(score.Apgr), Text(score.Cpt50), Text(score.Cpt80), Text(score.CalibrationError!.Value));
        AnsiConsole.Write(known);
    }

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static double? Number(double value) => double.IsNaN(value) ? null : Math.Round(value, 4);

    private sealed record Result(string Name, int Rows, GainScore Ours, (double Low, double High) Interval, GainScore Length, GainScore Oracle, bool IsKnown)
    {
        public static Result Of(string name, IReadOnlyList<GainExample> examples, RoutingModel model)
        {
            var gains = examples.Select(example => example.Gain).ToArray();
            var ours = GainModelTrainer.Predict(model, examples.Select(example => example.Prompt));
            return new Result(
                name,
                examples.Count,
                GainScore.Of(ours, gains),
                GainScore.ApgrInterval(ours, gains, Samples, Seed),
                GainScore.Of([.. examples.Select(example => (double)example.Prompt.Length)], gains),
                GainScore.Of(gains, gains),
                model.Card.GainScores.Any(score => score.On.StartsWith(examples[0].Source, StringComparison.Ordinal) || score.On.StartsWith($"{examples[0].Benchmark} (", StringComparison.Ordinal)));
        }
    }
}
