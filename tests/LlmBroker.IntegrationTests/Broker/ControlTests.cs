using System.Text.Json.Nodes;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Inference;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Simulation.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>What operators change while two processes run.</summary>
public sealed class ControlTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private static readonly string Deployment = """{ "provider": "openai", "model": "m0", "attemptTimeout": "2s", "totalTimeout": "8s", "retryDelay": "20ms", "maxRetryAfter": "2s" }""";

    private WebApplication second = null!;

    protected override int Models => 2;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        second = await Broker.AddHostAsync(BrokerRoles.All);
        Broker.Model();
        Broker.Model();
    }

    [Fact]
    public async Task An_override_reaches_the_other_process_within_a_second_and_the_ledger_says_who_follows()
    {
        var begun = TimeProvider.System.GetTimestamp();
        await Broker.EditEverywhereAsync(new ConfigurationEdit("models.m0.price.input", "3"));
        var taken = TimeProvider.System.GetElapsedTime(begun);

        TestContext.Current.TestOutputHelper?.WriteLine($"followed after {taken.TotalMilliseconds:0} ms");
        Assert.True(taken < TimeSpan.FromSeconds(1.5), $"It took {taken}.");
        Assert.Equal(3, second.Services.GetRequiredService<LiveConfiguration>().Catalog.FindDeployment("d0")!.PriceAt(DateTimeOffset.UnixEpoch)!.Standard.Input);
        await Eventually.HoldsAsync(
            async _ => (await Broker.Services.GetRequiredService<ConfigurationStore>().GetProcessesAsync(CancellationToken)) is [{ Revision: 1, Refused: null }, { Revision: 1, Refused: null }],
            "both say so",
            CancellationToken);

        var reply = await Producer.ReplyAsync(await Producer.PublishAsync("m0"));
        Assert.Equal(reply.Body.GetProperty("usage").GetProperty("inputTokens").GetInt64() * 3m / 1_000_000 + 10 * 10m / 1_000_000, reply.CostUsd);
    }

    [Fact]
    public async Task A_pause_holds_requests_in_the_queue_and_a_resume_lets_all_of_them_go()
    {
        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Halt("d0", Lane.All, LaneState.Paused)]);
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
            ids.Add(await Producer.PublishAsync("m0", lane: Lane.All[i % 3]));

        await Eventually.HoldsAsync(async _ => await ReadyAsync("d0") == 30, "all of them lie in RabbitMQ", CancellationToken);
        Assert.Empty(Broker.Vendors.Calls);
        Assert.True((await Producer.ReplyAsync(await Producer.PublishAsync("m1"))).IsCompleted);

        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Resume(Broker.File, "d0", Lane.All)]);
        foreach (var id in ids)
            Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(31, Broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task A_pause_in_the_middle_of_the_work_ends_what_runs_and_puts_back_what_waits()
    {
        Broker.Vendors.Configure(new SimulatedModel { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Ms = 300 } });
        await Broker.EditEverywhereAsync(new ConfigurationEdit("deployments.d0.maxConcurrentCalls", "2"));
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
            ids.Add(await Producer.PublishAsync("m0"));
        await Eventually.HoldsAsync(_ => Task.FromResult(Broker.Vendors.Calls.Count > 3), "under way", CancellationToken);

        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Halt("d0", Lane.All, LaneState.Paused)]);
        var answered = 0;
        await Eventually.HoldsAsync(async _ => await ReadyAsync("d0") + (answered = ids.Sum(Producer.Waiting)) == 30, "answered or in the queue", CancellationToken);
        Assert.InRange(answered, 3, 20);
        Assert.Equal(answered, Broker.Vendors.Calls.Count);

        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Resume(Broker.File, "d0", Lane.All)]);
        foreach (var id in ids)
            Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(30, Broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task While_a_deployment_is_paused_or_drained_the_router_prefers_another_one_of_the_model()
    {
        await Broker.EditEverywhereAsync(new ConfigurationEdit("deployments.d9", Deployment));
        Assert.Equal("d0", await DeploymentOfAsync("standard"));

        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Halt("d0", [Lane.Standard], LaneState.Draining)]);
        Assert.Equal(("d9", "d0"), (await DeploymentOfAsync("standard"), await DeploymentOfAsync("bulk")));
        Assert.NotEqual(0u, await Producer.CountConsumersAsync("llm.work.d0.standard"));

        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Halt("d0", [Lane.Bulk], LaneState.Paused)]);
        Assert.Equal("d9", await DeploymentOfAsync("bulk"));
        await Eventually.HoldsAsync(async _ => await Producer.CountConsumersAsync("llm.work.d0.bulk") == 0, "nobody consumes a paused lane", CancellationToken);
    }

    [Fact]
    public async Task A_new_deployment_of_a_new_model_gets_its_queues_and_serves_without_a_restart()
    {
        Broker.Vendors.Configure(new SimulatedModel { Name = "new", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });

        await Broker.EditEverywhereAsync(
            new("models.new", """{ "tier": "large", "price": { "input": 1, "output": 1 } }"""),
            new("deployments.newcomer", """{ "provider": "openai", "model": "new" }"""),
            new("routing.defaultModel", "\"new\""));
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await Producer.PublishAsync());

        foreach (var id in ids)
            Assert.Equal("newcomer", (await Producer.ReplyAsync(id)).Body.GetProperty("route").GetProperty("deployment").GetString());
        await Eventually.HoldsAsync(async _ => await Producer.CountConsumersAsync("llm.work.newcomer.interactive") == 2, "both processes consume", CancellationToken);
    }

    [Fact]
    public async Task What_lies_in_the_queues_of_a_removed_deployment_goes_to_another_one()
    {
        await Broker.EditEverywhereAsync([.. ConfigurationEditor.Halt("d0", Lane.All, LaneState.Paused)]);
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
            ids.Add(await Producer.PublishAsync("m0"));
        await Eventually.HoldsAsync(async _ => await ReadyAsync("d0") == 10, "in its queue", CancellationToken);

        await Broker.EditEverywhereAsync(new("deployments.d0", "null"), new("deployments.d9", Deployment));

        foreach (var id in ids)
        {
            var reply = await Producer.ReplyAsync(id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
            Assert.Equal("d9", reply.Body.GetProperty("route").GetProperty("deployment").GetString());
        }
    }

    [Fact]
    public async Task What_lies_in_the_queues_of_a_deployment_that_was_removed_before_the_start_goes_to_another_one_too()
    {
        await Broker.StopAllAsync();
        var router = await Broker.AddHostAsync(BrokerRoles.Router);
        var id = await Producer.PublishAsync("m0");
        await Eventually.HoldsAsync(async _ => await ReadyAsync("d0") == 1, "in its queue", CancellationToken);
        await Broker.StopHostAsync(router);

        var configuration = JsonNode.Parse(Broker.Json)!.AsObject();
        configuration["deployments"]!.AsObject().Remove("d0");
        configuration["deployments"]!["d9"] = JsonNode.Parse(Deployment);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, configuration.ToJsonString(), CancellationToken);
        await Broker.AddHostAsync(BrokerRoles.All, file);

        var reply = await Producer.ReplyAsync(id);
        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal("d9", reply.Body.GetProperty("route").GetProperty("deployment").GetString());
        File.Delete(file);
    }

    [Fact]
    public async Task A_faulty_override_is_refused_with_all_its_faults_and_the_configuration_in_force_goes_on()
    {
        // Past the editor, as a process with another file would see it.
        await using var source = NpgsqlDataSource.Create(Broker.ConnectionString);
        await using var command = source.CreateCommand("""
            INSERT INTO configuration_changes (revision, ordinal, path, action, value_after, changed_by, changed_at) VALUES
                (1, 0, 'deployments.d0.weight', 'set', '-1', 'mallory', now()), (1, 1, 'deployments.bad', 'set', '{"provider":"nobody","model":"m0"}', 'mallory', now())
            """);
        await command.ExecuteNonQueryAsync(CancellationToken);
        await Broker.Services.GetRequiredService<MessageSender>().PublishControlAsync(new ControlMessage { Revision = 1 }, CancellationToken);

        var store = Broker.Services.GetRequiredService<ConfigurationStore>();
        await Eventually.HoldsAsync(
            async _ => (await store.GetProcessesAsync(CancellationToken)).Count(process => process is { Revision: 0, Refused: 1, Faults.Count: 2 }) == 2, "both refuse", CancellationToken);
        var faults = (await store.GetProcessesAsync(CancellationToken))[0].Faults;
        Assert.Contains(faults, fault => fault.StartsWith("deployments.d0.weight: -1 is out of range", StringComparison.Ordinal) && fault.EndsWith("(override by mallory)", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("deployments.bad.provider: there is no provider 'nobody'", StringComparison.Ordinal));
        Assert.True((await Producer.ReplyAsync(await Producer.PublishAsync("m0"))).IsCompleted);

        // A process that starts now has no configuration to go on with: it leaves out what is faulty and says so.
        var third = await Broker.AddHostAsync(BrokerRoles.Router);
        Assert.NotNull(third.Services.GetRequiredService<LiveConfiguration>().Catalog.FindDeployment("d0"));

        await Broker.EditEverywhereAsync(new("deployments.d0.weight", "2"), new("deployments.bad", null));
        await Eventually.HoldsAsync(
            async _ => (await store.GetProcessesAsync(CancellationToken)).All(process => process is { Revision: 2, Refused: null }), "all follow again", CancellationToken);
    }

    [Fact]
    public async Task The_file_is_followed_too_and_a_faulty_one_is_not()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Broker.Json, CancellationToken);
            var host = await Broker.AddHostAsync(BrokerRoles.All, file);
            var live = host.Services.GetRequiredService<LiveConfiguration>();
            await File.WriteAllTextAsync(file, Changed(json => json["deployments"]!["d0"]!["weight"] = 7), CancellationToken);
            await Eventually.HoldsAsync(_ => Task.FromResult(live.Options.Deployments["d0"].Weight == 7), "followed", TimeSpan.FromSeconds(5), CancellationToken);

            await File.WriteAllTextAsync(file, Changed(json =>
            {
                json["deployments"]!["d0"]!["weight"] = -7;
                json["deployments"]!["d1"]!["modell"] = "m1";
            }), CancellationToken);
            var store = Broker.Services.GetRequiredService<ConfigurationStore>();
            await Eventually.HoldsAsync(
                async _ => (await store.GetProcessesAsync(CancellationToken)).Any(process => process.Source == file && process.Faults.Count == 2), "refused with both faults", CancellationToken);
            Assert.Equal(7, live.Options.Deployments["d0"].Weight);

            await File.WriteAllTextAsync(file, Changed(json => json["deployments"]!["d9"] = JsonNode.Parse(Deployment)), CancellationToken);
            await Eventually.HoldsAsync(async _ => await Producer.CountConsumersAsync("llm.work.d9.bulk") == 1, "the queues of a deployment in the file", CancellationToken);
        }
        finally
        {
            File.Delete(file);
        }

        string Changed(Action<JsonNode> change)
        {
            var json = JsonNode.Parse(Broker.Json)!;
            change(json);
            return json.ToJsonString();
        }
    }

    [Fact]
    public async Task A_change_keeps_the_pipelines_of_what_did_not_change()
    {
        var pipelines = second.Services.GetRequiredService<DeploymentPipelines>();
        var (before, other) = (pipelines.Find("d0"), pipelines.Find("d1"));

        await Broker.EditEverywhereAsync(new("deployments.d0.weight", "2"), new("deployments.d1.maxConcurrentCalls", "3"), new("models.m0.price.input", "9"));

        Assert.Same(before, pipelines.Find("d0"));
        Assert.Equal(9, pipelines.Find("d0")!.Deployment.PriceAt(DateTimeOffset.UnixEpoch)!.Standard.Input);
        Assert.NotSame(other, pipelines.Find("d1"));
    }

    private async Task<string> DeploymentOfAsync(string lane) =>
        (await Producer.ReplyAsync(await Producer.PublishAsync("m0", lane))).Body.GetProperty("route").GetProperty("deployment").GetString()!;

    private async Task<long> ReadyAsync(string deployment)
    {
        var ready = 0L;
        foreach (var lane in Lane.All)
            ready += await Producer.CountReadyAsync(BrokerTopology.WorkQueue(deployment, lane));
        return ready;
    }
}
