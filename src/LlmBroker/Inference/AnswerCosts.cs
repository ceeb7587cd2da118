using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Models;

namespace LlmBroker.Inference;

/// <summary>
/// What an answer cost, or would have cost, on either of the two models that its policy chose between, at the prices of its day: what a
/// saving is reckoned from. Pure.
/// </summary>
internal static class AnswerCosts
{
    /// <param name="outcome">Of a run that completed.</param>
    /// <param name="run">The run, with its policy's two models.</param>
    /// <param name="end">The end of the attempt that answered.</param>
    /// <param name="catalog">Prices: those of a model's first deployment.</param>
    public static Outcome Add(Outcome outcome, RunInference run, AttemptEnd? end, ModelCatalog catalog)
    {
        var route = run.Route;
        if (end is null || route.CheapModel is null || route.LargeModel is null)
            return outcome;

        return outcome with
        {
            // An answer that was rejected was paid for, whatever the large one's tokens would have cost.
            CheapCostUsd = route.Model == route.CheapModel ? end.CostUsd : run.RejectedCostUsd ?? Reprice(end, route.CheapModel, catalog),
            LargeCostUsd = route.Model == route.LargeModel ? end.CostUsd : Reprice(end, route.LargeModel, catalog),
        };
    }

    /// <summary>Null when the vendor reported no tokens or the price is unknown.</summary>
    private static decimal? Reprice(AttemptEnd end, string model, ModelCatalog catalog) =>
        end.Usage is { } usage && catalog.DeploymentsOf(model) is [var first, ..] ? first.PriceAt(end.EndedAt - end.Latency)?.CostOf(usage) : null;
}
