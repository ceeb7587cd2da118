using System.Text;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Failure table, row 5: what an operator can fix, or nobody can read.</summary>
public sealed class OperatorTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override string Change => """{ "routing": { "delivery": { "code": "at-most-once" } } }""";

    [Fact]
    public async Task A_refused_key_is_a_dead_letter_that_can_be_redriven_once_the_key_is_good()
    {
        var model = Broker.Model(name => new SimulatedModel { Name = name, Vendor = Vendor.OpenAi, ApiKeys = ["another"] });
        var id = await Producer.PublishAsync(model);
        var reply = await Producer.ReplyAsync(id);
        Assert.Equal(("KeyRefused", 1), (reply.Reason, reply.Attempts));
        Assert.DoesNotContain("sim-key", reply.Body.ToString(), StringComparison.Ordinal);
        var letter = Assert.Single(await Broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.KeyRefused }, CancellationToken));

        Broker.Vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi });
        await Broker.RedeliverAsync(await Broker.DeadLetters.RedriveAsync(letter.Letter.Id, CancellationToken));

        Assert.Equal((true, 2), ((await Producer.ReplyAsync(id)) is { IsCompleted: true, Run: 2 }, 2));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("""{ "deadline": "tomorrow", "body": {} }""")]
    [InlineData("""{ "requestId": 7 }""")]
    public async Task What_nobody_can_read_is_a_dead_letter_with_its_reason_and_answered_where_it_can_be(string body)
    {
        var reply = await Producer.ReplyAsync(await Producer.PublishRawAsync(body, "default.bulk"));

        Assert.Equal("Unreadable", reply.Reason);
        var letter = await Broker.DeadLetters.GetAsync(reply.Body.GetProperty("deadLetterId").GetGuid(), CancellationToken);
        Assert.Equal((body, FailureReason.Unreadable), (Encoding.UTF8.GetString(letter!.Letter.Body.Span), letter.Letter.Reason));
        Assert.Equal("llm.requests/default.bulk", letter.Letter.Source);
    }

    [Fact]
    public async Task Garbage_on_a_work_queue_is_a_dead_letter_too()
    {
        await Producer.Channel.BasicPublishAsync("llm.work", "d0.bulk", mandatory: true, new BasicProperties(), Encoding.UTF8.GetBytes("{"), CancellationToken);

        await Eventually.HoldsAsync(
            async _ => (await Broker.DeadLetters.ListAsync(new DeadLetterFilter(), CancellationToken)) is [{ Letter.Source: "llm.work/d0.bulk" }], "kept", CancellationToken);
    }

    [Fact]
    public async Task At_most_once_is_not_repeated_after_a_reset_and_waits_for_an_operator()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.Reset, Next = 1 });

        var reply = await Producer.ReplyAsync(await Producer.PublishAsync(model, more: new { delivery = "at-most-once" }));

        Assert.Equal(("Ambiguous", 1), (reply.Reason, reply.Attempts));
        Assert.True(reply.CostUsd > 0);
        Assert.Single(await Broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.Ambiguous }, CancellationToken));
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_task_that_is_at_most_once_by_configuration_is_not_repeated_unless_the_request_says_so()
    {
        var model = Broker.Model();
        var settings = new SimulatedFault { Kind = FaultKind.Reset, Next = 1 };
        Broker.Vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi, Faults = [settings] });
        Assert.Equal("Ambiguous", (await Producer.ReplyAsync(await Producer.PublishAsync(model, more: new { task = "code" }))).Reason);

        Broker.Vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi, Faults = [settings] });
        var repeated = await Producer.ReplyAsync(await Producer.PublishAsync(model, more: new { task = "code", delivery = "at-least-once" }));
        Assert.Equal((true, 2), (repeated.IsCompleted, repeated.Attempts));

        Broker.Vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi, Faults = [settings] });
        Assert.True((await Producer.ReplyAsync(await Producer.PublishAsync(model, more: new { task = "translation" }))).IsCompleted);
    }

    [Fact]
    public async Task A_message_that_brings_its_consumers_down_again_and_again_is_poison()
    {
        await using var broker = await BrokerUnderTest.StartAsync(Parts, 1);
        await using var producer = await broker.ProducerAsync();
        await broker.StopAllAsync();
        var id = await producer.PublishAsync("m0");

        // A consumer that dies has its delivery put back, as here.
        for (var i = 0; i < 40 && await producer.Channel.BasicGetAsync("llm.route.standard", autoAck: false, CancellationToken) is { } delivery; i++)
            await producer.Channel.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, CancellationToken);
        await broker.AddHostAsync(BrokerRoles.All);

        var reply = await producer.ReplyAsync(id);
        Assert.Equal("Poison", reply.Reason);
        Assert.Empty(broker.Vendors.Calls);
        Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.Poison }, CancellationToken));
    }
}
