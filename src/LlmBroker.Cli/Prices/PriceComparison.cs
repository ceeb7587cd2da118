using System.Text.RegularExpressions;
using LlmBroker.Models;

namespace LlmBroker.Cli.Prices;

/// <summary>The catalogue beside other lists. Pure.</summary>
internal sealed partial class PriceComparison
{
    private readonly PriceCatalog catalog;
    private readonly DateTimeOffset now;
    private readonly List<PriceDifference> differences = [];

    private PriceComparison(PriceCatalog catalog, DateTimeOffset now)
    {
        this.catalog = catalog;
        this.now = now;
    }

    /// <summary>Prices that both lists have.</summary>
    public int Compared { get; private set; }

    public IReadOnlyList<PriceDifference> Differences => differences;

    public int Unexplained => differences.Count(difference => difference.Why is null);

    public static PriceComparison Of(PriceCatalog catalog, IReadOnlyList<OtherPriceList> others, DateTimeOffset now)
    {
        var comparison = new PriceComparison(catalog, now);
        foreach (var list in others)
            comparison.Compare(list);
        return comparison;
    }

    private void Compare(OtherPriceList list)
    {
        var seen = new HashSet<CatalogPrice>();
        foreach (var model in list.Models)
        {
            var (known, isLong) = Find(list, model);
            if (known is null)
            {
                differences.Add(new PriceDifference(list.Vendor, model.Id, "not listed here", null, model.PriceHistory[^1].Input, WhyOf(list.Vendor, model.Id)));
                continue;
            }

            seen.Add(known);
            foreach (var price in model.PriceHistory)
                Compare(list.Vendor, model.Id, known.History.At(TimeOf(price)), isLong, price);
        }

        foreach (var model in catalog.Models.Where(model => model.Vendor == list.Vendor && !seen.Contains(model)))
            differences.Add(new PriceDifference(list.Vendor, model.Id, "only here", model.History.At(now)?.Standard.Input, null, "the other list lacks it"));
    }

    private (CatalogPrice? Model, bool IsLong) Find(OtherPriceList list, OtherModel model)
    {
        if (LongContextId().Match(model.Id) is { Success: true } match && list.Models.Any(other => other.Id == match.Groups["base"].Value))
            return (Named(list.Vendor, match.Groups["base"].Value), true);
        return (Named(list.Vendor, model.Id), false);
    }

    private CatalogPrice? Named(string vendor, string id) =>
        catalog.Models.FirstOrDefault(model => model.Vendor == vendor && model.ListedAs == id) ?? catalog.Find(vendor, id);

    /// <summary>A time at which the other list's price holds.</summary>
    private DateTimeOffset TimeOf(OtherPrice price)
    {
        if (price.ToDate is { } end)
            return new DateTimeOffset(end.AddDays(-1), TimeOnly.MinValue, TimeSpan.Zero);
        return price.FromDate is { } start && Day(start) > now ? Day(start) : now;
    }

    private static DateTimeOffset Day(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private void Compare(string vendor, string id, ListPrice? ours, bool isLong, OtherPrice theirs)
    {
        Compared++;
        var price = isLong ? ours?.LongContext : ours?.Standard;
        Check("input", price?.Input, theirs.Input);
        Check("output", price?.Output, theirs.Output);
        if (theirs.InputCached is { } cached)
            Check("cache read", price?.CacheRead, cached);

        void Check(string what, decimal? here, decimal there)
        {
            if (here != there)
                differences.Add(new PriceDifference(vendor, id, what, here, there, WhyOf(vendor, id)));
        }
    }

    private string? WhyOf(string vendor, string id) =>
        catalog.Explained.FirstOrDefault(explained => explained.Vendor == vendor && explained.Id == id)?.Why;

    [GeneratedRegex("^(?<base>.+)-[0-9]+k$", RegexOptions.CultureInvariant)]
    private static partial Regex LongContextId();
}
