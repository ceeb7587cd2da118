using System.Text.Json;
using LlmBroker.Cli.Serve;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>In one process, with queues in memory and the ledger in a file.</summary>
public sealed class EmbeddedTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_request_travels_by_reference_here_too_and_its_parked_run_is_answered()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-embedded-");
        await using var vendors = await VendorSim.StartAsync(new VendorSimOptions(), CancellationToken);
        vendors.Configure(new SimulatedModel
        {
            Name = "m",
            Vendor = Vendor.OpenAi,
            ContextWindow = 1_000_000,
            Faults = [new SimulatedFault { Kind = FaultKind.RateLimited, Next = 1, RetryAfterSeconds = 4 }],
        });
        await using (var host = BrokerHost.Build(Configuration(vendors.Address, folder), BrokerRoles.All, "http://127.0.0.1:0", LogLevel.Critical))
        {
            await host.StartAsync(CancellationToken);
            var answered = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
            var client = host.Services.GetRequiredService<EmbeddedClient>();
            await client.ListenAsync(delivery =>
            {
                answered.TrySetResult(delivery);
                return Task.CompletedTask;
            });

            await client.PublishAsync(Large("r1"), "default", Lane.Standard, CancellationToken);
            var reply = await answered.Task.WaitAsync(TimeSpan.FromSeconds(40), TimeProvider.System, CancellationToken);

            var completed = WireJson.Read<InferenceCompleted>(reply.Body.Span)!;
            Assert.Equal(2, completed.Attempts);
            Assert.True(completed.Usage.InputTokens > 20_000, $"{completed.Usage.InputTokens} tokens");
            Assert.Equal(2, await CountPayloadsAsync(host.Services));
            await host.StopAsync(CancellationToken);
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    private static SubmitInference Large(string id) => new()
    {
        RequestId = id,
        Body = JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = string.Concat(Enumerable.Repeat("Once upon a time. ", 17_000)) } } }),
    };

    /// <summary>The reply, and the body that did not travel.</summary>
    private static Task<long> CountPayloadsAsync(IServiceProvider services) => services.GetRequiredService<ILedgerDatabase>().ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM payloads WHERE kind IN (1, 2)";
            return (long)(await command.ExecuteScalarAsync(CancellationToken))!;
        },
        CancellationToken);

    private static BrokerConfiguration Configuration(Uri vendors, DirectoryInfo folder) => BrokerConfiguration.Parse(
        $$"""
        {
          "rabbitMq": { "inMemory": true },
          "ledger": { "sqlite": {{JsonSerializer.Serialize(Path.Combine(folder.FullName, "ledger.db"))}} },
          "providers": { "openai": { "type": "openai", "baseUrl": "{{vendors}}v1/", "apiKey": { "env": "SIM_KEY" } } },
          "models": { "m": { "tier": "cheap", "price": { "input": 1, "output": 10 } } },
          "deployments": { "d": { "provider": "openai", "model": "m", "maxRetryAfter": "2s" } },
          "routing": { "defaultModel": "m" }
        }
        """,
        "test",
        new HashSet<string> { "openai" },
        ConfigurationNeeds.All,
        new Dictionary<string, string> { ["SIM_KEY"] = "sim-key" });
}
