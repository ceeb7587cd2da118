using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A reply queue belongs to its producer, and what that one makes of it must not hold up anybody else.</summary>
public sealed class ReplyQueueTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override int Models => 1;

    protected override string Change => """{ "deployments": { "d0": { "maxConcurrentCalls": 2 } } }""";

    [Fact]
    public async Task One_that_is_full_and_refuses_holds_up_nobody_and_its_replies_can_be_fetched()
    {
        const string Full = "reply.default.full";
        await Producer.Channel.QueueDeclareAsync(
            Full, durable: false, exclusive: true, autoDelete: true,
            new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" }, cancellationToken: CancellationToken);
        var model = Broker.Model();
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await Producer.PublishAsync(model, set: properties => properties.ReplyTo = Full));

        var other = await Producer.PublishAsync(model);

        Assert.True((await Producer.ReplyAsync(other)).IsCompleted);
        foreach (var id in ids)
        {
            await Eventually.HoldsAsync(
                async _ => await Broker.Ledger.GetReplyAsync("default", id, CancellationToken) is { Reply: not null }, $"{id} is settled", CancellationToken);
        }

        await Eventually.HoldsAsync(async _ => await Producer.CountReadyAsync("llm.work.d0.standard") == 0, "no delivery is left", CancellationToken);
        Assert.Equal(1u, await Producer.CountReadyAsync(Full));
        Assert.Equal(0, await Broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
    }
}
