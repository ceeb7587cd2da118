using LlmBroker.Learning;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>What models say of requests of which the features were kept: the very numbers that a router with the same file would tell.</summary>
internal static class LedgerGains
{
    /// <param name="model">That is asked.</param>
    /// <param name="examples">Each with features.</param>
    /// <returns>The expected gain of each, 0 to 1, in their order.</returns>
    public static double[] Of(RoutingModel model, IEnumerable<LedgerExample> examples) =>
        Of(model, examples.Select(example => (example.Task, example.Features ?? throw new ArgumentException("An example has no features.", nameof(examples)))));

    /// <param name="model">That is asked.</param>
    /// <param name="requests">The kind of work, null when unknown, and the features of each.</param>
    /// <returns>The expected gain of each, 0 to 1, in their order.</returns>
    public static double[] Of(RoutingModel model, IEnumerable<(string? Task, StoredFeatures Features)> requests)
    {
        var scratch = new PredictionScratch();
        return [.. requests.Select(request =>
        {
            request.Features.CopyTo(scratch);
            model.Predict(scratch);
            return (double)model.GainOf(scratch, TaskKinds.TryParse(request.Task, out var task) ? task : TaskKind.Unknown);
        })];
    }
}
