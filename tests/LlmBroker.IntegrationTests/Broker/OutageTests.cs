using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Failure table, row 2: outages are waited for, then fallen back from, then given up.</summary>
public sealed class OutageTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override int Models => 4;

    protected override string Change => """
        {
          "deployments": { "d1": { "maxRetries": 0, "breaker": { "minimumThroughput": 2, "samplingDuration": "10s", "breakDuration": "3s" } } },
          "policies": { "with-fallback": { "model": "m2", "fallbackModels": ["m3"] } },
          "lanes": { "interactive": { "defaultDeadline": "30s", "patience": "1s" } }
        }
        """;

    [Fact]
    public async Task A_long_Retry_After_parks_the_request_and_holds_no_slot()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 4 });

        var id = await Producer.PublishAsync(model);
        await Eventually.HoldsAsync(async _ => await Broker.Ledger.GetStatusAsync("default", id, CancellationToken) is [{ Claim.State: ClaimState.Waiting }], "parked", CancellationToken);
        Assert.Contains("RateLimited", (await Broker.StatusAsync(id)).Claim.Reason, StringComparison.Ordinal);

        var reply = await Producer.ReplyAsync(id);
        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(2, reply.Attempts);
    }

    [Fact]
    public async Task A_used_up_quota_parks_at_once()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.QuotaExhausted, Next = 1 });

        var id = await Producer.PublishAsync(model);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(["QuotaExhausted", null], (await Broker.StatusAsync(id)).Attempts.Select(attempt => attempt.Error));
    }

    [Fact]
    public async Task An_open_breaker_parks_without_calls_and_the_request_is_answered_after_it_closes()
    {
        Broker.Model();
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.ServerError, Next = 2 });
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await Producer.PublishAsync(model));

        foreach (var id in ids)
            Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        var attempts = 0;
        foreach (var id in ids)
            attempts += (await Broker.StatusAsync(id)).Attempts.Count(attempt => attempt.Status == AttemptStatus.Failed);
        Assert.InRange(attempts, 2, 3);
    }

    [Fact]
    public async Task Past_its_patience_a_request_falls_back_and_says_so()
    {
        Broker.Model();
        Broker.Model();
        Broker.Model(new SimulatedFault { Kind = FaultKind.Unavailable, Probability = 1 });
        Broker.Model();

        var id = await Producer.PublishAsync(lane: "interactive", more: new { policy = "with-fallback" });
        var reply = await Producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        var route = reply.Body.GetProperty("route");
        Assert.Equal(("d3", "m3"), (route.GetProperty("deployment").GetString(), route.GetProperty("model").GetString()));
        Assert.EndsWith("fell back from d2", route.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(4, reply.Attempts);
    }

    [Fact]
    public async Task With_nothing_left_to_try_it_is_dead_lettered_and_can_be_redriven()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.Unavailable, Next = 3 });

        var id = await Producer.PublishAsync(model, more: new { deadline = DateTimeOffset.UnixEpoch.AddYears(200), lane = "standard" }, set: properties => properties.Expiration = "4500");
        var reply = await Producer.ReplyAsync(id);

        Assert.Equal(("InferenceFailed", "Exhausted"), (reply.Type, reply.Reason));
        Assert.Equal(3, reply.Attempts);
        var letter = await Broker.DeadLetters.GetAsync(reply.Body.GetProperty("deadLetterId").GetGuid(), CancellationToken);
        Assert.Equal((FailureReason.Exhausted, 3, 0m), (letter!.Letter.Reason, letter.Letter.Attempts, letter.Letter.CostUsd));

        var redrive = await Broker.DeadLetters.RedriveAsync(letter.Letter.Id, CancellationToken);
        await Broker.RedeliverAsync(redrive);
        var second = await Producer.ReplyAsync(id);
        Assert.Equal(("InferenceCompleted", 2, 4), (second.Type, second.Run, second.Attempts));
        Assert.Equal(DeadLetterState.Redriven, (await Broker.DeadLetters.GetAsync(letter.Letter.Id, CancellationToken))!.State);
    }

    [Fact]
    public async Task The_cap_on_attempts_counts_over_waits()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.Unavailable, Probability = 1 });
        await using var broker = await BrokerUnderTest.StartAsync(Parts, 1, """{ "limits": { "maxAttempts": 4 } }""");
        broker.Vendors.Configure(new SimulatedModel { Name = "m0", Vendor = Vendor.OpenAi, Faults = [new() { Kind = FaultKind.Unavailable, Probability = 1 }] });
        await using var producer = await broker.ProducerAsync();

        var reply = await producer.ReplyAsync(await producer.PublishAsync("m0"));

        Assert.Equal(("Exhausted", 4), (reply.Reason, reply.Attempts));
        Assert.NotNull(model);
    }
}
