using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>One id, one call: duplicates at once, later, after retention and with another body.</summary>
public sealed class IdempotencyTests(RealPartsFixture parts) : BrokerTests(parts)
{
    [Fact]
    public async Task A_duplicate_of_a_running_request_causes_no_call_and_both_reply_queues_are_answered()
    {
        var model = Broker.Model(name => new SimulatedModel { Name = name, Vendor = Vendor.OpenAi, Latency = new() { Kind = LatencyKind.Fixed, Ms = 1000 } });
        await using var second = await Broker.ProducerAsync();

        var id = await Producer.PublishAsync(model);
        await second.PublishAsync(model, requestId: id);

        var replies = (await Producer.ReplyAsync(id), await second.ReplyAsync(id));
        Assert.True(replies.Item1.IsCompleted && replies.Item2.IsCompleted);
        Assert.Equal(replies.Item1.MessageId, replies.Item2.MessageId);
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_later_duplicate_is_answered_from_the_record_with_the_same_reply_id()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model);
        var first = await Producer.ReplyAsync(id);

        await Producer.PublishAsync(model, requestId: id);
        var second = await Producer.ReplyAsync(id);

        Assert.Equal((first.MessageId, first.Body.ToString()), (second.MessageId, second.Body.ToString()));
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_a_conflict()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        await Producer.PublishAsync(model, prompt: "Something else", requestId: id);

        Assert.Equal("IdempotencyConflict", (await Producer.ReplyAsync(id)).Reason);
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_duplicate_after_the_replys_retention_says_so()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        await Broker.ScalarAsync<long>("DELETE FROM payloads");

        await Producer.PublishAsync(model, requestId: id);

        Assert.Equal("ReplyExpired", (await Producer.ReplyAsync(id)).Reason);
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task The_first_asker_is_answered_though_its_message_died_with_its_router_and_a_duplicates_is_the_one_at_work()
    {
        await using var broker = await BrokerUnderTest.StartAsync(Parts, 1, start: false);
        broker.Vendors.Configure(new SimulatedModel { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });
        await using var first = await broker.ProducerAsync();
        await using var second = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);

        var id = await first.PublishAsync("m0");
        await Eventually.HoldsAsync(
            async _ => await first.Channel.BasicGetAsync("llm.work.d0.standard", autoAck: true, CancellationToken) is not null, "the first one's message is gone", CancellationToken);
        await second.PublishAsync("m0", requestId: id);
        await broker.AddHostAsync(BrokerRoles.Worker);

        Assert.Equal((await first.ReplyAsync(id)).MessageId, (await second.ReplyAsync(id)).MessageId);
        Assert.Equal(0, first.Waiting(id) + second.Waiting(id));
        Assert.Single(broker.Vendors.Calls);
    }
}
