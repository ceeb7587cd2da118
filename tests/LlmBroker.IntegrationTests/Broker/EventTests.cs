using LlmBroker.IntegrationTests.RealParts;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Whoever subscribes to <c>llm.events</c> gets the outcomes, with trace context kept on the way.</summary>
public sealed class EventTests(RealPartsFixture parts) : BrokerTests(parts)
{
    [Fact]
    public async Task A_subscriber_gets_completed_and_failed_outcomes()
    {
        var model = Broker.Model();
        var queue = (await Producer.Channel.QueueDeclareAsync(cancellationToken: CancellationToken)).QueueName;
        await Producer.Channel.QueueBindAsync(queue, "llm.events", "default.*", cancellationToken: CancellationToken);

        var completed = await Producer.PublishAsync(model);
        var failed = await Producer.PublishAsync("nope");
        await Producer.ReplyAsync(completed);
        await Producer.ReplyAsync(failed);

        var seen = new Dictionary<string, string>();
        await Eventually.HoldsAsync(
            async _ =>
            {
                if (await Producer.Channel.BasicGetAsync(queue, autoAck: true, CancellationToken) is { } message)
                    seen[message.RoutingKey] = message.BasicProperties.Type!;
                return seen.Count == 2;
            },
            "both events",
            CancellationToken);
        Assert.Equal(("InferenceCompleted", "InferenceFailed"), (seen["default.completed"], seen["default.failed"]));
    }

    [Fact]
    public async Task The_producers_trace_is_kept_in_the_ledger()
    {
        var id = await Producer.PublishAsync(
            Broker.Model(), set: properties => properties.Headers = new Dictionary<string, object?> { ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
        await Producer.ReplyAsync(id);

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (await Broker.StatusAsync(id)).Route?.TraceId);
    }

    [Fact]
    public async Task Direct_reply_to_is_answered_without_a_queue()
    {
        await Producer.ListenAsync("amq.rabbitmq.reply-to");

        var id = await Producer.PublishAsync(Broker.Model(), set: properties => properties.ReplyTo = "amq.rabbitmq.reply-to");

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(0, Producer.Waiting(id));
    }
}
