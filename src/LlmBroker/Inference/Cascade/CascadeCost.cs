using LlmBroker.Contracts;
using LlmBroker.Models;

namespace LlmBroker.Inference.Cascade;

/// <summary>What the answer costs on either of the two models that its policy chose between: what a saving is measured against.</summary>
internal static class CascadeCost
{
    /// <param name="run">With its route.</param>
    /// <param name="deployment">Who answered.</param>
    /// <param name="usage">Tokens of the answer; null: unknown.</param>
    /// <param name="costUsd">What it was charged; null: unknown.</param>
    /// <param name="catalog">For the other model's price.</param>
    /// <param name="now">For the price of the day.</param>
    /// <returns>In USD; nulls where a price is unknown or there was no choice. A model that was really asked counts with what it really cost.</returns>
    public static (decimal? Cheap, decimal? Large) Of(
        RunInference run, Deployment deployment, TokenUsage? usage, decimal? costUsd, ModelCatalog catalog, DateTimeOffset now)
    {
        if (run.Route is not { CheapModel: { } cheap, LargeModel: { } large } || usage is null)
            return (null, null);
        return (run.RejectedCostUsd ?? On(cheap), On(large));

        decimal? On(string model) => model == deployment.Model
            ? costUsd
            : catalog.DeploymentsOf(model) is [var first, ..] ? first.PriceAt(now)?.CostOf(usage) : null;
    }
}
