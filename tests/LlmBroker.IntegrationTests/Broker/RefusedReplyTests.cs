using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A tenant that stopped reading: its reply queue takes nothing more, and nobody else waits for that.</summary>
public sealed class RefusedReplyTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly string queue = $"reply.default.bounded.{Guid.NewGuid():N}";

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
    public async Task A_reply_queue_that_confirms_nothing_holds_up_no_lane()
    {
        Assert.SkipUnless(Parts.RabbitMq.CanAdminister, "No queue can be suspended on this RabbitMQ.");
        await DeclareAsync("quorum", maxLength: 1000);
        var virtualHost = Uri.UnescapeDataString(Broker.Amqp.AbsolutePath[1..]);
        var model = Broker.Model();
        // RabbitMQ introduces a channel to a quorum queue at its first publish, and holds the channel up for that.
        await Producer.PublishAsync(model, set: properties => properties.ReplyTo = queue);
        await Eventually.HoldsAsync(async _ => await Producer.CountReadyAsync(queue) == 1, "the queue takes a reply", Soon, CancellationToken);
        await Parts.RabbitMq.SuspendQueueAsync(virtualHost, queue, CancellationToken);
        var unread = new List<string>();
        for (var i = 0; i < 2; i++)
            unread.Add(await Producer.PublishAsync(model, set: properties => properties.ReplyTo = queue));

        var id = await Producer.PublishAsync(model);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        await Parts.RabbitMq.ResumeQueueAsync(virtualHost, queue, CancellationToken);
        foreach (var one in unread)
            Assert.NotNull((await Broker.Ledger.GetReplyAsync("default", one, CancellationToken))?.Reply);
    }

    private async Task DeclareAsync(string type, int maxLength) => await Producer.Channel.QueueDeclareAsync(
        queue, durable: true, exclusive: false, autoDelete: false,
        new Dictionary<string, object?> { ["x-queue-type"] = type, ["x-max-length"] = maxLength, ["x-overflow"] = "reject-publish" },
        cancellationToken: CancellationToken);

    /// <summary>Every delivery is acked: only what the queue took is left in RabbitMQ.</summary>
    private Task NothingElseIsLeftAsync() => Eventually.HoldsAsync(
        async token => (await Parts.RabbitMq.CountMessagesAsync(Uri.UnescapeDataString(Broker.Amqp.AbsolutePath[1..]), token)).Keys.SequenceEqual([queue]),
        "only the full queue holds messages", TimeSpan.FromSeconds(30), CancellationToken);
}
