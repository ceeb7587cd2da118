namespace LlmBroker.Routing.Prediction;

/// <summary>
/// How much better the large model is expected to answer a request than the cheap one: the expected difference of the part of their answers that
/// is right, as far as one model can know that of others. Thread safe; allocates nothing. Asked after the classifier of the same model, on its
/// thread and of the same request, it does not read the prompt a second time.
/// </summary>
internal sealed class GainPredictor(Func<RoutingModel> current, CueTaskClassifier cues)
{
    public GainPredictor(RoutingModel model)
        : this(() => model, new CueTaskClassifier())
    {
    }

    /// <param name="input">The request.</param>
    /// <param name="task">What it asks for; when that is what the model thinks too, or unknown, the model's doubts count as well.</param>
    /// <returns>0: as good as the same, to 1: all the difference.</returns>
    public float Predict(in ClassifierInput input, TaskKind task)
    {
        var model = current();
        return model.GainOf(PredictionScratch.Predict(input, model, cues), task);
    }

    /// <summary>The model that predicts now.</summary>
    public RoutingModel Model => current();

    /// <summary>Version of the model that predicts now.</summary>
    public string ModelVersion => current().Card.Version;
}
