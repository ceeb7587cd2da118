using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Failure table, row 4: deadline, AMQP expiration, cancellation.</summary>
public sealed class DeadlineTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override string Change => """{ "deployments": { "d0": { "maxConcurrentCalls": 1, "interactiveShare": 0, "attemptTimeout": "7s" } } }""";

    private static SimulatedModel Slow(string name) => new() { Name = name, Vendor = Vendor.OpenAi, Latency = new() { Kind = LatencyKind.Fixed, Ms = 3000 } };

    [Fact]
    public async Task What_expires_in_a_route_queue_while_no_router_runs_is_answered_by_the_next_one()
    {
        await using var broker = await BrokerUnderTest.StartAsync(Parts, 1);
        await using var producer = await broker.ProducerAsync();
        await broker.StopAllAsync();

        var id = await producer.PublishAsync("m0", set: properties => properties.Expiration = "100");
        await Eventually.HoldsAsync(
            async _ => await producer.Channel.MessageCountAsync("llm.dead-letter", CancellationToken) == 1, "dead-lettered by RabbitMQ", CancellationToken);
        await broker.AddHostAsync(BrokerRoles.All);

        var reply = await producer.ReplyAsync(id);
        Assert.Equal(("Expired", 0), (reply.Reason, reply.Attempts));
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
    }

    [Fact]
    public async Task A_deadline_that_passes_in_a_work_queue_ends_without_a_call()
    {
        var model = Broker.Model(Slow);
        var running = await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(_ => Task.FromResult(Broker.Vendors.Calls.Count == 1), "the slot is taken", CancellationToken);

        var late = await Producer.PublishAsync(model, more: new { deadline = TimeProvider.System.GetUtcNow().AddSeconds(1) });

        Assert.Equal("Expired", (await Producer.ReplyAsync(late)).Reason);
        Assert.True((await Producer.ReplyAsync(running)).IsCompleted);
        Assert.Empty((await Broker.StatusAsync(late)).Attempts);
    }

    [Fact]
    public async Task A_queued_request_that_is_cancelled_is_never_called()
    {
        var model = Broker.Model(Slow);
        var running = await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(_ => Task.FromResult(Broker.Vendors.Calls.Count == 1), "the slot is taken", CancellationToken);
        var queued = await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(
            async _ => await Broker.Ledger.GetStatusAsync("default", queued, CancellationToken) is not [], "accepted", CancellationToken);

        await Producer.CancelAsync(new { requestId = queued });

        Assert.Equal("Cancelled", (await Producer.ReplyAsync(queued)).Reason);
        Assert.True((await Producer.ReplyAsync(running)).IsCompleted);
        Assert.Empty((await Broker.StatusAsync(queued)).Attempts);
    }

    [Fact]
    public async Task A_running_call_that_is_cancelled_is_aborted_and_recorded()
    {
        var model = Broker.Model(name => Slow(name) with { Latency = new() { Kind = LatencyKind.Fixed, Ms = 6000 } });
        var id = await Producer.PublishAsync(model, more: new { groupId = "nightly" });
        await Eventually.HoldsAsync(_ => Task.FromResult(Broker.Vendors.Calls.Count == 1), "the call runs", CancellationToken);

        await Producer.CancelAsync(new { groupId = "nightly" });

        Assert.Equal("Cancelled", (await Producer.ReplyAsync(id)).Reason);
        var attempt = Assert.Single((await Broker.StatusAsync(id)).Attempts);
        Assert.Equal((AttemptStatus.Aborted, attempt.EstimatedCostUsd), (attempt.Status, attempt.CostUsd));
        Assert.True(attempt.EndedAt - attempt.StartedAt < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_running_call_is_aborted_at_the_deadline_and_its_cost_is_on_record()
    {
        var model = Broker.Model(name => Slow(name) with { Latency = new() { Kind = LatencyKind.Fixed, Ms = 6000 } });

        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var id = await Producer.PublishAsync(model, more: new { deadline });

        var reply = await Producer.ReplyAsync(id);
        var attempt = Assert.Single((await Broker.StatusAsync(id)).Attempts);
        Assert.Equal(("Expired", 1, attempt.EstimatedCostUsd), (reply.Reason, reply.Attempts, reply.CostUsd));
        Assert.Equal((AttemptStatus.Aborted, attempt.EstimatedCostUsd), (attempt.Status, attempt.CostUsd));
        // A timer counts in ticks of the system, some milliseconds each.
        Assert.InRange(attempt.EndedAt!.Value, deadline.AddMilliseconds(-20), deadline.AddSeconds(2));
    }

    [Fact]
    public async Task A_deadline_that_passes_between_two_tries_ends_it_without_another_call()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 2 });

        var reply = await Producer.ReplyAsync(await Producer.PublishAsync(model, more: new { deadline = TimeProvider.System.GetUtcNow().AddSeconds(1.5) }));

        Assert.Equal(("Expired", 1, 0m), (reply.Reason, reply.Attempts, reply.CostUsd));
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_parked_request_that_is_cancelled_is_not_called_again_and_keeps_what_it_has_cost()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 4 });
        var id = await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(
            async _ => await Broker.Ledger.GetStatusAsync("default", id, CancellationToken) is [{ Claim.State: ClaimState.Waiting }], "parked", CancellationToken);

        await Producer.CancelAsync(new { requestId = id });
        await Producer.CancelAsync(new { requestId = id });

        var reply = await Producer.ReplyAsync(id);
        Assert.Equal(("Cancelled", 1, 0m), (reply.Reason, reply.Attempts, reply.CostUsd));
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_cancellation_that_overtakes_its_request_is_not_lost()
    {
        var model = Broker.Model();
        var id = Guid.NewGuid().ToString();
        await Producer.CancelAsync(new { requestId = id });
        await Producer.CancelAsync(new { groupId = "nightly" });
        await Eventually.HoldsAsync(
            async _ => await Broker.ScalarAsync<long>("SELECT count(*) FROM cancellations") == 2, "both cancellations came first", CancellationToken);

        await Producer.PublishAsync(model, requestId: id);
        var ofGroup = await Producer.PublishAsync(model, more: new { groupId = "nightly" });
        var other = await Producer.PublishAsync(model);

        Assert.Equal(("Cancelled", 0), await Producer.ReplyAsync(id) is var reply ? (reply.Reason, reply.Attempts) : default);
        Assert.Equal("Cancelled", (await Producer.ReplyAsync(ofGroup)).Reason);
        Assert.True((await Producer.ReplyAsync(other)).IsCompleted);
        Assert.Single(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_cancellation_after_the_end_changes_nothing()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model);
        var first = await Producer.ReplyAsync(id);

        await Producer.CancelAsync(new { requestId = id });
        await Producer.CancelAsync(new { requestId = "never-heard-of" });
        await Eventually.HoldsAsync(
            async _ => await Broker.ScalarAsync<long>("SELECT count(*) FROM cancellations") == 1, "both were read", CancellationToken);
        await Producer.PublishAsync(model, requestId: id);

        Assert.Equal(first.MessageId, (await Producer.ReplyAsync(id)).MessageId);
        Assert.False((await Broker.StatusAsync(id)).Claim.CancelRequested);
        Assert.Equal(1, await Broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
    }
}
