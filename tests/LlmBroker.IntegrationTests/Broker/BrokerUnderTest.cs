using System.Text.Json.Nodes;
using LlmBroker.Cli.Serve;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Providers;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>
/// Router and worker on a virtual host and a database of their own, with simulated vendors. There are many deployments, each of a model of
/// its own, so that tests of one class share the broker without sharing a breaker or a fault.
/// </summary>
internal sealed class BrokerUnderTest : IAsyncDisposable
{
    private static readonly IReadOnlySet<string> ProviderTypes = VendorTypes.Names;

    private static readonly Dictionary<string, string> Environment = new() { ["SIM_KEY"] = "sim-key", ["REVOKED_KEY"] = "sim-key-that-was-revoked" };

    private readonly List<WebApplication> hosts = [];
    private int nextModel;

    private BrokerUnderTest(VendorSim vendors, string json, Uri amqp, string connectionString)
    {
        Vendors = vendors;
        Json = json;
        Amqp = amqp;
        ConnectionString = connectionString;
    }

    public VendorSim Vendors { get; }

    /// <summary>The configuration, for a process of its own.</summary>
    public string Json { get; }

    public Uri Amqp { get; }
    public string ConnectionString { get; }
    public IServiceProvider Services => hosts[0].Services;

    /// <summary>Of the first process's health endpoints.</summary>
    public Uri Address => new(hosts[0].Urls.First());

    public LedgerQueries Ledger => Services.GetRequiredService<LedgerQueries>();
    public DeadLetterStore DeadLetters => Services.GetRequiredService<DeadLetterStore>();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <param name="parts">The servers; a virtual host and a database are made on them.</param>
    /// <param name="models">How many deployments <c>d0</c>, <c>d1</c>… with models <c>m0</c>, <c>m1</c>….</param>
    /// <param name="change">Merged into the configuration; <c>{vendors}</c> is the address of the simulated ones.</param>
    /// <param name="start">Start a router and a worker at once.</param>
    public static async Task<BrokerUnderTest> StartAsync(RealPartsFixture parts, int models = 4, string change = "{}", bool start = true)
    {
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        return await StartAsync(parts.RabbitMq.AmqpUriOf(virtualHost), parts.RabbitMq.User, parts.RabbitMq.Password,
            await parts.Postgres.CreateDatabaseAsync(CancellationToken), models, change, start);
    }

    public static async Task<BrokerUnderTest> StartAsync(
        Uri amqp, string user, string password, string connectionString, int models, string change, bool start)
    {
        var vendors = await VendorSim.StartAsync(new VendorSimOptions(), CancellationToken);
        var address = new UriBuilder(amqp) { UserName = Uri.EscapeDataString(user), Password = Uri.EscapeDataString(password) }.Uri;
        var broker = new BrokerUnderTest(
            vendors,
            Configuration(vendors.Address, address, connectionString, models, change.Replace("{vendors}", vendors.Address.ToString(), StringComparison.Ordinal)),
            address,
            connectionString);
        if (start)
            await broker.AddHostAsync(BrokerRoles.All);
        return broker;
    }

    /// <summary>The configuration without overrides, as every process reads it.</summary>
    public BrokerConfiguration File => BrokerConfiguration.Parse(Json, "test", ProviderTypes, ConfigurationNeeds.All, Environment);

    /// <summary>Starts another process of the broker, in this process.</summary>
    /// <param name="roles">What it does.</param>
    /// <param name="file">Its configuration file; null: <see cref="Json"/>, which cannot change.</param>
    public async Task<WebApplication> AddHostAsync(BrokerRoles roles, string? file = null)
    {
        var configuration = file is null ? File : BrokerConfiguration.Load(file, ProviderTypes, ConfigurationNeeds.All, Environment);
        var host = BrokerHost.Build(configuration, roles, "http://127.0.0.1:0", LogLevel.Critical);
        await host.StartAsync(CancellationToken);
        hosts.Add(host);
        return host;
    }

    /// <summary>Changes the configuration at run time and tells the processes, as <c>config set</c> and <c>pause</c> do.</summary>
    public async Task<IReadOnlyList<ConfigurationChange>> EditAsync(params ConfigurationEdit[] edits)
    {
        var changes = await Services.GetRequiredService<ConfigurationEditor>().ChangeAsync(File, edits, "test", "because", CancellationToken);
        if (changes.Count > 0)
            await Services.GetRequiredService<MessageSender>().PublishControlAsync(new ControlMessage { Revision = changes[0].Revision }, CancellationToken);
        return changes;
    }

