using LlmBroker.Contracts;
using LlmBroker.Models;
using Xunit;

namespace LlmBroker.Tests.Models;

public sealed class PriceTests
{
    private static readonly Price Price = new(Input: 3m, Output: 15m, CacheRead: 0.3m, CacheWrite: 3.75m);

    [Fact]
    public void CostOf_prices_each_class_of_tokens_exactly() =>
        Assert.Equal(
            0.0105m + 0.0003m + 0.00375m + 0.03m,
            Price.CostOf(new TokenUsage { InputTokens = 3500, CacheReadTokens = 1000, CacheWriteTokens = 1000, OutputTokens = 2000, ReasoningTokens = 500 }));

    [Fact]
    public void Estimate_is_never_below_the_cost_of_what_it_allows()
    {
        var usage = new TokenUsage { InputTokens = 10, CacheWriteTokens = 90, OutputTokens = 50 };

        Assert.True(Price.Estimate(100, 50) >= Price.CostOf(usage));
    }
}
