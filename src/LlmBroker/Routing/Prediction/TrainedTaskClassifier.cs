namespace LlmBroker.Routing.Prediction;

/// <summary>The built-in classifier: a model that was trained on prompts, which sees what the cues say as well. Thread safe.</summary>
internal sealed class TrainedTaskClassifier(Func<RoutingModel> current, CueTaskClassifier cues) : ITaskClassifier
{
    /// <summary>The best of ten tasks, and most likely wrong: such a prompt is called unknown.</summary>
    private const float LeastProbability = 0.25f;

    public TrainedTaskClassifier(RoutingModel model)
        : this(() => model, new CueTaskClassifier())
    {
    }

    public TaskPrediction Classify(ClassifierInput input)
    {
        var scratch = PredictionScratch.Predict(input, current(), cues);
        var probabilities = scratch.Probabilities;
        var best = 0;
        for (var task = 1; task < probabilities.Length; task++)
        {
            if (probabilities[task] > probabilities[best])
                best = task;
        }

        var kind = (TaskKind)(best + 1);
        return probabilities[best] < LeastProbability
            ? new TaskPrediction(TaskKind.Unknown, 0, "model: not sure")
            : new TaskPrediction(kind, probabilities[best], scratch.Cue.Task == kind ? scratch.Cue.Reason : "model");
    }

    /// <param name="model">Whose weights count.</param>
    /// <param name="input">The request.</param>
    /// <param name="probabilities">Takes the probability of each task, by its number less one.</param>
    /// <returns>What the cues alone say.</returns>
    public TaskPrediction Predict(RoutingModel model, ClassifierInput input, Span<float> probabilities)
    {
        var scratch = PredictionScratch.Predict(input, model, cues);
        scratch.Probabilities.CopyTo(probabilities);
        return scratch.Cue;
    }
}
