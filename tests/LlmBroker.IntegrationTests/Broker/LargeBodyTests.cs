using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Messaging;
using LlmBroker.Simulation.Models;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A large request travels by reference: its body waits in the ledger, and no queue between router and worker holds it.</summary>
public sealed class LargeBodyTests(RealPartsFixture parts) : IAsyncLifetime
{
    private const int PromptBytes = 300 * 1024;
    private const int SmallMessage = 2048;

    private static readonly string Prompt = string.Concat(Enumerable.Repeat("Once upon a time. ", PromptBytes / 18 + 1));

    private BrokerUnderTest broker = null!;
    private Producer producer = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        broker = await BrokerUnderTest.StartAsync(parts, 1, start: false);
        producer = await broker.ProducerAsync();
        broker.Vendors.Configure(Model());
    }

    public async ValueTask DisposeAsync()
    {
        await producer.DisposeAsync();
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task A_large_request_is_a_small_message_that_is_answered_also_when_it_is_delivered_again()
    {
        await broker.AddHostAsync(BrokerRoles.Router);
        var id = await producer.PublishAsync("m0", prompt: Prompt);

        await PutBackAsync("llm.work.d0.standard");
        await broker.AddHostAsync(BrokerRoles.Worker);

        await IsAnsweredAsync(id);
        Assert.Equal(1, await broker.CountCallsAsync(id));
    }

    [Fact]
    public async Task A_small_request_has_its_body_with_it()
    {
        await broker.AddHostAsync(BrokerRoles.Router);
        await producer.PublishAsync("m0", prompt: "Say hello");

        var run = await PutBackAsync("llm.work.d0.standard");

        Assert.Equal((true, null), (run.Body.HasValue, run.BodyRef));
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM payloads"));
    }

    [Fact]
    public async Task A_body_that_may_be_wanted_for_longer_than_payloads_are_kept_travels_and_no_request_is_open_for_longer_than_its_claim()
    {
        await broker.AddHostAsync(BrokerRoles.Router);
        await producer.PublishAsync("m0", prompt: Prompt, more: new { deadline = "2999-01-01T00:00:00Z" });

        BasicGetResult? message = null;
        await Eventually.HoldsAsync(
            async _ => (message = await producer.Channel.BasicGetAsync("llm.work.d0.standard", autoAck: true, CancellationToken)) is not null, "routed", CancellationToken);

        var run = WireJson.Read<RunInference>(message!.Body.Span)!;
        Assert.Equal((true, null), (run.Body.HasValue, run.BodyRef));
        Assert.Equal(TimeSpan.FromDays(30), run.Deadline - run.AcceptedAt);
    }

    [Fact]
    public async Task A_large_request_is_parked_without_its_body_and_answered_when_it_is_back()
    {
        broker.Vendors.Configure(Model(new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 4 }));
        await broker.AddHostAsync(BrokerRoles.All);

        var id = await producer.PublishAsync("m0", prompt: Prompt);
        var run = await PutBackAsync("llm.wait.5s");

        Assert.Equal((null, 1), (run.Body, run.Laps));
        await IsAnsweredAsync(id);
    }

    [Fact]
    public async Task A_dead_letter_of_a_large_request_holds_it_whole_and_can_be_redriven_when_the_stored_body_is_gone()
    {
        broker.Vendors.Configure(Model() with { ApiKeys = ["another"] });
        await broker.AddHostAsync(BrokerRoles.All);
        var id = await producer.PublishAsync("m0", prompt: Prompt);
        Assert.Equal("KeyRefused", (await producer.ReplyAsync(id)).Reason);

        var letter = await WholeLetterAsync(FailureReason.KeyRefused);
        await broker.ScalarAsync<long>("DELETE FROM payloads");
        broker.Vendors.Configure(Model());
        await broker.RedeliverAsync(await broker.DeadLetters.RedriveAsync(letter.Id, CancellationToken));

        Assert.Equal(2, (await IsAnsweredAsync(id)).Run);
    }

    [Fact]
    public async Task A_large_request_that_brings_its_workers_down_is_a_dead_letter_with_its_body()
    {
        await broker.AddHostAsync(BrokerRoles.Router);
        var id = await producer.PublishAsync("m0", prompt: Prompt);

        for (var i = 0; i <= BrokerTopology.DeliveryLimit; i++)
            await PutBackAsync("llm.work.d0.standard");

        Assert.Equal("Poison", (await producer.ReplyAsync(id)).Reason);
        await WholeLetterAsync(FailureReason.Poison);
        Assert.Empty(broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_large_request_whose_body_is_lost_fails_with_that_reason_and_is_never_called()
    {
        await broker.AddHostAsync(BrokerRoles.Router);
        var id = await producer.PublishAsync("m0", prompt: Prompt);
        await PutBackAsync("llm.work.d0.standard");
        await broker.ScalarAsync<long>("DELETE FROM payloads");

        await broker.AddHostAsync(BrokerRoles.Worker);

        var reply = await producer.ReplyAsync(id);
        Assert.Equal("BodyMissing", reply.Reason);
        Assert.Contains("publish the request anew", reply.Message, StringComparison.Ordinal);
        var letter = Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.BodyMissing }, CancellationToken)).Letter;
        Assert.Equal(reply.Body.GetProperty("deadLetterId").GetGuid(), letter.Id);
        Assert.Empty(broker.Vendors.Calls);
    }

    private static SimulatedModel Model(params SimulatedFault[] faults) =>
        new() { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, ContextWindow = 1_000_000, Faults = faults };

    /// <summary>Takes the message from the queue, checks that it is small, and puts it back.</summary>
    private async Task<RunInference> PutBackAsync(string queue)
    {
        BasicGetResult? message = null;
        await Eventually.HoldsAsync(
            async _ => (message = await producer.Channel.BasicGetAsync(queue, autoAck: false, CancellationToken)) is not null, $"a message in {queue}", CancellationToken);
        Assert.InRange(message!.Body.Length, 1, SmallMessage);
        var run = WireJson.Read<RunInference>(message.Body.Span)!;
        await producer.Channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true, CancellationToken);
        return run;
    }

    private async Task<Reply> IsAnsweredAsync(string id)
    {
        var reply = await producer.ReplyAsync(id);
        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.True(reply.Body.GetProperty("usage").GetProperty("inputTokens").GetInt64() > PromptBytes / 10, "the vendor got the whole prompt");
        return reply;
    }

    private async Task<DeadLetter> WholeLetterAsync(FailureReason reason)
    {
        var listed = Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = reason }, CancellationToken)).Letter;
        var letter = (await broker.DeadLetters.GetAsync(listed.Id, CancellationToken))!.Letter;
        var run = WireJson.Read<RunInference>(letter.Body.Span)!;
        Assert.Null(run.BodyRef);
        Assert.Equal(Prompt, run.Body!.Value.GetProperty("messages")[0].GetProperty("content").GetString());
        return letter;
    }
}
