using LlmBroker.IntegrationTests.RealParts;

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
    public async Task A_work_queue_that_an_operator_deletes_comes_back_with_its_consumers()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        await using var producer = await broker.ProducerAsync();
        Assert.True((await producer.ReplyAsync(await producer.PublishAsync("m0"))).IsCompleted);

        await producer.Channel.QueueDeleteAsync("llm.work.d0.standard", ifUnused: false, ifEmpty: false, cancellationToken: CancellationToken);
        var id = await producer.PublishAsync("m0");

        Assert.True((await producer.ReplyAsync(id)).IsCompleted);
    }
}
