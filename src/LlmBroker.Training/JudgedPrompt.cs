using LlmBroker.Routing;

namespace LlmBroker.Training;

/// <summary>A prompt, what it asks for, and what a classifier says.</summary>
internal sealed record JudgedPrompt(TaskExample Example, TaskPrediction Prediction)
{
    public bool IsRight => Prediction.Task == Example.Task;

    public static IReadOnlyList<JudgedPrompt> Judge(ITaskClassifier classifier, IEnumerable<TaskExample> examples) =>
        [.. examples.Select(example => new JudgedPrompt(example, classifier.Classify(new ClassifierInput(null, example.Prompt, 1))))];
}