    /// <summary>Waits until every process works with the revision: much sooner than the poll would have it.</summary>
    public Task FollowedAsync(long revision) => Eventually.HoldsAsync(
        _ => Task.FromResult(hosts.TrueForAll(host => host.Services.GetRequiredService<LiveConfiguration>().Current.Revision >= revision)),
        $"every process works with revision {revision}",
        TimeSpan.FromSeconds(5),
        CancellationToken);

    /// <summary>Edits and waits until every process follows.</summary>
    public async Task EditEverywhereAsync(params ConfigurationEdit[] edits) => await FollowedAsync((await EditAsync(edits))[0].Revision);

    public async Task StopAllAsync()
    {
        foreach (var host in hosts.ToArray())
            await StopHostAsync(host);
    }

    /// <summary>Sends a redriven run to its workers, as <c>dead-letters redrive</c> does.</summary>
    public Task RedeliverAsync(RedriveResult redrive)
    {
        Assert.Equal(RedriveState.Redriven, redrive.State);
        return Services.GetRequiredService<MessageSender>().SendRedrivenAsync(redrive, CancellationToken);
    }

    public async Task StopHostAsync(WebApplication host)
    {
        hosts.Remove(host);
        await host.StopAsync(CancellationToken.None);
        await host.DisposeAsync();
    }

    /// <summary>A model that no other test uses, with these faults.</summary>
    public string Model(params SimulatedFault[] faults)
    {
        var name = $"m{Interlocked.Increment(ref nextModel) - 1}";
        Vendors.Configure(new SimulatedModel { Name = name, Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Faults = faults });
        return name;
    }

    /// <summary>Configures a model of the pool as the test likes it.</summary>
    public string Model(Func<string, SimulatedModel> make)
    {
        var name = $"m{Interlocked.Increment(ref nextModel) - 1}";
        Vendors.Configure(make(name));
        return name;
    }

    /// <summary>The vendor calls of one request, by the attempts that the ledger knows.</summary>
    public async Task<int> CountCallsAsync(string requestId)
    {
        var attempts = (await StatusAsync(requestId)).Attempts.Select(attempt => attempt.AttemptId.ToString()).ToHashSet();
        return Vendors.Calls.Count(call => call.AttemptId is { } id && attempts.Contains(id));
    }

    public async Task<RequestStatus> StatusAsync(string requestId) =>
        Assert.Single(await Ledger.GetStatusAsync("default", requestId, CancellationToken));

    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(CancellationToken) is T value ? value : default;
    }

    /// <summary>Closes the connections of so many of our processes; they connect again by themselves.</summary>
    public Task CloseConnectionsAsync(RabbitMqServer server, int count) =>
        server.CloseConnectionsAsync(Uri.UnescapeDataString(Amqp.AbsolutePath[1..]), "llmbroker", count, CancellationToken);

    public Task<Producer> ProducerAsync() => Producer.ConnectAsync(Amqp);

    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        await Vendors.DisposeAsync();
    }

    private static string Configuration(Uri vendors, Uri amqp, string connectionString, int models, string change)
    {
        var json = JsonNode.Parse($$"""
            {
              "rabbitMq": { "uri": "{{amqp}}" },
              "ledger": { "postgres": "{{connectionString}}" },
              "providers": {
                "openai": { "type": "openai", "baseUrl": "{{vendors}}v1/", "apiKey": { "env": "SIM_KEY" } },
                "anthropic": { "type": "anthropic", "baseUrl": "{{vendors}}v1/", "apiKey": { "env": "SIM_KEY" } }
              },
              "models": {}, "deployments": {}, "policies": {},
              "routing": { "defaultModel": "m0" }
            }
            """)!.AsObject();
        for (var i = 0; i < models; i++)
        {
            json["models"]![$"m{i}"] = JsonNode.Parse("""{ "tier": "cheap", "maxOutputTokens": 100, "price": { "input": 1, "output": 10, "cacheRead": 0.5 } }""");
            json["deployments"]![$"d{i}"] = JsonNode.Parse($$"""
                { "provider": "openai", "model": "m{{i}}", "attemptTimeout": "2s", "totalTimeout": "8s", "retryDelay": "20ms", "maxRetryAfter": "2s" }
                """);
        }

        Merge(json, JsonNode.Parse(change)!.AsObject());
        return json.ToJsonString();
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is JsonObject inner && target[name] is JsonObject existing)
                Merge(existing, inner);
            else
                target[name] = value?.DeepClone();
        }
    }
}
