using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>An example as the model sees it.</summary>
/// <param name="Task">Its number less one.</param>
/// <param name="Weight">How much it counts.</param>
/// <param name="Body">Hashed features of the whole.</param>
/// <param name="Edge">Hashed features of its edges.</param>
/// <param name="Shape">Its shape.</param>
internal sealed record TrainingRow(int Task, float Weight, int[] Body, int[] Edge, float[] Shape)
{
    private static readonly CueTaskClassifier Cues = new();

    public static TrainingRow Of(TaskExample example, float weight)
    {
        var scratch = PredictionScratch.Own;
        scratch.Read(new ClassifierInput(null, example.Prompt, 1), Cues);
        var row = new TrainingRow((int)example.Task - 1, weight, scratch.Body.ToArray(), scratch.Edge.ToArray(), [.. scratch.Shape]);
        scratch.Clear();
        return row;
    }
}
