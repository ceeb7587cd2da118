using System.Collections.Concurrent;
using System.Text.Json;
using LlmBroker.Cli.Serve;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Messaging;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using LlmBroker.Tests.Simulation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmBroker.Tests.Control;

/// <summary>The same control without RabbitMQ and Postgres: queues in memory, the ledger a SQLite file.</summary>
public sealed class EmbeddedControlTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-embedded-");
    private readonly ConcurrentDictionary<string, JsonElement> replies = new();

    private VendorSim vendors = null!;
    private BrokerConfiguration file = null!;
    private WebApplication host = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        vendors = await VendorSim.StartAsync(new VendorSimOptions(), CancellationToken);
        foreach (var model in new[] { "m", "n" })
            vendors.Configure(new SimulatedModel { Name = model, Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });
        var path = Path.Join(folder.FullName, "llmbroker.json");
        await File.WriteAllTextAsync(
            path,
            $$"""
            {
              "rabbitMq": { "inMemory": true },
              "ledger": { "sqlite": {{JsonSerializer.Serialize(Path.Join(folder.FullName, "ledger.db"))}} },
              "providers": { "p": { "type": "openai", "baseUrl": "{{vendors.Address}}v1/", "apiKey": { "env": "SIM_KEY" } } },
              "models": { "m": { "tier": "cheap", "price": { "input": 1, "output": 1 } } },
              "deployments": { "a": { "provider": "p", "model": "m" } },
              "routing": { "defaultModel": "m" }
            }
            """,
            CancellationToken);
        file = BrokerConfiguration.Load(
            path,
            new HashSet<string> { "openai" },
            ConfigurationNeeds.All,
            new Dictionary<string, string> { ["SIM_KEY"] = "sim-key" });
        host = BrokerHost.Build(file, BrokerRoles.All, "http://127.0.0.1:0", LogLevel.Critical);
        await host.StartAsync(CancellationToken);
        await host.Services.GetRequiredService<EmbeddedClient>().ListenAsync(delivery =>
        {
            replies[delivery.CorrelationId!] = JsonSerializer.Deserialize<JsonElement>(delivery.Body.Span);
            return Task.CompletedTask;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        await host.DisposeAsync();
        await vendors.DisposeAsync();
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_pause_holds_requests_and_a_resume_lets_all_of_them_go()
    {
        await EditAsync([.. ConfigurationEditor.Halt("a", Lane.All, LaneState.Paused)]);
        for (var i = 0; i < 20; i++)
            await PublishAsync($"r{i}");
        await PublishAsync("unknown", model: "nobody's");
        await Until.TrueAsync(() => replies.ContainsKey("unknown"), "routed");
        Assert.Empty(vendors.Calls);

        await EditAsync([.. ConfigurationEditor.Resume(file, "a", Lane.All)]);
        await Until.TrueAsync(() => replies.Count == 21, "all answered");
        Assert.Equal(20, vendors.Calls.Count);
    }

    [Fact]
    public async Task A_new_deployment_serves_without_a_restart()
    {
        await EditAsync(
            new("models.n", """{ "tier": "large", "priceUnknown": true }"""), new("deployments.b", """{ "provider": "p", "model": "n" }"""));
        await PublishAsync("r", model: "n");

        await Until.TrueAsync(() => replies.ContainsKey("r"), "answered");
        Assert.Equal("b", replies["r"].GetProperty("route").GetProperty("deployment").GetString());
    }

    [Fact]
    public async Task What_waits_for_a_removed_deployment_goes_to_another_one()
    {
        await EditAsync([.. ConfigurationEditor.Halt("a", Lane.All, LaneState.Paused)]);
        await PublishAsync("r");
        await PublishAsync("unknown", model: "nobody's");
        await Until.TrueAsync(() => replies.ContainsKey("unknown"), "routed");

        await EditAsync(new("deployments.a", "null"), new("deployments.c", """{ "provider": "p", "model": "m" }"""));

        await Until.TrueAsync(() => replies.ContainsKey("r"), "answered");
        Assert.Equal("c", replies["r"].GetProperty("route").GetProperty("deployment").GetString());
    }

    [Fact]
    public async Task The_file_is_followed_and_a_faulty_one_is_not_until_it_is_repaired()
    {
        var live = host.Services.GetRequiredService<LiveConfiguration>();
        await File.WriteAllTextAsync(file.File!, file.Text.Replace("\"model\": \"m\"", "\"model\": \"m\", \"weight\": 7", StringComparison.Ordinal), CancellationToken);
        await Until.TrueAsync(() => live.Options.Deployments["a"].Weight == 7, "followed");

        await File.WriteAllTextAsync(file.File!, "{", CancellationToken);
        var store = host.Services.GetRequiredService<ConfigurationStore>();
        await Until.TrueAsync(async () => (await store.GetProcessesAsync(CancellationToken)) is [{ Faults.Count: 1 }], "refused");
        File.Delete(file.File!);
        await Until.TrueAsync(async () => (await store.GetProcessesAsync(CancellationToken))[0].Faults[0].Contains("does not exist", StringComparison.Ordinal), "missed");
        Assert.Equal(7, live.Options.Deployments["a"].Weight);

        await File.WriteAllTextAsync(file.File!, file.Text, CancellationToken);
        await Until.TrueAsync(async () => (await store.GetProcessesAsync(CancellationToken)) is [{ Faults.Count: 0, Refused: null }], "repaired");
        Assert.Equal(1, live.Options.Deployments["a"].Weight);
    }

    private Task PublishAsync(string id, string? model = null) => host.Services.GetRequiredService<EmbeddedClient>().PublishAsync(
        new SubmitInference
        {
            RequestId = id,
            Model = model,
            Body = JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = "Say hello" } } }),
        },
        "default",
        Lane.Standard,
        CancellationToken);

    private async Task EditAsync(params ConfigurationEdit[] edits)
    {
        var changes = await host.Services.GetRequiredService<ConfigurationEditor>().ChangeAsync(file, edits, "test", null, CancellationToken);
        await host.Services.GetRequiredService<MessageSender>().PublishControlAsync(new ControlMessage { Revision = changes[0].Revision }, CancellationToken);
        var live = host.Services.GetRequiredService<LiveConfiguration>();
        await Until.TrueAsync(() => live.Current.Revision >= changes[0].Revision, "followed");
    }
}
