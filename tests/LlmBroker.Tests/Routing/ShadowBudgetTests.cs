using LlmBroker.Configuration;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class ShadowBudgetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private static readonly ShadowOptions Caps = new() { Deployment = "d", Share = 1, MaxPerMinute = 3, MaxUsdPerDay = 1 };

    private readonly ShadowBudget budget = new();

    [Fact]
    public void So_many_a_minute()
    {
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => budget.TryTake(Caps, 0.01m, Noon)));
        Assert.True(budget.TryTake(Caps, 0.01m, Noon.AddMinutes(1)));
    }

    [Fact]
    public void So_many_dollars_a_day_with_those_under_way_at_their_estimate()
    {
        budget.Know(0.5m, Noon);

        Assert.True(budget.TryTake(Caps, 0.3m, Noon));
        Assert.False(budget.TryTake(Caps, 0.3m, Noon));
        budget.Know(0.6m, Noon);
        Assert.True(budget.TryTake(Caps, 0.3m, Noon));
        Assert.True(budget.TryTake(Caps, 0.3m, Noon.AddDays(1)));
    }

    [Fact]
    public void An_unknown_price_could_pass_any_cap() => Assert.False(budget.TryTake(Caps, estimateUsd: null, Noon));
}
