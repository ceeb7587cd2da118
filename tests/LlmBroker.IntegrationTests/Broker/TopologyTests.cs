using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>The dead-letter and cancel queues, from which nothing can go elsewhere: RabbitMQ 4 would drop what it delivered 20 times.</summary>
public sealed class TopologyTests(RealPartsFixture parts) : IAsyncLifetime
{
    private BrokerUnderTest broker = null!;
    private Producer producer = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        broker = await BrokerUnderTest.StartAsync(parts, models: 1, start: false);
        producer = await broker.ProducerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await producer.DisposeAsync();
        await broker.DisposeAsync();
    }

    [Theory]
    [InlineData(BrokerTopology.DeadLetter)]
    [InlineData(BrokerTopology.CancelQueue)]
    public async Task What_can_go_nowhere_else_is_delivered_however_often_it_is_handed_back(string queue)
    {
        var host = await broker.AddHostAsync(BrokerRoles.Router);
        await broker.StopHostAsync(host);

        await IsKeptAsync(queue);
    }

    [Fact]
    public async Task A_policy_lifts_RabbitMQs_own_limit_from_a_queue_that_was_made_before()
    {
        Assert.SkipUnless(parts.RabbitMq.Version.StartsWith('4'), "RabbitMQ 3 has no limit of its own.");
        await DeclareAsBeforeAsync(BrokerTopology.DeadLetter);

        await parts.RabbitMq.LimitDeliveriesAsync(
            Uri.UnescapeDataString(broker.Amqp.AbsolutePath[1..]), @"^llm\.(dead-letter|cancel)$", redeliveries: -1, CancellationToken);

        await IsKeptAsync(BrokerTopology.DeadLetter);
    }

    [Fact]
    public async Task A_queue_that_was_made_before_it_had_a_limit_stays_as_it_is_and_is_consumed()
    {
        await DeclareAsBeforeAsync(BrokerTopology.DeadLetter);
        await DeclareAsBeforeAsync(BrokerTopology.CancelQueue);

        await broker.AddHostAsync(BrokerRoles.All);

        await Eventually.HoldsAsync(
            async _ => await producer.CountConsumersAsync(BrokerTopology.DeadLetter) == 1 && await producer.CountConsumersAsync(BrokerTopology.CancelQueue) == 1,
            "both are consumed", CancellationToken);
        await producer.CancelAsync(new { requestId = "later" });
        await Eventually.HoldsAsync(async _ => await broker.ScalarAsync<long>("SELECT count(*) FROM cancellations") == 1, "the cancellation is on record", CancellationToken);
    }

    [Theory]
    [InlineData(BrokerTopology.DeadLetter)]
    [InlineData(BrokerTopology.CancelQueue)]
    public async Task What_an_earlier_build_declares_is_refused_until_the_queue_is_deleted(string queue)
    {
        await broker.StopHostAsync(await broker.AddHostAsync(BrokerRoles.All));

        await using (var earlier = await broker.ProducerAsync())
        {
            var refusal = await Assert.ThrowsAsync<OperationInterruptedException>(() => DeclareAsBeforeAsync(queue, earlier));
            Assert.Equal(Constants.PreconditionFailed, refusal.ShutdownReason!.ReplyCode);
            Assert.Contains("x-delivery-limit", refusal.ShutdownReason.ReplyText, StringComparison.Ordinal);
        }

        Assert.Equal(0u, await producer.Channel.QueueDeleteAsync(queue, cancellationToken: CancellationToken));
        await DeclareAsBeforeAsync(queue);
    }

    private Task DeclareAsBeforeAsync(string queue) => DeclareAsBeforeAsync(queue, producer);

    private static async Task DeclareAsBeforeAsync(string queue, Producer producer) => await producer.Channel.QueueDeclareAsync(
        queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: CancellationToken);

    private async Task IsKeptAsync(string queue)
    {
        await producer.Channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, "kept"u8.ToArray(), CancellationToken);
        for (var i = 0; i < BrokerTopology.DeliveryLimit + 5; i++)
        {
            BasicGetResult? message = null;
            await Eventually.HoldsAsync(
                async token => (message = await producer.Channel.BasicGetAsync(queue, autoAck: false, token)) is not null,
                $"it comes for the time {i + 1}", TimeSpan.FromSeconds(5), CancellationToken);
            await producer.Channel.BasicNackAsync(message!.DeliveryTag, multiple: false, requeue: true, CancellationToken);
        }

        Assert.NotNull(await producer.Channel.BasicGetAsync(queue, autoAck: true, CancellationToken));
    }
}
