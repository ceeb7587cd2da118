using LlmBroker.Control;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Routing;
using LlmBroker.Simulation.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>What one of two workers learns of a vendor, the other acts on; and how requests are spread over deployments.</summary>
public sealed class SharedStateTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private WebApplication second = null!;

    protected override int Models => 4;

    protected override string Change => """
        {
          "providers": { "pool": { "type": "openai", "baseUrl": null, "apiKeys": [{ "env": "REVOKED_KEY" }, { "env": "SIM_KEY" }] } },
          "models": { "m2": { "shadow": { "deployment": "d3", "share": 1 } } },
          "deployments": {
            "d1": { "maxRetries": 0, "breaker": { "minimumThroughput": 2, "samplingDuration": "60s", "breakDuration": "4500ms" } },
            "canary": { "provider": "openai", "model": "m0", "canaryShare": 0.25 }
          },
          "policies": {
            "elsewhere": { "model": "m1", "fallbacks": [{ "model": "m0", "on": ["contentFiltered"] }, { "model": "m2", "on": ["contextTooLong"] }] }
          }
        }
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        second = await Broker.AddHostAsync(BrokerRoles.All);
    }

    [Fact]
    public async Task A_Retry_After_told_to_one_worker_is_kept_by_both()
    {
        Broker.Model();
        Broker.Model();
        Broker.Model();
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 7 });
        var ids = new List<string> { await Producer.PublishAsync(model) };
        await Eventually.HoldsAsync(_ => Task.FromResult(HeldBy(Broker.Services, "d3") && HeldBy(second.Services, "d3")), "both know", TimeSpan.FromSeconds(2), CancellationToken);

        for (var i = 0; i < 20; i++)
            ids.Add(await Producer.PublishAsync(model));
        foreach (var id in ids)
            Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        var calls = Broker.Vendors.Calls.OrderBy(call => call.At).ToArray();
        Assert.Single(calls, call => call.Status == 429);
        Assert.InRange(calls[1].At - calls[0].At, TimeSpan.FromSeconds(6.5), TimeSpan.FromSeconds(35));
        Assert.Equal(22, calls.Length);
    }

    [Fact]
    public async Task A_breaker_that_opens_in_one_worker_keeps_the_other_away_until_it_closes()
    {
        Broker.Model();
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.Unavailable, Probability = 1 });
        var ids = new List<string>();
        while (!HeldBy(Broker.Services, "d1") && !HeldBy(second.Services, "d1"))
        {
            ids.Add(await Producer.PublishAsync(model));
            await Eventually.HoldsAsync(async _ => await IsParkedAsync(ids[^1]), "parked", CancellationToken);
            Assert.True(ids.Count < 10, "No breaker opened.");
        }

        var calls = Broker.Vendors.Calls.Count;
        for (var i = 0; i < 10; i++)
            ids.Add(await Producer.PublishAsync(model));
        foreach (var id in ids)
            await Eventually.HoldsAsync(async _ => await IsParkedAsync(id), "parked", CancellationToken);
        Assert.Equal(calls, Broker.Vendors.Calls.Count);

        Broker.Vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });
        foreach (var id in ids)
            Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
    }

    [Fact]
    public async Task The_breaker_of_one_worker_is_known_to_the_other_until_it_closes()
    {
        Broker.Model();
        Broker.Model();
        var signals = Broker.Services.GetRequiredService<DeploymentSignals>();

        signals.BreakerOpened("d1", TimeSpan.FromMinutes(5));
        await Eventually.HoldsAsync(_ => Task.FromResult(HeldBy(second.Services, "d1")), "told", TimeSpan.FromSeconds(2), CancellationToken);
        Assert.False(HeldBy(Broker.Services, "d1"));

        signals.BreakerClosed("d1");
        await Eventually.HoldsAsync(_ => Task.FromResult(!HeldBy(second.Services, "d1")), "told again", TimeSpan.FromSeconds(2), CancellationToken);
    }

    [Fact]
    public async Task One_refused_key_rests_while_the_other_serves_and_the_ledger_knows_them_by_their_places()
    {
        Broker.Model();
        await Broker.EditEverywhereAsync(
            new("providers.pool.baseUrl", $"\"{Broker.Vendors.Address}v1/\""), new("deployments.d0.provider", "\"pool\""));
        await AnswerAllAsync("first");
        var refused = Broker.Vendors.Calls.Count(call => call.Status == 401);
        Assert.InRange(refused, 1, 10);

        await AnswerAllAsync("then");
        Assert.Equal(refused, Broker.Vendors.Calls.Count(call => call.Status == 401));
        Assert.Equal("#1", await Broker.ScalarAsync<string>("SELECT string_agg(DISTINCT provider_key, ',') FROM attempt_ends WHERE error = 'KeyRefused'"));
        Assert.Equal(0L, await Broker.ScalarAsync<long>("SELECT count(*) FROM attempt_ends e WHERE e::text LIKE '%sim-key%'"));
    }

    [Fact]
    public async Task A_copy_is_recorded_apart_and_never_answered()
    {
        Broker.Model();
        Broker.Model();
        Broker.Model();
        Broker.Model();
        var id = await Producer.PublishAsync("m2", requestId: "original");
        var reply = await Producer.ReplyAsync(id);
        Assert.Equal(("m2", 1), (reply.Body.GetProperty("route").GetProperty("model").GetString(), reply.Attempts));

        await Eventually.HoldsAsync(
            async _ => await Broker.Ledger.GetStatusAsync(ShadowTenant.Of("default"), id, CancellationToken) is [{ Claim: { State: ClaimState.Finished, Failure: null } }], "the copy ran", CancellationToken);
        var copy = Assert.Single(await Broker.Ledger.GetStatusAsync(ShadowTenant.Of("default"), id, CancellationToken));
        Assert.Equal(("d3", "bulk", "shadow of d2"), (copy.Claim.Deployment, copy.Claim.Lane, copy.Route?.Reason));
        Assert.Equal(0, Producer.Waiting(id));
        Assert.Equal(["m2"], (await UsageAsync(shadow: false)).Select(row => row.Name));
        Assert.Equal(["m3"], (await UsageAsync(shadow: true)).Select(row => row.Name));
    }

    [Fact]
    public async Task A_copy_that_fails_touches_nothing_else()
    {
        Broker.Model();
        Broker.Model();
        Broker.Model();
        Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Probability = 1 });

        var id = await Producer.PublishAsync("m2");
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        await Eventually.HoldsAsync(
            async _ => await Broker.Ledger.GetStatusAsync(ShadowTenant.Of("default"), id, CancellationToken) is [{ Claim.State: ClaimState.Finished }], "the copy ended", CancellationToken);
        Assert.Empty(await Broker.DeadLetters.ListAsync(new(), CancellationToken));
        Assert.Equal(0, Producer.Waiting(id));
    }

    [Fact]
    public async Task A_canary_takes_its_share_and_every_router_agrees_which()
    {
        var model = Broker.Model();
        var ids = new List<string>();
        for (var i = 0; i < 200; i++)
            ids.Add(await Producer.PublishAsync(model, requestId: $"canary-{i}"));

        var canary = Broker.Services.GetRequiredService<LlmBroker.Configuration.LiveConfiguration>().Catalog.FindDeployment("canary")!;
        var taken = 0;
        foreach (var id in ids)
        {
            var deployment = (await Producer.ReplyAsync(id)).Body.GetProperty("route").GetProperty("deployment").GetString();
            Assert.Equal(DeploymentChooser.IsCanary(canary, id) ? "canary" : "d0", deployment);
            taken += deployment == "canary" ? 1 : 0;
        }

        Assert.InRange(taken, 25, 75);
    }

    [Theory]
    [InlineData(FaultKind.ContentFilter, "d0")]
    [InlineData(FaultKind.ContextTooLong, "d2")]
    public async Task A_failure_that_would_end_a_request_goes_to_the_fallback_that_names_it(FaultKind kind, string deployment)
    {
        Broker.Model();
        Broker.Model(new SimulatedFault { Kind = kind, Probability = 1 });
        Broker.Model();
        Broker.Model();

        var id = await Producer.PublishAsync(more: new { policy = "elsewhere" });
        var reply = await Producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        var used = reply.Body.GetProperty("route").GetProperty("deployment").GetString();
        Assert.True(used == deployment || (used == "canary" && deployment == "d0"), used);
        Assert.Equal([AttemptStatus.Failed, AttemptStatus.Succeeded], (await Broker.StatusAsync(id)).Attempts.Select(attempt => attempt.Status!.Value));
    }

    /// <summary>Publishes 20 requests at once and waits for all answers.</summary>
    private async Task AnswerAllAsync(string prefix)
    {
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await Producer.PublishAsync("m0", requestId: $"{prefix}-{i}"));
        foreach (var id in ids)
        {
            var reply = await Producer.ReplyAsync(id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
        }
    }

    private async Task<bool> IsParkedAsync(string id) =>
        await Broker.Ledger.GetStatusAsync("default", id, CancellationToken) is [{ Claim.State: ClaimState.Waiting }];

    private static bool HeldBy(IServiceProvider process, string deployment) =>
        process.GetRequiredService<DeploymentHolds>().RemainingOf(deployment) > TimeSpan.Zero;

    private Task<IReadOnlyList<UsageRow>> UsageAsync(bool shadow) => Broker.Ledger.GetUsageAsync(UsageDimension.Model, null, null, CancellationToken, shadow);
}
