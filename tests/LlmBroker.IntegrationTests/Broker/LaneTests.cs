using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Bulk cannot take every slot.</summary>
public sealed class LaneTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override string Change => """{ "deployments": { "d0": { "maxConcurrentCalls": 4, "interactiveShare": 0.25, "attemptTimeout": "6s" } } }""";

    [Fact]
    public async Task An_interactive_request_overtakes_a_saturating_bulk_job()
    {
        var model = Broker.Model(name => new SimulatedModel { Name = name, Vendor = Vendor.OpenAi, Latency = new() { Kind = LatencyKind.Fixed, Ms = 1500 } });
        var bulk = new List<string>();
        for (var i = 0; i < 12; i++)
            bulk.Add(await Producer.PublishAsync(model, lane: "bulk", prompt: $"Number {i}"));
        await Eventually.HoldsAsync(_ => Task.FromResult(Broker.Vendors.Calls.Count >= 3), "bulk has its slots", CancellationToken);

        var id = await Producer.PublishAsync(model, lane: "interactive");
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        Assert.True(bulk.Count(request => Producer.Waiting(request) == 0) >= 3, "most of the bulk job still waits");
        foreach (var request in bulk)
            Assert.True((await Producer.ReplyAsync(request)).IsCompleted);
    }
}
