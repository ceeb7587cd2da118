using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>
/// How often a model is right that was trained on our own texts alone, on 1,764 real prompts that are not part of this repository: all of
/// their sources are unseen.
/// </summary>
public sealed class TaskAccuracyTests(ITestOutputHelper output)
{
    private static readonly Lazy<RoutingModel> OwnTextsAlone = new(() => new TaskModelTrainer([], seed: 1).Train("test", _ => { }));

    [Fact]
    public void Accuracy_on_sources_that_were_not_seen_does_not_fall()
    {
        var prompts = Judge();
        var all = TaskScore.Of(prompts);
        output.WriteLine($"{all}");
        foreach (var group in prompts.GroupBy(prompt => prompt.Example.Source))
            output.WriteLine($"{group.Key,-12} {TaskScore.Of([.. group])}");

        Assert.InRange(all.Accuracy, 0.80, 1);
        Assert.InRange(all.MacroF1, 0.80, 1);
        Assert.InRange(TaskScore.Of([.. prompts.Where(prompt => prompt.Example.Language == "zh")]).Accuracy, 0.80, 1);
    }

    [Fact]
    public void Predictions_with_high_confidence_are_right_more_often()
    {
        double[] edges = [0.4, 0.6, 0.8];
        var bins = Judge()
            .GroupBy(prompt => edges.Count(edge => prompt.Prediction.Confidence >= edge))
            .OrderBy(bin => bin.Key)
            .Select(bin => bin.Average(prompt => prompt.IsRight ? 1.0 : 0))
            .ToArray();

        Assert.Equal(edges.Length + 1, bins.Length);
        Assert.Equal(bins.Order(), bins);
    }

    private static IReadOnlyList<JudgedPrompt> Judge() =>
        JudgedPrompt.Judge(new TrainedTaskClassifier(OwnTextsAlone.Value), TaskExampleFile.Read(SharedFiles.PathOf("data", "router", "task_dev.jsonl")));
}
