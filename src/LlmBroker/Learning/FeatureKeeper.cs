using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Learning;

/// <summary>Says of which requests the features are kept, and what they are. Thread safe.</summary>
internal sealed class FeatureKeeper(LiveConfiguration configuration, CueTaskClassifier cues)
{
    /// <returns>Null when they are not kept.</returns>
    public byte[]? Keep(string requestId, Route route, ClassifierInput input)
    {
        var share = configuration.Options.Routing.Learning.Share;
        if (share <= 0 || route.CheapModel is null || route.LargeModel is null || string.IsNullOrEmpty(input.Prompt))
            return null;
        if (route.Arm is null && StableShare.Of("learning", requestId) >= share)
            return null;

        var scratch = PredictionScratch.Own;
        try
        {
            scratch.Read(input, cues);
            return StoredFeatures.Encode(scratch);
        }
        finally
        {
            scratch.Clear();
        }
    }
}
