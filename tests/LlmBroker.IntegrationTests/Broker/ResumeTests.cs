using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>After an outage work flows again within 5 seconds, without a manual step.</summary>
public sealed class ResumeTests(RealPartsFixture parts)
{
    /// <summary>What is promised, and what a test machine that does other work may take on top.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(5);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_flows_again_after_RabbitMQ_was_away_for_long()
    {
        await using var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(rabbitMq.CanRestart, "This RabbitMQ cannot be stopped by the tests.");
        await using var broker = await BrokerUnderTest.StartAsync(
            rabbitMq.AmqpUri, rabbitMq.User, rabbitMq.Password, await parts.Postgres.CreateDatabaseAsync(CancellationToken), 1, "{}", start: true);
        broker.Model();
        await using (var before = await broker.ProducerAsync())
            Assert.True((await before.ReplyAsync(await before.PublishAsync("m0"))).IsCompleted);

        await rabbitMq.StopAsync(CancellationToken);
        // Longer than the transport's first pauses.
        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System, CancellationToken);
        await rabbitMq.StartAsync(CancellationToken);
        var back = TimeProvider.System.GetTimestamp();

        await using var producer = await broker.ProducerAsync();
        Assert.True((await producer.ReplyAsync(await producer.PublishAsync("m0"))).IsCompleted);
        Assert.InRange(TimeProvider.System.GetElapsedTime(back), TimeSpan.Zero, Promised + Allowance);
    }

    [Fact]
    public async Task Work_flows_again_after_Postgres_was_away()
    {
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(postgres.CanRestart, "This PostgreSQL cannot be stopped by the tests.");
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(
            parts.RabbitMq.AmqpUriOf(virtualHost), parts.RabbitMq.User, parts.RabbitMq.Password,
            await postgres.CreateDatabaseAsync(CancellationToken), 1, "{}", start: true);
        broker.Model();
        await using var producer = await broker.ProducerAsync();
        Assert.True((await producer.ReplyAsync(await producer.PublishAsync("m0"))).IsCompleted);
        var calls = broker.Vendors.Calls.Count;

        await postgres.KillAsync(CancellationToken);
        var id = await producer.PublishAsync("m0");
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System, CancellationToken);
        Assert.Equal(calls, broker.Vendors.Calls.Count);
        await postgres.StartAsync(CancellationToken);
        var back = TimeProvider.System.GetTimestamp();

        Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        Assert.InRange(TimeProvider.System.GetElapsedTime(back), TimeSpan.Zero, Promised + Allowance);
        Assert.Equal(calls + 1, broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task While_Postgres_is_away_nothing_is_consumed_and_no_delivery_counts_as_poison()
    {
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(postgres.CanRestart, "This PostgreSQL cannot be stopped by the tests.");
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        // More than that and RabbitMQ would dead-letter it.
        await parts.RabbitMq.LimitDeliveriesAsync(virtualHost, "^llm\\.(route|work)\\.", redeliveries: 2, CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(
            parts.RabbitMq.AmqpUriOf(virtualHost), parts.RabbitMq.User, parts.RabbitMq.Password, await postgres.CreateDatabaseAsync(CancellationToken), 2,
            """{ "deployments": { "d1": { "attemptTimeout": "40s", "totalTimeout": "60s" } } }""", start: true);
        broker.Model();
        broker.Vendors.Configure(new SimulatedModel
        {
            Name = "m1", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = 20_000 },
        });
        await using var producer = await broker.ProducerAsync();
        Assert.True((await producer.ReplyAsync(await producer.PublishAsync("m0"))).IsCompleted);

        var ids = new List<string> { await producer.PublishAsync("m1") };
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 2), "the long call runs", CancellationToken);
        await Eventually.HoldsAsync(async _ => await CountConsumersAsync(virtualHost) == 10, "everything is consumed", CancellationToken);
        await postgres.KillAsync(CancellationToken);
        for (var i = 0; i < 20; i++)
            ids.Add(await producer.PublishAsync("m0"));
        await Eventually.HoldsAsync(
            async _ => await CountConsumersAsync(virtualHost) == 0, "nobody consumes", TimeSpan.FromSeconds(15), CancellationToken);
        for (var i = 0; i < 20; i++)
            ids.Add(await producer.PublishAsync("m0"));
        Assert.Equal(20u, await producer.Channel.MessageCountAsync("llm.route.standard", CancellationToken));
        await postgres.StartAsync(CancellationToken);
        var back = TimeProvider.System.GetTimestamp();

        Assert.True((await producer.ReplyAsync(ids[^1])).IsCompleted);
        Assert.InRange(TimeProvider.System.GetElapsedTime(back), TimeSpan.Zero, Promised + Allowance);
        foreach (var id in ids[..^1])
            Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        await Eventually.HoldsAsync(async _ => await CountConsumersAsync(virtualHost) == 10, "everything is consumed again", CancellationToken);
        Assert.Equal(ids.Count + 1, broker.Vendors.Calls.Count);
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
    }

    [Fact]
    public async Task A_Postgres_that_stands_still_for_longer_than_the_leases_makes_nothing_ambiguous_and_loses_nothing()
    {
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(postgres.CanStall, "This PostgreSQL cannot be suspended by the tests.");
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(
            parts.RabbitMq.AmqpUriOf(virtualHost), parts.RabbitMq.User, parts.RabbitMq.Password, await postgres.CreateDatabaseAsync(CancellationToken), 1,
            """{ "deployments": { "d0": { "attemptTimeout": "30s", "totalTimeout": "60s" } } }""", start: true);
        // Someone who could take over what is handed back.
        await broker.AddHostAsync(BrokerRoles.Worker);
        broker.Vendors.Configure(new SimulatedModel
        {
            Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Uniform, MinMs = 100, MaxMs = 12_000 },
        });
        await using var producer = await broker.ProducerAsync();
        var ids = new List<string>();
        for (var i = 0; i < 60; i++)
            ids.Add(await producer.PublishAsync("m0"));
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count >= 10), "calls run", CancellationToken);

        await postgres.StallAsync(CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System, CancellationToken);
        await postgres.ResumeAsync(CancellationToken);

        foreach (var id in ids)
            Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(ids.Count, broker.Vendors.Calls.Count);
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM attempt_ends WHERE status <> 1"));
        Assert.Equal(ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
    }

    /// <summary>Three lanes and what no lane took, and three lanes of two deployments.</summary>
    private async Task<int> CountConsumersAsync(string virtualHost) =>
        await parts.RabbitMq.CountConsumersAsync(virtualHost, "llm.route.", CancellationToken)
        + await parts.RabbitMq.CountConsumersAsync(virtualHost, "llm.work.", CancellationToken);

    [Fact]
    public async Task A_work_queue_that_an_operator_deletes_comes_back_with_its_consumers()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Model();
        await using var producer = await broker.ProducerAsync();
        Assert.True((await producer.ReplyAsync(await producer.PublishAsync("m0"))).IsCompleted);

        // Not once only: a queue that comes back too soon keeps a consumer that is told of nothing, and which deletion meets it is chance.
        for (var deletion = 0; deletion < 6; deletion++)
        {
            await producer.Channel.QueueDeleteAsync("llm.work.d0.standard", ifUnused: false, ifEmpty: false, cancellationToken: CancellationToken);
            var id = await producer.PublishAsync("m0");

            Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        }
    }
}
