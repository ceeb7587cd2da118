using LlmBroker.IntegrationTests.RealParts;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A tenant that stopped reading: its reply queue takes nothing more, and nobody else waits for that.</summary>
public sealed class RefusedReplyTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly string queue = $"reply.default.bounded.{Guid.NewGuid():N}";

    private string VirtualHost => Uri.UnescapeDataString(Broker.Amqp.AbsolutePath[1..]);

    protected override string Change => """{ "deployments": { "d0": { "maxConcurrentCalls": 2 } } }""";

    [Theory]
    [InlineData("classic")]
    [InlineData("quorum")]
    public async Task A_full_reply_queue_holds_up_no_lane_and_its_replies_can_be_fetched(string type)
    {
        await DeclareAsync(type, maxLength: 1);
        var model = Broker.Model();
        var unread = new List<string>();
        for (var i = 0; i < 6; i++)
            unread.Add(await Producer.PublishAsync(model, set: properties => properties.ReplyTo = queue));

        var id = await Producer.PublishAsync(model);

        await Eventually.HoldsAsync(_ => Task.FromResult(Producer.Waiting(id) > 0), "another is answered", Soon, CancellationToken);
        foreach (var one in unread)
            await Eventually.HoldsAsync(async _ => await Broker.Ledger.GetReplyAsync("default", one, CancellationToken) is { Reply: not null }, "its reply is on record", Soon, CancellationToken);
        await NothingElseIsLeftAsync();
        Assert.Equal(unread.Count + 1, Broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task A_full_reply_queue_holds_up_no_dead_letters()
    {
        await DeclareAsync("classic", maxLength: 1);
        for (var i = 0; i < 4; i++)
            await Producer.PublishRawAsync("nobody can read this", "default.standard", set: properties => properties.ReplyTo = queue);

        await Eventually.HoldsAsync(async _ => await Broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters") == 4, "all are kept", Soon, CancellationToken);
        await NothingElseIsLeftAsync();
    }

    [Fact]
    public async Task A_full_queue_that_subscribed_to_events_holds_up_nobody()
    {
        await DeclareAsync("classic", maxLength: 1);
        await Producer.Channel.QueueBindAsync(queue, "llm.events", "#", cancellationToken: CancellationToken);
        var model = Broker.Model();

        for (var i = 0; i < 6; i++)
            await Producer.PublishAsync(model);

        await NothingElseIsLeftAsync();
    }

    [Fact]
    public async Task A_queue_that_subscribed_to_events_and_confirms_nothing_holds_up_no_lane()
    {
        Assert.SkipUnless(Parts.RabbitMq.CanAdminister, "No queue can be suspended on this RabbitMQ.");
        await DeclareAsync("quorum", maxLength: 1000);
        await Producer.Channel.QueueBindAsync(queue, "llm.events", "#", cancellationToken: CancellationToken);
        var model = Broker.Model();
        // RabbitMQ introduces a channel to a quorum queue at its first publish, and holds the channel up for that.
        await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(async _ => await Producer.CountReadyAsync(queue) == 1, "the queue takes an event", Soon, CancellationToken);
        await Parts.RabbitMq.SuspendQueueAsync(VirtualHost, queue, CancellationToken);
        for (var i = 0; i < 2; i++)
            await Producer.PublishAsync(model);

        var id = await Producer.PublishAsync(model);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        await Parts.RabbitMq.ResumeQueueAsync(VirtualHost, queue, CancellationToken);
    }

    [Fact]
    public async Task A_nack_by_a_reply_queue_that_is_down_is_no_refusal_and_the_reply_comes_when_it_is_up()
    {
        Assert.SkipUnless(Parts.RabbitMq.CanAdminister, "No queue can be stopped on this RabbitMQ.");
        await DeclareAsync("quorum", maxLength: 1000);
        await Producer.Channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties(), "an earlier one"u8.ToArray(), CancellationToken);
        await Parts.RabbitMq.StopQueueAsync(VirtualHost, queue, CancellationToken);

        var id = await Producer.PublishAsync(Broker.Model(), set: properties => properties.ReplyTo = queue);

        // A connection that is there only after a nack; without it the next one has to be opened.
        await Parts.RabbitMq.CloseConnectionsAsync(VirtualHost, "llmbroker asks", count: 1, CancellationToken);
        Assert.NotNull((await Broker.Ledger.GetReplyAsync("default", id, CancellationToken))?.Reply);
        await Parts.RabbitMq.StartQueueAsync(VirtualHost, queue, CancellationToken);
        await Eventually.HoldsAsync(async _ => await Producer.CountReadyAsync(queue) == 2, "the reply is in its queue", CancellationToken);
    }

    private async Task DeclareAsync(string type, int maxLength) => await Producer.Channel.QueueDeclareAsync(
        queue, durable: true, exclusive: false, autoDelete: false,
        new Dictionary<string, object?> { ["x-queue-type"] = type, ["x-max-length"] = maxLength, ["x-overflow"] = "reject-publish" },
        cancellationToken: CancellationToken);

    /// <summary>Every delivery is acked: only what the queue took is left in RabbitMQ.</summary>
    private Task NothingElseIsLeftAsync() => Eventually.HoldsAsync(
        async token => (await Parts.RabbitMq.CountMessagesAsync(VirtualHost, token)).Keys.SequenceEqual([queue]),
        "only the full queue holds messages", TimeSpan.FromSeconds(30), CancellationToken);
}
