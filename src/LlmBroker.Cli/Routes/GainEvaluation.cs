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

    public static int Run(RoutingModel model, string file, bool leaveOut, bool asJson)
    {
        var examples = GainExampleFile.Read(file);
        if (examples.Count == 0)
            return CommandErrors.Report("The file has no prompts.");

        // Answers of other models to the same benchmark are another measure.
        var results = examples
            .GroupBy(example => (example.Benchmark, example.Source))
            .GroupBy(group => group.Key.Benchmark)
            .SelectMany(benchmark => benchmark.Select(group => Result.Of(benchmark.Count() == 1 ? benchmark.Key : $"{benchmark.Key} ({group.Key.Source})", [.. group], model)))
            .OrderBy(result => result.Name, StringComparer.Ordinal)
            .ToArray();
        Print(model, results);
        PrintUnseen(model, leaveOut ? LeftOut(examples, model) : null, results);
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
                source_in_training = result.IsKnown,
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
    }

    private static List<RoutingModelGainScore> LeftOut(IReadOnlyList<GainExample> examples, RoutingModel model)
    {
        var scores = new List<RoutingModelGainScore>();
        new GainModelTrainer(examples, model.Card.Seed).Train(model, scores.Add);
        return scores;
    }

    private static void PrintUnseen(RoutingModel model, IReadOnlyList<RoutingModelGainScore>? leftOut, IReadOnlyList<Result> results)
    {
        if (leftOut is null && !results.Any(result => result.IsKnown))
            return;

        AnsiConsole.WriteLine(leftOut is null
            ? "* The model was trained on answers of that source; of the prompts that it has seen this is no measure. By its card, models made in the same way, on prompts that they had not seen:"
            : "Models trained on this file and our own texts, each without the prompts that it is asked about:");
        var known = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var header in new[] { "prompts", "APGR", "CPT50", "CPT80", "calibration error" })
            known.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var score in leftOut ?? model.Card.GainScores)
            known.AddRow(Markup.Escape(score.On), score.Rows.ToString("N0", CultureInfo.InvariantCulture), Text(score.Apgr), Text(score.Cpt50), Text(score.Cpt80), Text(score.CalibrationError ?? double.NaN));
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
                model.Card.Sources.Any(source => source.Name == GainModelTrainer.SourceOf(examples[0])));
        }
    }
}
