namespace LlmBroker.Routing.Prediction;

/// <summary>
/// How much better the large model is expected to answer a request than the cheap one: the expected difference of the part of their answers that
/// is right, as far as one model can know that of others. Thread safe; allocates nothing.
/// </summary>
internal sealed class GainPredictor(Func<RoutingModel> current, CueTaskClassifier cues)
{
    public GainPredictor(RoutingModel model)
        : this(() => model, new CueTaskClassifier())
    {
    }

    /// <param name="input">The request.</param>
    /// <param name="task">When the producer said it; unknown: as the model sees it.</param>
    /// <returns>0: as good as the same, to 1: all the difference.</returns>
    public float Predict(in ClassifierInput input, TaskKind task)
    {
        Span<float> probabilities = stackalloc float[RoutingModel.Tasks];
        var scratch = PredictionScratch.Own;
        try
        {
            scratch.Read(input, cues);
            return current().PredictGain(scratch, task, probabilities);
        }
        finally
        {
            scratch.Clear();
        }
    }

    /// <summary>The gain that a part of the prompts of the reference mix has, or more.</summary>
    public float ThresholdFor(double largeShare) => current().Gain.ThresholdFor(largeShare);
}
