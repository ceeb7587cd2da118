using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Learning;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class FeatureKeeperTests
{
    private static readonly ClassifierInput Input = new(null, "Translate into German: good morning", 1);

    private static readonly Route Choice = new() { Deployment = "d", Model = "small", CheapModel = "small", LargeModel = "big", Reason = "test" };

    [Fact]
    public void Keep_takes_about_the_share_and_the_same_requests_each_time()
    {
        var keeper = Keeper(0.25);

        var kept = Enumerable.Range(0, 2000).Where(i => keeper.Keep($"r{i}", Choice, Input) is not null).ToArray();

        Assert.InRange(kept.Length, 430, 570);
        Assert.All(kept, i => Assert.NotNull(Keeper(0.25).Keep($"r{i}", Choice, Input)));
    }

    [Fact]
    public void Keep_takes_all_that_were_drawn_by_lot_and_none_without_a_choice_or_a_share()
    {
        Assert.All(Enumerable.Range(0, 50), i => Assert.NotNull(Keeper(0.0001).Keep($"r{i}", Choice with { Arm = "cheap" }, Input)));
        Assert.Null(Keeper(1).Keep("r", Choice with { LargeModel = null }, Input));
        Assert.Null(Keeper(1).Keep("r", Choice, new ClassifierInput(null, "", 1)));
        Assert.Null(Keeper(0).Keep("r", Choice with { Arm = "cheap" }, Input));
    }

    private static FeatureKeeper Keeper(double share) =>
        new(new LiveConfiguration(new BrokerOptions { Routing = new RoutingOptions { Learning = new LearningOptions { Share = share } } }), new CueTaskClassifier());
}
