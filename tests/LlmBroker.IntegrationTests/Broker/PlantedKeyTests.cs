using System.Text.Json.Nodes;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;
using Npgsql;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A key is planted and every fault provoked; then whatever was logged, recorded or answered is searched for it.</summary>
public sealed class PlantedKeyTests(RealPartsFixture parts)
{
    private const string Key = "sk-planted-7f3a9c51d2e84b60";

    private static readonly FaultKind[] Faults =
    [
        FaultKind.RateLimited, FaultKind.ServerError, FaultKind.Reset, FaultKind.CutBody, FaultKind.MalformedJson,
        FaultKind.ContentFilter, FaultKind.ContextTooLong, FaultKind.KeyRefused,
    ];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_in_no_log_row_reply_or_dead_letter()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, Faults.Length + 2, """{ "telemetry": {} }""", start: false);
        await using var producer = await broker.ProducerAsync();
        using var process = WorkerProcess.Start(WithSecondAccount(broker.Json), "router,worker", Key, isTalkative: true);
        await Eventually.HoldsAsync(async _ => await producer.CountConsumersAsync("llm.route.standard") > 0, "it listens", CancellationToken);

        var ids = new List<string>();
        foreach (var (index, fault) in Faults.Index())
        {
            broker.Vendors.Configure(new SimulatedModel { Name = $"m{index}", Vendor = Vendor.OpenAi, ApiKeys = [Key], Faults = [new() { Kind = fault, Next = 1 }] });
            ids.Add(await producer.PublishAsync($"m{index}"));
        }

        // The vendor refuses the key, and an address that nobody listens at, so that there is an exception to be logged.
        broker.Vendors.Configure(new SimulatedModel { Name = $"m{Faults.Length}", Vendor = Vendor.OpenAi, ApiKeys = ["another"] });
        ids.Add(await producer.PublishAsync($"m{Faults.Length}"));
        ids.Add(await producer.PublishAsync($"m{Faults.Length + 1}", set: properties => properties.Expiration = "1500"));
        var replies = new List<string>();
        foreach (var id in ids)
            replies.Add((await producer.ReplyAsync(id)).Body.ToString());

        Assert.Equal(0, await process.TerminateAsync(CancellationToken));
        var log = await process.ReadLogAsync();
        Assert.Contains(ids[Faults.Length], log, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, log, StringComparison.Ordinal);
        Assert.All(replies, reply => Assert.DoesNotContain(Key, reply, StringComparison.Ordinal));
        var rows = await ReadLedgerAsync(broker.ConnectionString);
        Assert.Contains(rows, row => row.Contains(ids[0], StringComparison.Ordinal));
        Assert.All(rows, row => Assert.DoesNotContain(Key, row, StringComparison.Ordinal));
    }

    private static string WithSecondAccount(string json)
    {
        var tree = JsonNode.Parse(json)!.AsObject();
        tree["providers"]!["nobody"] = JsonNode.Parse("""{ "type": "openai", "baseUrl": "http://127.0.0.1:9/v1/", "apiKey": { "env": "SIM_KEY" } }""");
        tree["deployments"]![$"d{Faults.Length + 1}"]!["provider"] = "nobody";
        return tree.ToJsonString();
    }

    /// <summary>Every row of every table as text, bytes read as text too.</summary>
    private static async Task<IReadOnlyList<string>> ReadLedgerAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        var tables = new List<string>();
        await using (var names = source.CreateCommand("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"))
        await using (var reader = await names.ExecuteReaderAsync(CancellationToken))
        {
            while (await reader.ReadAsync(CancellationToken))
                tables.Add(reader.GetString(0));
        }

        var rows = new List<string>();
        foreach (var table in tables)
        {
            await using var command = source.CreateCommand($"SET bytea_output = 'escape'; SELECT t::text FROM {table} t");
            await using var reader = await command.ExecuteReaderAsync(CancellationToken);
            while (await reader.ReadAsync(CancellationToken))
                rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
