using LlmBroker.Models;

namespace LlmBroker.Ledger;

/// <summary>Recorded usage of one deployment on one day, at the price of then and at another.</summary>
/// <param name="Day">UTC, <c>yyyy-MM-dd</c>.</param>
/// <param name="Model">The model that was called.</param>
/// <param name="Deployment">Where.</param>
/// <param name="Calls">Calls that reported tokens.</param>
/// <param name="UnpricedCalls">Those of them whose cost was not known.</param>
/// <param name="RecordedUsd">What was recorded, without the unpriced ones.</param>
/// <param name="RepricedUsd">All of them at the other price; null when that is not known either.</param>
internal sealed record RepricedUsage(
    string Day, string Model, string Deployment, long Calls, long UnpricedCalls, decimal RecordedUsd, decimal? RepricedUsd);

/// <summary>Prices history again. Token classes are kept as the vendors reported them, so nothing but the prices is needed.</summary>
/// <param name="queries">The recorded tokens.</param>
/// <param name="catalog">The deployments with their prices, in force at the time of each call.</param>
/// <param name="others">Prices that go before those, by model.</param>
internal sealed class Repricing(PricingQueries queries, ModelCatalog catalog, IReadOnlyDictionary<string, Price> others)
{
    public async Task<IReadOnlyList<RepricedUsage>> RunAsync(DateTimeOffset since, DateTimeOffset until, string? model, CancellationToken cancellationToken)
    {
        var rows = new List<RepricedUsage>();
        foreach (var (deployment, served) in await queries.GetCalledDeploymentsAsync(since, until, cancellationToken))
        {
            if (model is null || model == served)
                rows.AddRange(await RepriceAsync(deployment, served, since, until, cancellationToken));
        }

        return [.. rows
            .GroupBy(row => (row.Day, row.Model, row.Deployment))
            .Select(portions => new RepricedUsage(
                portions.Key.Day,
                portions.Key.Model,
                portions.Key.Deployment,
                portions.Sum(portion => portion.Calls),
                portions.Sum(portion => portion.UnpricedCalls),
                portions.Sum(portion => portion.RecordedUsd),
                portions.Any(portion => portion.RepricedUsd is null) ? null : portions.Sum(portion => portion.RepricedUsd)))
            .OrderBy(row => row.Day, StringComparer.Ordinal)
            .ThenBy(row => row.Deployment, StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<RepricedUsage>> RepriceAsync(
        string deployment, string model, DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var rows = new List<RepricedUsage>();
        foreach (var (calls, price) in Portions(deployment, model, since, until))
        {
            foreach (var day in await queries.GetTokensAsync(calls, cancellationToken))
                rows.Add(new RepricedUsage(day.Day, model, deployment, day.Calls, day.UnpricedCalls, day.CostUsd, price?.CostOf(day.Tokens)));
        }

        return rows;
    }

    /// <summary>The calls in portions to each of which one price applies.</summary>
    private IEnumerable<(ChargedCalls Calls, Price? Price)> Portions(string deployment, string model, DateTimeOffset since, DateTimeOffset until)
    {
        var history = others.TryGetValue(model, out var other) ? PriceHistory.Always(new ListPrice(other)) : catalog.FindDeployment(deployment)?.Prices;
        if (history is null)
        {
            yield return (new ChargedCalls(deployment, since, until, -1, long.MaxValue), null);
            yield break;
        }

        foreach (var (from, end, price) in history.Periods)
        {
            var first = from > since ? from : since;
            var last = end < until ? end : until;
            if (first >= last)
                continue;
            yield return (new ChargedCalls(deployment, first, last, -1, price.LongContextAbove ?? long.MaxValue), price.Standard);
            if (price is { LongContextAbove: { } above, LongContext: { } longContext })
                yield return (new ChargedCalls(deployment, first, last, above, long.MaxValue), longContext);
        }
    }
}
