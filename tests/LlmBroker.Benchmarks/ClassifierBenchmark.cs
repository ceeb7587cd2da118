using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>What task and gain take of a router's time for a prompt of about 500 tokens, and what they allocate.</summary>
internal static class ClassifierBenchmark
{
    /// <summary>About 500 tokens of English.</summary>
    private const int Letters = 2000;

    private const int WarmUp = 20_000;

    public static int Run(BenchmarkArguments arguments)
    {
        var predictions = arguments.Number("--predictions", 200_000);
        var inputs = Prompts().Select(prompt => new ClassifierInput(null, prompt, 1)).ToArray();
        var classifier = new TrainedTaskClassifier(RoutingModel.LoadEmbedded());
        var gains = new GainPredictor(RoutingModel.LoadEmbedded());
        for (var i = 0; i < WarmUp; i++)
            Predict(classifier, gains, inputs[i % inputs.Length]);

        var times = new double[predictions];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < predictions; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            Predict(classifier, gains, inputs[i % inputs.Length]);
            times[i] = TimeProvider.System.GetElapsedTime(start).TotalMicroseconds;
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        var (p50, p99) = (times[predictions / 2], times[predictions * 99 / 100]);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores, .NET {Environment.Version}; {predictions:N0} predictions of task and gain on {inputs.Length} prompts of {Letters} letters: p50 {p50:0.0} µs, p99 {p99:0.0} µs, {(double)allocated / predictions:0.##} B each"));
        if (arguments.Has("--json"))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { p50_us = Math.Round(p50, 1), p99_us = Math.Round(p99, 1), allocated_bytes = (double)allocated / predictions }));
        return 0;
    }

    private static void Predict(TrainedTaskClassifier classifier, GainPredictor gains, in ClassifierInput input)
    {
        classifier.Classify(input);
        gains.Predict(input, TaskKind.Unknown);
    }

    /// <summary>Our own texts one after the other, each prompt another piece of them.</summary>
    private static IEnumerable<string> Prompts()
    {
        var text = new StringBuilder();
        foreach (var example in OwnTexts.Prompts().Where(example => example.Language == "en"))
        {
            text.Append(example.Prompt).Append('\n');
            if (text.Length < Letters)
                continue;
            yield return text.ToString(0, Letters);
            text.Clear();
        }
    }
}
