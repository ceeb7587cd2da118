using System.Diagnostics;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Crashes and outages of our own parts: nothing is lost, nothing is paid twice unknowingly.</summary>
public sealed class CrashTests(RealPartsFixture parts)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static SimulatedModel Model(double milliseconds) =>
        new() { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = milliseconds } };

    [Fact]
    public async Task A_request_of_a_worker_killed_in_a_call_is_taken_over_when_its_lease_has_lapsed()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1, start: false);
        broker.Vendors.Configure(Model(1500));
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        string id, atMostOnce;
        using (var worker = WorkerProcess.Start(broker.Json))
        {
            await WaitForTopologyAsync(producer, "llm.work.d0.standard");
            id = await producer.PublishAsync("m0");
            atMostOnce = await producer.PublishAsync("m0", more: new { delivery = "at-most-once" });
            await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 2), "both calls run", CancellationToken);
            worker.Kill();
        }

        await broker.AddHostAsync(BrokerRoles.Worker);

        var reply = await producer.ReplyAsync(id);
        Assert.True(reply.IsCompleted, reply.Body.ToString());
        var attempts = (await broker.StatusAsync(id)).Attempts;
        Assert.Equal([AttemptStatus.Ambiguous, AttemptStatus.Succeeded], attempts.Select(attempt => attempt.Status));
        Assert.Equal(attempts[0].EstimatedCostUsd, attempts[0].CostUsd);
        Assert.Equal(attempts.Sum(attempt => attempt.CostUsd), reply.CostUsd);
        Assert.Equal(2, await broker.CountCallsAsync(id));

        var refused = await producer.ReplyAsync(atMostOnce);
        Assert.Equal(("Ambiguous", 1), (refused.Reason, refused.Attempts));
        Assert.Equal(1, await broker.CountCallsAsync(atMostOnce));
    }

    [Fact]
    public async Task Calls_that_end_while_Postgres_is_away_wait_to_be_recorded_and_nothing_is_lost()
    {
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(postgres.CanRestart, "This PostgreSQL cannot be stopped by the tests.");
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(
            parts.RabbitMq.AmqpUriOf(virtualHost), parts.RabbitMq.User, parts.RabbitMq.Password,
            await postgres.CreateDatabaseAsync(CancellationToken), 1, "{}", start: true);
        broker.Vendors.Configure(Model(300));
        await using var producer = await broker.ProducerAsync();

        var ids = await PublishAsync(producer, 200);
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count > 40), "calls run", CancellationToken);
        await postgres.KillAsync(CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, CancellationToken);
        await postgres.StartAsync(CancellationToken);

        await AllAreAnsweredAsync(broker, producer, ids);
    }

    /// <param name="type">Of the reply queue: RabbitMQ nacks what is published while it takes a queue down, or has not started it yet.</param>
    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_restart_of_RabbitMQ_delays_and_loses_nothing(string type)
    {
        await using var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(rabbitMq.CanRestart, "This RabbitMQ cannot be stopped by the tests.");
        await using var broker = await BrokerUnderTest.StartAsync(
            rabbitMq.AmqpUri, rabbitMq.User, rabbitMq.Password, await parts.Postgres.CreateDatabaseAsync(CancellationToken), 1, "{}", start: true);
        broker.Vendors.Configure(Model(200));
        await using var producer = await broker.ProducerAsync();
        await producer.UseDurableReplyQueueAsync(type);

        var ids = await PublishAsync(producer, 200);
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count > 20), "calls run", CancellationToken);
        // Not killed: 3.10 can lose a quorum queue that was declared within about a second of a kill -9.
        await rabbitMq.StopAsync(CancellationToken);
        await rabbitMq.StartAsync(CancellationToken);

        await AllAreAnsweredAsync(broker, producer, ids);
    }

    [Fact]
    public async Task Two_routers_and_two_workers_answer_each_request_once()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Vendors.Configure(Model(5));
        await broker.AddHostAsync(BrokerRoles.All);
        await using var producer = await broker.ProducerAsync();

        var ids = await PublishAsync(producer, 500);

        await AllAreAnsweredAsync(broker, producer, ids);
        Assert.Equal(500, broker.Vendors.Calls.Count);
        Assert.All(ids, id => Assert.Equal(0, producer.Waiting(id)));
    }

    /// <summary>Every request completed, and every vendor call beyond one each is an attempt that the ledger calls ambiguous.</summary>
    private static async Task AllAreAnsweredAsync(BrokerUnderTest broker, Producer producer, IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            var reply = await producer.ReplyAsync(id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
        }

        Assert.Equal(ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes WHERE failure IS NULL"));
        var attempts = await broker.ScalarAsync<long>("SELECT count(*) FROM attempts");
        Assert.True(broker.Vendors.Calls.Count <= attempts, $"{broker.Vendors.Calls.Count} calls, {attempts} attempts on record");
        Assert.Equal(attempts - ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM usage WHERE status IN (3, 4)"));
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(Producer producer, int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
            ids.Add(await producer.PublishAsync("m0", lane: "bulk", prompt: $"Number {i}"));
        return ids;
    }

    private static Task WaitForTopologyAsync(Producer producer, string queue) => Eventually.HoldsAsync(
        async _ => await producer.CountConsumersAsync(queue) > 0, $"a consumer on {queue}", CancellationToken);
}
