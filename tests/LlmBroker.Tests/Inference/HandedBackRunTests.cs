using System.Text.Json;
using LlmBroker.Cli.Serve;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmBroker.Tests.Inference;

/// <summary>A delivery that is handed back while its run goes on: whoever gets it next makes no second call.</summary>
public sealed class HandedBackRunTests : IAsyncLifetime
{
    private static readonly RunKey Key = new("default", "r1", 1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-handed-back-");
    private readonly List<WebApplication> hosts = [];
    private VendorSim vendors = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        vendors = await VendorSim.StartAsync(new VendorSimOptions(), CancellationToken);
        vendors.Configure(new SimulatedModel { Name = "m", Vendor = Vendor.OpenAi, Latency = new() { Kind = LatencyKind.Fixed, Ms = 1500 } });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.StopAsync(CancellationToken.None);
            await host.DisposeAsync();
        }

        await vendors.DisposeAsync();
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_is_answered_from_the_record_here_and_in_another_process()
    {
        var (here, elsewhere) = (await StartAsync(), await StartAsync());
        var hold = here.GetRequiredService<DeliveryHold>();
        Task DeliverAsync() => hold.WithinAsync(Key, () => here.GetRequiredService<RequestRunner>().RunAsync(Run(), CancellationToken.None), CancellationToken);
        var first = DeliverAsync();
        await CallsAsync();

        hold.HandBack();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        // While the call runs the other process finds it held and looks again later; this one waits for it.
        await elsewhere.GetRequiredService<RequestRunner>().RunAsync(Run(), CancellationToken);
        await DeliverAsync();
        await elsewhere.GetRequiredService<RequestRunner>().RunAsync(Run(), CancellationToken);

        Assert.Single(vendors.Calls);
        var status = Assert.Single(await here.GetRequiredService<LedgerQueries>().GetStatusAsync(Key.Tenant, Key.RequestId, CancellationToken));
        Assert.Equal((ClaimState.Finished, null), (status.Claim.State, status.Claim.Failure));
        Assert.Equal(AttemptStatus.Succeeded, Assert.Single(status.Attempts).Status);
    }

    [Fact]
    public async Task One_that_was_given_up_while_the_ledger_was_away_is_held_by_nobody_afterwards()
    {
        var services = await StartAsync();
        var endings = services.GetRequiredService<RunEndings>();
        await using (var other = new SqliteConnection($"Data Source={LedgerFile}"))
        {
            await other.OpenAsync(CancellationToken);
            await using var away = other.BeginTransaction();
            using var cancellation = new CancellationTokenSource();
            var ending = endings.EndAsync(Run(), FailureReason.Expired, "Late.", cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending);
        }

        await endings.EndAsync(Run(), FailureReason.Expired, "Late.", CancellationToken);

        var status = Assert.Single(await services.GetRequiredService<LedgerQueries>().GetStatusAsync(Key.Tenant, Key.RequestId, CancellationToken));
        Assert.Equal((ClaimState.Finished, FailureReason.Expired), (status.Claim.State, status.Claim.Failure));
    }

    private string LedgerFile => Path.Combine(folder.FullName, "ledger.db");

    private async Task CallsAsync()
    {
        while (vendors.Calls.Count == 0)
            await Task.Yield();
    }

    private async Task<IServiceProvider> StartAsync()
    {
        var host = BrokerHost.Build(Configuration(), BrokerRoles.Worker, "http://127.0.0.1:0", LogLevel.Critical);
        hosts.Add(host);
        await host.StartAsync(CancellationToken);
        return host.Services;
    }

    private static RunInference Run() => new()
    {
        Tenant = Key.Tenant,
        RequestId = Key.RequestId,
        Run = Key.Run,
        Lane = Lane.Standard,
        Operation = "chat",
        Route = new Route { Deployment = "d", Model = "m", Tier = "cheap", Reason = "model m → d" },
        AcceptedAt = TimeProvider.System.GetUtcNow(),
        Deadline = TimeProvider.System.GetUtcNow().AddHours(1),
        Body = JsonElement.Parse("""{"messages":[{"role":"user","content":"Say hello"}]}"""),
    };

    private BrokerConfiguration Configuration() => BrokerConfiguration.Parse(
        $$"""
        {
          "rabbitMq": { "inMemory": true },
          "ledger": { "sqlite": {{JsonSerializer.Serialize(LedgerFile)}} },
          "providers": { "openai": { "type": "openai", "baseUrl": "{{vendors.Address}}v1/", "apiKey": { "env": "SIM_KEY" } } },
          "models": { "m": { "tier": "cheap", "price": { "input": 1, "output": 10 } } },
          "deployments": { "d": { "provider": "openai", "model": "m" } },
          "routing": { "defaultModel": "m" }
        }
        """,
        "test",
        new HashSet<string> { "openai" },
        ConfigurationNeeds.All,
        new Dictionary<string, string> { ["SIM_KEY"] = "sim-key" });
}
