using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Models;
using LlmBroker.Routing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class DeploymentChooserTests
{
    private const int Requests = 20_000;

    private readonly DeploymentHolds holds = new(new FakeTimeProvider());

    [Fact]
    public void Order_is_that_of_the_configuration() =>
        Assert.Equal(["a", "b", "c"], Rank(DeploymentStrategy.Order, "r", Make("a"), Make("b"), Make("c")));

    [Fact]
    public void Weighted_gives_each_its_share()
    {
        var shares = SharesOf(DeploymentStrategy.Weighted, Make("a", weight: 6), Make("b", weight: 3), Make("c", weight: 1));

        // Five standard deviations of a share at 20,000 draws are below 1.8 points.
        Assert.Equal(0.6, shares["a"], 0.018);
        Assert.Equal(0.3, shares["b"], 0.018);
        Assert.Equal(0.1, shares["c"], 0.018);
    }

    [Fact]
    public void Weighted_takes_the_same_deployment_for_a_request_that_comes_again()
    {
        Deployment[] deployments = [Make("a"), Make("b"), Make("c")];

        Assert.All(Ids(100), id => Assert.Equal(Rank(DeploymentStrategy.Weighted, id, deployments), Rank(DeploymentStrategy.Weighted, id, deployments)));
    }

    [Fact]
    public void A_changed_weight_moves_requests_to_or_from_that_deployment_only()
    {
        foreach (var id in Ids(2000))
        {
            var before = Rank(DeploymentStrategy.Weighted, id, Make("a"), Make("b"), Make("c"))[0];
            var after = Rank(DeploymentStrategy.Weighted, id, Make("a"), Make("b"), Make("c", weight: 2))[0];
            Assert.True(before == after || after == "c", $"{id} went from {before} to {after}.");
        }
    }

    [Fact]
    public void A_weight_of_0_is_a_reserve() =>
        Assert.All(Ids(200), id => Assert.Equal("b", Rank(DeploymentStrategy.Weighted, id, Make("a", weight: 0), Make("b"))[0]));

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void A_canary_takes_its_share_and_not_more_whatever_the_strategy(double share)
    {
        foreach (var strategy in DeploymentStrategy.All)
        {
            var shares = SharesOf(strategy, Make("a"), Make("canary", canary: share));
            Assert.Equal(share, shares.GetValueOrDefault("canary"), 0.018);
        }
    }

    [Fact]
    public void A_larger_share_keeps_the_requests_that_the_canary_had()
    {
        foreach (var id in Ids(2000).Where(id => DeploymentChooser.IsCanary(Make("c", canary: 0.1), id)))
            Assert.True(DeploymentChooser.IsCanary(Make("c", canary: 0.2), id));
    }

    [Fact]
    public void A_canary_serves_what_nobody_else_can() =>
        Assert.All(Ids(50), id => Assert.Equal("canary", Rank(DeploymentStrategy.Order, id, Make("a", state: "paused"), Make("canary", canary: 0))[0]));

    [Fact]
    public void Least_in_flight_counts_what_was_sent_since_the_last_report()
    {
        var fleet = Fleet(("a", 3, null), ("b", 1, null));
        Deployment[] deployments = [Make("a"), Make("b")];
        var chosen = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            chosen.Add(Rank(DeploymentStrategy.LeastInFlight, $"r{i}", fleet, deployments)[0]);
            fleet.CountSent(chosen[^1]);
        }

        Assert.Equal(["b", "b", "a", "b", "a", "b"], chosen);
    }

    [Fact]
    public void Lowest_cost_knows_long_prompts_from_long_answers_and_takes_an_unknown_price_last()
    {
        Deployment[] deployments = [Make("unpriced"), Make("dear-input", price: new Price(10, 1, 10, 10)), Make("dear-output", price: new Price(1, 10, 1, 1))];

        Assert.Equal(["dear-output", "dear-input", "unpriced"], Names(DeploymentChooser.Rank(deployments, DeploymentStrategy.LowestCost, Choice("r", prompt: 1000, output: 10), FleetSnapshot.Empty, holds)));
        Assert.Equal(["dear-input", "dear-output", "unpriced"], Names(DeploymentChooser.Rank(deployments, DeploymentStrategy.LowestCost, Choice("r", prompt: 10, output: 1000), FleetSnapshot.Empty, holds)));
    }

    [Fact]
    public void Lowest_latency_takes_the_fastest_and_goes_on_measuring_the_others()
    {
        var fleet = Fleet(("fast", 0, 100), ("slow", 0, 900));
        var shares = SharesOf(DeploymentStrategy.LowestLatency, fleet, Make("slow"), Make("fast"), Make("never-called"));

        Assert.Equal(1 - DeploymentChooser.ExploredShare * 2 / 3, shares["fast"], 0.008);
        Assert.Equal(DeploymentChooser.ExploredShare / 3, shares["slow"], 0.006);
        Assert.Equal(DeploymentChooser.ExploredShare / 3, shares["never-called"], 0.006);
    }

    [Fact]
    public void Open_comes_before_held_before_paused_before_draining()
    {
        holds.Hold("held", HoldCause.Vendor, TimeSpan.FromMinutes(1));

        Assert.Equal(
            ["open", "held", "paused", "draining"],
            Rank(DeploymentStrategy.Order, "r", Make("draining", state: "draining"), Make("paused", state: "paused"), Make("held"), Make("open")));
    }

    [Fact]
    public void A_hold_within_the_lanes_patience_is_waited_for()
    {
        holds.Hold("a", HoldCause.Vendor, TimeSpan.FromSeconds(4));

        Assert.Equal(["a", "b"], Rank(DeploymentStrategy.Order, "r", Make("a"), Make("b")));
    }

    [Fact]
    public void A_share_is_even_and_the_same_in_every_process()
    {
        // Computed once: a change of the function would move every canary and shadow.
        Assert.Equal("0.201370", StableShare.Of("canary", "order-4711").ToString("0.000000", CultureInfo.InvariantCulture));
        var buckets = Ids(Requests).GroupBy(id => (int)(StableShare.Of("x", id) * 10)).Select(group => group.Count()).ToArray();
        Assert.Equal(10, buckets.Length);
        Assert.All(buckets, count => Assert.InRange(count, Requests / 10 - 250, Requests / 10 + 250));
    }

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(i => $"job-7-line-{i}");

    private Dictionary<string, double> SharesOf(string strategy, params Deployment[] deployments) => SharesOf(strategy, FleetSnapshot.Empty, deployments);

    private Dictionary<string, double> SharesOf(string strategy, FleetSnapshot fleet, params Deployment[] deployments) => Ids(Requests)
        .GroupBy(id => Rank(strategy, id, fleet, deployments)[0])
        .ToDictionary(group => group.Key, group => (double)group.Count() / Requests);

    private string[] Rank(string strategy, string id, params Deployment[] deployments) => Rank(strategy, id, FleetSnapshot.Empty, deployments);

    private string[] Rank(string strategy, string id, FleetSnapshot fleet, params Deployment[] deployments) =>
        Names(DeploymentChooser.Rank(deployments, strategy, Choice(id), fleet, holds));

    private static string[] Names(IEnumerable<Deployment> deployments) => [.. deployments.Select(deployment => deployment.Name)];

    private static Choice Choice(string id, int prompt = 100, int output = 100) => new(id, "standard", TimeSpan.FromSeconds(5), new Prompt(default, prompt, output), DateTimeOffset.UnixEpoch);

    private static FleetSnapshot Fleet(params (string Name, int InFlight, double? LatencyMs)[] loads) =>
        new(loads.ToDictionary(load => load.Name, load => new DeploymentLoad(load.InFlight, load.LatencyMs)));

    private static Deployment Make(string name, double weight = 1, double? canary = null, string state = "open", Price? price = null) => new()
    {
        Name = name,
        Provider = "p",
        Model = "m",
        VendorModel = "m",
        Tier = "cheap",
        MaxOutputTokens = 100,
        ContextWindow = null,
        Prices = price is null ? null : PriceHistory.Always(new ListPrice(price)),
        Options = new DeploymentOptions { Weight = weight, CanaryShare = canary, Lanes = new() { Standard = state } },
    };
}
