using System.Globalization;
using System.Text.Json;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>
/// How often the classifier is right on 1,764 real prompts, which are not part of this repository.
/// The weights were tuned on the lines with an even number, so the odd ones are the more honest half; prompts from
/// sources not seen here will fare worse still.
/// </summary>
public sealed class TaskAccuracyTests(ITestOutputHelper output)
{
    [Fact]
    public void Accuracy_on_the_labelled_prompts_does_not_fall()
    {
        var rows = ClassifyAll(FindPrompts());

        Print("all", rows);
        Print("even (tuned on)", rows.Where(row => row.Line % 2 == 0));
        Print("odd", rows.Where(row => row.Line % 2 == 1));
        foreach (var group in rows.GroupBy(row => row.Lang))
            Print("lang " + group.Key, group);
        foreach (var group in rows.GroupBy(row => row.Source))
            Print("source " + group.Key, group);
        foreach (var group in rows.GroupBy(row => row.Label))
            output.WriteLine($"{"task " + group.Key,-24}{group.Count(),6}  recall {Accuracy([.. group]):F3}");

        Assert.InRange(Accuracy(rows), 0.79, 1);
        Assert.InRange(MacroF1(rows), 0.79, 1);
        Assert.InRange(Accuracy([.. rows.Where(row => row.Line % 2 == 1)]), 0.75, 1);
        Assert.InRange(Accuracy([.. rows.Where(row => row.Lang == "zh")]), 0.79, 1);
    }

    [Fact]
    public void Predictions_with_high_confidence_are_right_more_often()
    {
        double[] edges = [0.6, 0.75, 0.9];
        var bins = ClassifyAll(FindPrompts())
            .Where(row => row.Prediction.Task != TaskKind.Unknown)
            .GroupBy(row => edges.Count(edge => row.Prediction.Confidence >= edge))
            .OrderBy(bin => bin.Key)
            .Select(bin => bin.ToArray())
            .ToArray();

        foreach (var bin in bins)
            output.WriteLine($"{bin.Length,6} predictions, mean confidence {Confidence(bin):F2}, right {Accuracy(bin):F2}");
        Assert.Equal(edges.Length + 1, bins.Length);
        Assert.Equal(bins.Select(Accuracy).Order(), bins.Select(Accuracy));
        Assert.All(bins, bin => Assert.Equal(Confidence(bin), Accuracy(bin), 0.1));
    }

    private static string FindPrompts()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", "router", "task_dev.jsonl");
            if (File.Exists(path))
                return path;
        }

        Assert.Skip("The labelled prompts are not here: ../shared/data/router/task_dev.jsonl, beside the repository.");
        return "";
    }

    private static Row[] ClassifyAll(string path)
    {
        var classifier = new CueTaskClassifier();
        return [.. File.ReadLines(path).Select((line, number) =>
        {
            using var json = JsonDocument.Parse(line);
            string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
            var prediction = classifier.Classify(new ClassifierInput(null, Text("prompt"), 1));
            return new Row(number, Text("label"), Text("source"), Text("lang"), prediction);
        })];
    }

    private void Print(string name, IEnumerable<Row> group)
    {
        Row[] rows = [.. group];
        var unknown = rows.Count(row => row.Prediction.Task == TaskKind.Unknown);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-24}{rows.Length,6}  accuracy {Accuracy(rows):F3}  macro-F1 {MacroF1(rows):F3}  unknown {unknown,4}"));
    }

    private static double Confidence(Row[] rows) => rows.Average(row => row.Prediction.Confidence);

    private static double Accuracy(Row[] rows) => (double)rows.Count(row => row.IsRight) / rows.Length;

    /// <summary>The mean of F1 over the labels that occur in the group.</summary>
    private static double MacroF1(Row[] rows) => rows.Select(row => row.Label).Distinct().Average(label =>
    {
        var hits = rows.Count(row => row.Label == label && row.IsRight);
        var labelled = rows.Count(row => row.Label == label);
        var predicted = rows.Count(row => row.Prediction.Task.ToWire() == label);
        return 2.0 * hits / (labelled + predicted);
    });

    private sealed record Row(int Line, string Label, string Source, string Lang, TaskPrediction Prediction)
    {
        public bool IsRight => Prediction.Task.ToWire() == Label;
    }
}
