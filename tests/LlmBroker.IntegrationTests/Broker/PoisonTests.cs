using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A message that brings routers down ends its request's run, whether or not that was accepted before.</summary>
public sealed class PoisonTests(RealPartsFixture parts)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_was_never_accepted_has_a_failure_a_dead_letter_and_a_redrive()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Model();
        await using var producer = await broker.ProducerAsync();
        await broker.StopAllAsync();
        var id = await producer.PublishAsync("m0");
        await BringDownAsync(producer);
        await broker.AddHostAsync(BrokerRoles.All);

        var reply = await producer.ReplyAsync(id);
        Assert.Equal(("InferenceFailed", "Poison", 1), (reply.Type, reply.Reason, reply.Run));
        Assert.Equal(1, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
        var letter = Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.Poison }, CancellationToken));
        Assert.Equal((reply.Body.GetProperty("deadLetterId").GetGuid(), id), (letter.Letter.Id, letter.Letter.RequestId));

        await broker.RedeliverAsync(await broker.DeadLetters.RedriveAsync(letter.Letter.Id, CancellationToken));
        Assert.Equal((true, 2), await producer.ReplyAsync(id) is { IsCompleted: var completed, Run: var run } ? (completed, run) : default);
    }

    [Fact]
    public async Task An_error_that_is_longer_than_a_frame_is_cut_and_costs_no_connection()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        var delivery = new Delivery { Body = "{}"u8.ToArray(), Exchange = BrokerTopology.Requests, RoutingKey = "default.bulk", MessageId = "long", TraceParent = new string('h', 200_000) };

        await broker.Services.GetRequiredService<MessageSender>().SendDeadLetterAsync(delivery, FailureReason.Unreadable, new string('x', 200_000), CancellationToken);

        await Eventually.HoldsAsync(
            async _ => await broker.ScalarAsync<int?>("SELECT length(error) FROM dead_letters WHERE request_id = 'long'") == 4001, "it is kept, cut", CancellationToken);
    }

    [Fact]
    public async Task A_request_that_was_accepted_before_has_one_outcome_whoever_asks()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Model();
        await using var producer = await broker.ProducerAsync();
        await broker.StopAllAsync();
        var router = await broker.AddHostAsync(BrokerRoles.Router);
        var id = await producer.PublishAsync("m0");
        await Eventually.HoldsAsync(
            async _ => await producer.Channel.MessageCountAsync("llm.work.d0.standard", CancellationToken) == 1, "sent on", CancellationToken);
        await broker.StopHostAsync(router);

        // As if that router had died between sending on and acking, again and again.
        await producer.PublishAsync("m0", requestId: id);
        await BringDownAsync(producer);
        await broker.AddHostAsync(BrokerRoles.Router);
        var reply = await producer.ReplyAsync(id);
        Assert.Equal("Poison", reply.Reason);

        await broker.AddHostAsync(BrokerRoles.Worker);
        Assert.Equal(reply.MessageId, (await producer.ReplyAsync(id)).MessageId);
        Assert.Empty(broker.Vendors.Calls);
        Assert.Equal(1, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
        Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter(), CancellationToken));
    }

    [Fact]
    public async Task A_request_that_is_finished_is_answered_with_what_it_got()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Model();
        await using var producer = await broker.ProducerAsync();
        var id = await producer.PublishAsync("m0");
        var first = await producer.ReplyAsync(id);
        await broker.StopAllAsync();

        await producer.PublishAsync("m0", requestId: id);
        await BringDownAsync(producer);
        await broker.AddHostAsync(BrokerRoles.All);

        Assert.Equal((true, first.MessageId), await producer.ReplyAsync(id) is { IsCompleted: var completed, MessageId: var reply } ? (completed, reply) : default);
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
    }

    /// <summary>Takes the message that waits for a router, as often as one that dies of it would.</summary>
    private static async Task BringDownAsync(Producer producer)
    {
        var queue = BrokerTopology.RouteQueue(Lane.Standard);
        for (var deliveries = 0; deliveries <= BrokerTopology.DeliveryLimit; deliveries++)
        {
            await Eventually.HoldsAsync(
                async token =>
                {
                    if (await producer.Channel.BasicGetAsync(queue, autoAck: false, token) is not { } delivery)
                        return false;
                    await producer.Channel.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, token);
                    return true;
                },
                "delivered again",
                CancellationToken);
        }

        await Eventually.HoldsAsync(
            async token => await producer.Channel.MessageCountAsync(BrokerTopology.DeadLetter, token) == 1, "dead-lettered by RabbitMQ", CancellationToken);
    }
}
