namespace LlmBroker.Models;

/// <summary>The prices of a model over time.</summary>
internal sealed class PriceHistory
{
    private readonly (DateTimeOffset From, ListPrice Price)[] prices;

    /// <param name="prices">In any order; each holds until the next one.</param>
    public PriceHistory(IEnumerable<(DateTimeOffset From, ListPrice Price)> prices) => this.prices = [.. prices.OrderBy(price => price.From)];

    /// <summary>Each price with the time in which it holds.</summary>
    public IEnumerable<(DateTimeOffset From, DateTimeOffset Until, ListPrice Price)> Periods =>
        prices.Select((entry, index) => (entry.From, index + 1 < prices.Length ? prices[index + 1].From : DateTimeOffset.MaxValue, entry.Price));

    /// <summary>One price for all times.</summary>
    public static PriceHistory Always(ListPrice price) => new([(DateTimeOffset.MinValue, price)]);

    /// <summary>Null before the first price.</summary>
    public ListPrice? At(DateTimeOffset time)
    {
        for (var i = prices.Length - 1; i >= 0; i--)
        {
            if (prices[i].From <= time)
                return prices[i].Price;
        }

        return null;
    }
}
