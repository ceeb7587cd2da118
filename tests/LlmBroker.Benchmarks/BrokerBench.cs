using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.Benchmarks;

/// <summary>Private servers with a simulated vendor that answers at once, and a configuration for router and worker processes.</summary>
internal sealed class BrokerBench : IAsyncDisposable
{
    private readonly string folder;
    private readonly Contender vendor;

    private BrokerBench(RabbitMqServer rabbitMq, PostgresServer postgres, string database, Contender vendor, string folder)
    {
        this.folder = folder;
        this.vendor = vendor;
        RabbitMq = rabbitMq;
        Postgres = postgres;
        Database = database;
    }

    public RabbitMqServer RabbitMq { get; }
    public PostgresServer Postgres { get; }
    public string Database { get; }
    public Uri Amqp => AmqpOf(RabbitMq);

    private string Configuration => Path.Combine(folder, "llmbroker.json");

    public static async Task<BrokerBench> StartAsync(int maxConcurrentCalls)
    {
        // Processes of this machine, so that their memory can be read.
        Environment.SetEnvironmentVariable("LLMBROKER_TEST_DOCKER", "never");
        var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken.None);
        var postgres = await PostgresServer.StartOwnAsync(CancellationToken.None);
        var database = await postgres.CreateDatabaseAsync(CancellationToken.None);
        await LedgerMigrator.ForPostgres(database, NullLogger.Instance).MigrateAsync(CancellationToken.None);

        var folder = Directory.CreateTempSubdirectory("llmbroker-bench-").FullName;
        var models = Path.Combine(folder, "models.json");
        await File.WriteAllTextAsync(
            models, """{ "models": [{ "name": "m0", "vendor": "openai", "latency": { "kind": "fixed", "ms": 0 }, "tokens": { "output": 10 } }] }""");
        var address = new Uri($"http://127.0.0.1:{LoopbackPorts.Take(1)[0]}/");
        var vendor = await Contender.StartAsync(
            Environment.ProcessPath!,
            "Simulated vendors",
            [Path.Combine(AppContext.BaseDirectory, "LlmBroker.VendorSim.dll"), "--urls", address.ToString(), "--models", models]);
        var bench = new BrokerBench(rabbitMq, postgres, database, vendor, folder);
        await File.WriteAllTextAsync(bench.Configuration, $$"""
            {
              "rabbitMq": { "uri": "{{bench.Amqp}}" },
              "ledger": { "postgres": "{{database}}" },
              "providers": { "openai": { "type": "openai", "baseUrl": "{{address}}v1/", "apiKey": { "env": "SIM_KEY" } } },
              "models": { "m0": { "tier": "cheap", "price": { "input": 1, "output": 10 } } },
              "deployments": { "d0": { "provider": "openai", "model": "m0", "maxConcurrentCalls": {{maxConcurrentCalls}} } },
              "routing": { "defaultModel": "m0" }
            }
            """);
        return bench;
    }

    /// <param name="role">The name of one of <see cref="BrokerRoles"/>.</param>
    public Task<Contender> StartAsync(BrokerRoles role) => Contender.StartAsync("role", role.ToString(), Configuration);

    public async ValueTask DisposeAsync()
    {
        await vendor.DisposeAsync();
        await RabbitMq.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static Uri AmqpOf(RabbitMqServer rabbitMq) =>
        new UriBuilder(rabbitMq.AmqpUri) { UserName = rabbitMq.User, Password = rabbitMq.Password }.Uri;
}
