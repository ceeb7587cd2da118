using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>RabbitMQ takes no publishes while its memory or disk runs out: what was to be sent waits, and goes out by itself.</summary>
public sealed class AlarmTests
{
    private static readonly HttpClient Health = new(new SocketsHttpHandler());

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_RabbitMQ_takes_no_publishes_replies_wait_and_readiness_says_why()
    {
        await using var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(rabbitMq.CanRaiseAlarm, "No alarm can be raised on this RabbitMQ.");
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(
            rabbitMq.AmqpUri, rabbitMq.User, rabbitMq.Password, await postgres.CreateDatabaseAsync(CancellationToken), 1,
            """{ "deployments": { "d0": { "attemptTimeout": "20s", "totalTimeout": "30s" } } }""", start: true);
        broker.Vendors.Configure(new SimulatedModel
        {
            Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = 9000 },
        });
        await using var producer = await broker.ProducerAsync();
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await producer.PublishAsync("m0"));
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count > 0), "calls run", CancellationToken);

        await rabbitMq.RaiseAlarmAsync(CancellationToken);
        await Eventually.HoldsAsync(
            async token => (await ReadyAsync(broker, token)).Contains("taken no publishes", StringComparison.Ordinal), "readiness says it", CancellationToken);
        Assert.Contains(ids, id => producer.Waiting(id) == 0);
        await rabbitMq.ClearAlarmAsync(CancellationToken);

        foreach (var id in ids)
            Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        await Eventually.HoldsAsync(async token => await ReadyAsync(broker, token) == "Healthy", "it is ready again", CancellationToken);
        Assert.Equal(ids.Count, broker.Vendors.Calls.Count);
        Assert.Equal(ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes"));
    }

    private static async Task<string> ReadyAsync(BrokerUnderTest broker, CancellationToken cancellationToken)
    {
        using var response = await Health.GetAsync(new Uri(broker.Address, "health/ready"), cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
