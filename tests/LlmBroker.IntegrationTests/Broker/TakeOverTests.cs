using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Workers that are cut off, stalled or gone in the middle of a call: one outcome, every call explained, nothing stuck.</summary>
public sealed class TakeOverTests(RealPartsFixture parts)
{
    private const string ShortLease = """{ "ledger": { "lease": "1s" }, "deployments": { "d0": { "attemptTimeout": "8s", "totalTimeout": "20s" } } }""";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static SimulatedModel Model(double milliseconds) =>
        new() { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = milliseconds } };

    [Fact]
    public async Task A_call_goes_on_when_its_connection_breaks_and_both_deliveries_end_with_its_one_outcome()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1, ShortLease);
        broker.Vendors.Configure(Model(6000));
        await using var producer = await broker.ProducerAsync();
        await producer.UseDurableReplyQueueAsync();

        await broker.AddHostAsync(BrokerRoles.Worker);

        string[] ids = [await producer.PublishAsync("m0"), await producer.PublishAsync("m0", more: new { delivery = "at-most-once" })];
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 2), "both calls run", CancellationToken);
        await broker.CloseConnectionsAsync(parts.RabbitMq, 2);

        foreach (var id in ids)
        {
            var reply = await producer.ReplyAsync(id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
            var attempt = Assert.Single((await broker.StatusAsync(id)).Attempts);
            Assert.Equal(AttemptStatus.Succeeded, attempt.Status);
            Assert.Equal(1, await broker.CountCallsAsync(id));

            // The redelivery waited for the outcome, and gives it again, as nobody knows whether the first reply was sent.
            Assert.Equal(reply.MessageId, (await producer.ReplyAsync(id)).MessageId);
        }

        Assert.Equal(2, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
    }

    [Fact]
    public async Task A_worker_that_stalls_for_longer_than_its_lease_records_its_late_outcome_and_makes_no_second_one()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1, ShortLease, start: false);
        broker.Vendors.Configure(Model(1500));
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        using var worker = WorkerProcess.Start(broker.Json);
        await WaitForConsumerAsync(producer);
        var id = await producer.PublishAsync("m0");
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 1), "the call runs", CancellationToken);

        await worker.StallAsync(CancellationToken);
        await broker.AddHostAsync(BrokerRoles.Worker);
        await broker.CloseConnectionsAsync(parts.RabbitMq, 3);
        var reply = await producer.ReplyAsync(id);
        Assert.True(reply.IsCompleted, reply.Body.ToString());
        var estimated = await broker.StatusAsync(id);
        Assert.Equal([AttemptStatus.Ambiguous, AttemptStatus.Succeeded], estimated.Attempts.Select(attempt => attempt.Status));

        await worker.ResumeAsync(CancellationToken);
        await Eventually.HoldsAsync(
            async _ => (await broker.StatusAsync(id)).Attempts.All(attempt => attempt.Status == AttemptStatus.Succeeded), "the late outcome is on record", CancellationToken);
        var corrected = await broker.StatusAsync(id);
        Assert.Equal(corrected.Attempts.Sum(attempt => attempt.CostUsd), corrected.Claim.CostUsd);
        Assert.True(corrected.Claim.CostUsd < estimated.Claim.CostUsd);
        Assert.Equal(1, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
        Assert.Equal(2, broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task A_request_of_a_dead_worker_that_nobody_takes_over_is_shown_with_its_spend_and_goes_on_later()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1, ShortLease, start: false);
        broker.Vendors.Configure(Model(3000));
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        string id;
        using (var worker = WorkerProcess.Start(broker.Json))
        {
            await WaitForConsumerAsync(producer);
            id = await producer.PublishAsync("m0");
            await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 1), "the call runs", CancellationToken);
            worker.Kill();
        }

        await Eventually.HoldsAsync(async _ => (await broker.StatusAsync(id)).Claim.State == ClaimState.Waiting, "swept", CancellationToken);
        var swept = await broker.StatusAsync(id);
        Assert.Contains("worker was lost", swept.Claim.Reason, StringComparison.Ordinal);
        var attempt = Assert.Single(swept.Attempts);
        Assert.Equal((AttemptStatus.Ambiguous, attempt.EstimatedCostUsd, swept.Claim.CostUsd), (attempt.Status, attempt.CostUsd, attempt.EstimatedCostUsd));

        await broker.AddHostAsync(BrokerRoles.Worker);
        Assert.Equal((true, 2), (await producer.ReplyAsync(id)) is { IsCompleted: true, Attempts: var attempts } ? (true, attempts) : default);
    }

    [Fact]
    public async Task A_request_whose_message_is_lost_ends_as_expired_after_its_deadline()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1, ShortLease, start: false);
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        var id = await producer.PublishAsync("m0", more: new { groupId = "nightly" });
        await Eventually.HoldsAsync(
            async _ => await producer.Channel.QueuePurgeAsync("llm.work.d0.standard", CancellationToken) == 1, "the message was there, and is lost", CancellationToken);

        await broker.ScalarAsync<long>(
            "UPDATE claims SET deadline = now() - interval '2 minutes'; UPDATE sweeps SET overdue_until = now() - interval '1 hour'");

        var reply = await producer.ReplyAsync(id);
        Assert.Equal(("Expired", 0, 0m), (reply.Reason, reply.Attempts, reply.CostUsd));
        Assert.Equal("nightly", reply.Body.GetProperty("groupId").GetString());
        Assert.Equal(1, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes WHERE failure = 'Expired'"));
        Assert.Empty(await broker.DeadLetters.ListAsync(new DeadLetters.DeadLetterFilter(), CancellationToken));
    }

    private static Task WaitForConsumerAsync(Producer producer) => Eventually.HoldsAsync(
        async _ => await producer.CountConsumersAsync("llm.work.d0.standard") > 0, "a worker consumes", CancellationToken);
}
