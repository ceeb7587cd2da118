using System.Globalization;
using System.Text.Json;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>The whole pipeline against the same hops and rows with bare clients, interleaved, on private servers with fsync on.</summary>
internal static class PipelineBenchmark
{
    private const int InFlight = 2000;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(PipelineOptions options)
    {
        // Processes of this machine, so that their CPU time can be read.
        Environment.SetEnvironmentVariable("LLMBROKER_TEST_DOCKER", "never");
        var rabbitsBefore = CpuClock.Find("beam.smp");
        var postgresBefore = CpuClock.Find("bin/postgres", "-D");
        await using var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken.None);
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken.None);
        var database = await postgres.CreateDatabaseAsync(CancellationToken.None);
        await LedgerMigrator.ForPostgres(database, NullLogger.Instance).MigrateAsync(CancellationToken.None);
        var servers = new ServerProcesses(Root(CpuClock.Find("beam.smp").Except(rabbitsBefore)), Root(CpuClock.Find("bin/postgres", "-D").Except(postgresBefore)));

        var folder = Directory.CreateTempSubdirectory("llmbroker-bench-").FullName;
        var models = Path.Combine(folder, "models.json");
        await File.WriteAllTextAsync(models, Models(milliseconds: 0));
        var vendorAddress = new Uri($"http://127.0.0.1:{LoopbackPorts.Take(1)[0]}/");
        await using var vendor = await Contender.StartAsync(
            Environment.ProcessPath!,
            "Simulated vendors",
            [Path.Combine(AppContext.BaseDirectory, "LlmBroker.VendorSim.dll"), "--urls", vendorAddress.ToString(), "--models", models]);

        var amqp = new UriBuilder(rabbitMq.AmqpUri) { UserName = rabbitMq.User, Password = rabbitMq.Password }.Uri;
        var configuration = Path.Combine(folder, "llmbroker.json");
        await File.WriteAllTextAsync(configuration, Configuration(amqp, database, vendorAddress));
        Describe(options, rabbitMq.Version, postgres.Version);

        await using var load = await LoadGenerator.ConnectAsync(amqp);
        Results results;
        await using (var ours = await Contender.StartAsync("ours", configuration))
        await using (var bare = await Contender.StartAsync("bare", amqp.ToString(), database, vendorAddress.ToString()))
            results = await CompareAsync(options, servers, load, ours, bare);

        var memory = await MeasureMemoryAsync(load, configuration, vendorAddress);
        Print(results, memory);
        if (options.Json)
            Console.Out.WriteLine(Json(results, memory));
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static async Task<Results> CompareAsync(PipelineOptions options, ServerProcesses servers, LoadGenerator load, Contender ours, Contender bare)
    {
        Task<Round> OursAsync() => MeasureAsync(servers, ours, () => load.RunAsync(BrokerTopology.Requests, "default.bulk", options.Requests), options.Requests);
        Task<Round> BareAsync() => MeasureAsync(servers, bare, () => load.RunAsync("", BareProcess.RouteQueue, options.Requests), options.Requests);

        // Twice each: tiered compilation has not settled after the first.
        for (var i = 0; i < 2; i++)
        {
            await OursAsync();
            await BareAsync();
        }

        var rounds = new List<(Round Ours, Round Bare)>();
        for (var i = 0; i < options.Rounds; i++)
        {
            if (i % 2 == 0)
            {
                var first = await OursAsync();
                rounds.Add((first, await BareAsync()));
            }
            else
            {
                var first = await BareAsync();
                rounds.Add((await OursAsync(), first));
            }
        }

        var latencies = await load.RunAsync(BrokerTopology.Requests, "default.interactive", 500, TimeSpan.FromMilliseconds(20));
        Array.Sort(latencies);
        return new Results(rounds, latencies[latencies.Length / 2], latencies[latencies.Length * 99 / 100]);
    }

    private static async Task<Round> MeasureAsync(ServerProcesses servers, Contender contender, Func<Task> run, int requests)
    {
        (double RabbitMq, double Postgres, double Net) Now() => (CpuClock.OfTree(servers.RabbitMq), CpuClock.OfTree(servers.Postgres), CpuClock.Of(contender.Id));
        var before = Now();
        var start = TimeProvider.System.GetTimestamp();
        await run();
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var after = Now();
        return new Round(
            requests / elapsed.TotalSeconds,
            (after.RabbitMq - before.RabbitMq) / requests,
            (after.Postgres - before.Postgres) / requests,
            (after.Net - before.Net) / requests);
    }

    /// <summary>
    /// Anonymous memory of our process with calls in flight, against the same process idle. The warm-up keeps few requests in flight:
    /// one with as many as are measured would leave the heap already grown to hold them, and the difference would be too small.
    /// </summary>
    private static async Task<double> MeasureMemoryAsync(LoadGenerator load, string configuration, Uri vendorAddress)
    {
        using var vendor = new HttpClient(new SocketsHttpHandler()) { BaseAddress = vendorAddress };
        await using var ours = await Contender.StartAsync("ours", configuration);
        await load.RunAsync(BrokerTopology.Requests, "default.interactive", 3000, mostInFlight: 32);
        await Task.Delay(Settling, TimeProvider.System);
        var idle = CpuClock.AnonymousMiB(ours.Id);

        using var models = new StringContent(Models(milliseconds: 20_000));
        using var changed = await vendor.PutAsync("sim/models", models);
        changed.EnsureSuccessStatusCode();
        var callsBefore = await CallsAsync(vendor, CancellationToken.None);
        var running = load.RunAsync(BrokerTopology.Requests, "default.interactive", InFlight);
        await Eventually.HoldsAsync(
            async cancellationToken => await CallsAsync(vendor, cancellationToken) - callsBefore == InFlight,
            $"{InFlight} calls have reached the vendor",
            CancellationToken.None);
        await Task.Delay(Settling, TimeProvider.System);
        var busy = CpuClock.AnonymousMiB(ours.Id);
        if (load.Unanswered != InFlight)
            throw new InvalidOperationException($"Only {load.Unanswered} of {InFlight} calls were still in flight when the memory was read.");

        await running;
        return (busy - idle) * 1000 / InFlight;
    }

    /// <summary>The vendor counts a call when it arrives, before it waits.</summary>
    private static async Task<long> CallsAsync(HttpClient vendor, CancellationToken cancellationToken)
    {
        using var stats = JsonDocument.Parse(await vendor.GetStringAsync("sim/stats", cancellationToken));
        return stats.RootElement.GetProperty("calls").GetInt64();
    }

    private static void Describe(PipelineOptions options, string rabbitMq, Version postgres)
    {
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, RabbitMQ {rabbitMq}, PostgreSQL {postgres}, fsync and synchronous_commit on, quorum queues, prefetch 256,"));
        AnsiConsole.WriteLine($"0 ms vendor in a process of its own (not counted), {options.Rounds} interleaved rounds of {options.Requests} requests after a warm-up; medians");
    }

    private static void Print(Results results, double memory)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("CPU-ms a request");
        foreach (var header in new[] { "RabbitMQ", "PostgreSQL", ".NET", "all", "req/s" })
            table.AddColumn(new TableColumn(header).RightAligned());
        Add(table, "(a) LlmBroker", [.. results.Rounds.Select(round => round.Ours)]);
        Add(table, "(b) bare clients", [.. results.Rounds.Select(round => round.Bare)]);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"(a) costs {results.Ratio:0.00} times (b); p50 {results.P50.TotalMilliseconds:0.0} ms, p99 {results.P99.TotalMilliseconds:0.0} ms at 50 req/s; {memory:0.0} MiB per 1,000 calls in flight"));
    }

    private static void Add(Table table, string name, Round[] rounds) => table.AddRow(
        name,
        Text(Median(rounds, round => round.RabbitMq)),
        Text(Median(rounds, round => round.Postgres)),
        Text(Median(rounds, round => round.Net)),
        Text(Median(rounds, round => round.All)),
        Median(rounds, round => round.PerSecond).ToString("N0", CultureInfo.InvariantCulture));

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Json(Results results, double memory) => JsonSerializer.Serialize(new Dictionary<string, double>
    {
        ["cpu_ratio"] = Math.Round(results.Ratio, 3),
        ["cpu_ms"] = Math.Round(Median([.. results.Rounds.Select(round => round.Ours)], round => round.All), 3),
        ["rps"] = Math.Round(Median([.. results.Rounds.Select(round => round.Ours)], round => round.PerSecond)),
        ["raw_rps"] = Math.Round(Median([.. results.Rounds.Select(round => round.Bare)], round => round.PerSecond)),
        ["p50_ms"] = Math.Round(results.P50.TotalMilliseconds, 1),
        ["p99_ms"] = Math.Round(results.P99.TotalMilliseconds, 1),
        ["mib_per_1000"] = Math.Round(memory, 1),
    });

    private static double Median(Round[] rounds, Func<Round, double> value)
    {
        var sorted = rounds.Select(value).Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Configuration(Uri amqp, string database, Uri vendor) => $$"""
        {
          "rabbitMq": { "uri": "{{amqp}}" },
          "ledger": { "postgres": "{{database}}" },
          "providers": { "openai": { "type": "openai", "baseUrl": "{{vendor}}v1/", "apiKey": { "env": "SIM_KEY" } } },
          "models": { "m0": { "tier": "cheap", "price": { "input": 1, "output": 10 } } },
          "deployments": { "d0": { "provider": "openai", "model": "m0", "maxConcurrentCalls": {{InFlight}}, "interactiveShare": 0.872 } },
          "routing": { "defaultModel": "m0" }
        }
        """;

    private static int Root(IEnumerable<int> processes)
    {
        var all = processes.ToHashSet();
        return all.First(process => !all.Contains(CpuClock.ParentOf(process)));
    }

    private static string Models(int milliseconds) => $$"""
        { "models": [{ "name": "m0", "vendor": "openai", "latency": { "kind": "fixed", "ms": {{milliseconds}} }, "tokens": { "output": 10 } }] }
        """;

    private sealed record ServerProcesses(int RabbitMq, int Postgres);

    private sealed record Round(double PerSecond, double RabbitMq, double Postgres, double Net)
    {
        public double All => RabbitMq + Postgres + Net;
    }

    private sealed record Results(IReadOnlyList<(Round Ours, Round Bare)> Rounds, TimeSpan P50, TimeSpan P99)
    {
        public double Ratio => Median([.. Rounds.Select(round => round.Ours with { RabbitMq = round.Ours.All / round.Bare.All })], round => round.RabbitMq);
    }
}
