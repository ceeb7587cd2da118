using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Workers that are told to stop: they finish or hand back what they have, and end with exit code 0.</summary>
public sealed class DrainTests(RealPartsFixture parts)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static SimulatedModel Model(double milliseconds) =>
        new() { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = milliseconds } };

    [Fact]
    public async Task A_rolling_restart_under_load_loses_and_repeats_nothing()
    {
        await using var broker = await BrokerUnderTest.StartAsync(
            parts, 1, """{ "deployments": { "d0": { "maxConcurrentCalls": 20, "interactiveShare": 0 } } }""", start: false);
        broker.Vendors.Configure(Model(300));
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        var workers = new List<WorkerProcess> { WorkerProcess.Start(broker.Json), WorkerProcess.Start(broker.Json) };
        try
        {
            await ConsumersAsync(producer, 2);
            var ids = new List<string>();
            var publishing = PublishAsync(producer, ids, 900);
            for (var i = 0; i < 2; i++)
            {
                var before = broker.Vendors.Calls.Count;
                await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count > before + 60), "calls run", CancellationToken);
                Assert.Equal(0, await workers[i].TerminateAsync(CancellationToken));
                workers.Add(WorkerProcess.Start(broker.Json));
            }

            await publishing;
            foreach (var id in ids)
                Assert.True((await producer.ReplyAsync(id)).IsCompleted, id);
            Assert.Equal(ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes WHERE failure IS NULL"));
            Assert.Equal(ids.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM attempts"));
            Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM attempt_ends WHERE status <> 1"));
            Assert.Equal(ids.Count, broker.Vendors.Calls.Count);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    [Fact]
    public async Task A_call_that_outlasts_the_drain_is_ambiguous_and_handed_back_before_the_lease_lapses()
    {
        await using var broker = await BrokerUnderTest.StartAsync(
            parts,
            1,
            """{ "limits": { "drainTimeout": "1s" }, "deployments": { "d0": { "attemptTimeout": "40s", "totalTimeout": "60s" } } }""",
            start: false);
        broker.Vendors.Configure(Model(30_000));
        await using var producer = await broker.ProducerAsync();
        await broker.AddHostAsync(BrokerRoles.Router);
        using var worker = WorkerProcess.Start(broker.Json);
        await ConsumersAsync(producer, 1);
        var id = await producer.PublishAsync("m0");
        var atMostOnce = await producer.PublishAsync("m0", more: new { delivery = "at-most-once" });
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Vendors.Calls.Count == 2), "both calls run", CancellationToken);
        broker.Vendors.Configure(Model(10));

        Assert.Equal(0, await worker.TerminateAsync(CancellationToken));

        var status = await broker.StatusAsync(id);
        Assert.Equal((ClaimState.Waiting, "its worker let it go"), (status.Claim.State, status.Claim.Reason));
        var aborted = Assert.Single(status.Attempts);
        Assert.Equal((AttemptStatus.Ambiguous, "Aborted", aborted.EstimatedCostUsd), (aborted.Status, aborted.Error, aborted.CostUsd));
        Assert.Equal(("Ambiguous", 1), await producer.ReplyAsync(atMostOnce) is var refused ? (refused.Reason, refused.Attempts) : default);
        Assert.Single(await broker.DeadLetters.ListAsync(new DeadLetterFilter { Reason = FailureReason.Ambiguous }, CancellationToken));

        await broker.AddHostAsync(BrokerRoles.Worker);
        var reply = await producer.ReplyAsync(id);
        Assert.Equal((true, 2), (reply.IsCompleted, reply.Attempts));
        Assert.Equal(3, broker.Vendors.Calls.Count);
    }

    private static async Task PublishAsync(Producer producer, List<string> ids, int count)
    {
        for (var i = 0; i < count; i++)
            ids.Add(await producer.PublishAsync("m0", lane: "bulk", prompt: $"Number {i}"));
    }

    private static Task ConsumersAsync(Producer producer, int count) => Eventually.HoldsAsync(
        async _ => await producer.CountConsumersAsync("llm.work.d0.bulk") == count, $"{count} workers consume", CancellationToken);
}
