namespace LlmBroker.Routing.Prediction;

/// <summary>How much better the large model is expected to answer than the cheap one. Thread safe; allocates nothing.</summary>
internal sealed class GainPredictor
{
    /// <summary>Of each task, by its number: what the judged prompts of our own come to on average.</summary>
    private readonly float[] byTask = [0.4f, 0.2f, 0.25f, 0.2f, 0.25f, 0.35f, 0.55f, 0.65f, 0.2f, 0.35f, 0.25f];

    /// <returns>0: as good as the same, to 1: all the difference.</returns>
    public float Predict(in ClassifierInput input, TaskKind task) => byTask[(int)task];

    /// <summary>The gain that a part of the prompts of the reference mix has, or more.</summary>
    public float ThresholdFor(double largeShare)
    {
        var sorted = byTask.OrderDescending().ToArray();
        return sorted[Math.Clamp((int)(largeShare * sorted.Length), 0, sorted.Length - 1)];
    }
}
