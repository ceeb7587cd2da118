using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Messaging;
using RabbitMQ.Client;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>
/// Memory and speed of router and worker in front of a small and of a large backlog. Each figure is that of a fresh process that has worked
/// off the same number of messages, with the backlog kept where it was in the small case and still there in the large one.
/// </summary>
internal sealed class BacklogBenchmark(BrokerBench bench, IConnection connection) : IAsyncDisposable
{
    private const int Small = 10_000;
    private const int InFlight = 2000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient management = ManagementOf(bench);

    public static async Task<int> RunAsync(BenchmarkArguments arguments)
    {
        var (large, sample) = (arguments.Number("--requests", 1_000_000), arguments.Number("--sample", 50_000));
        await using var bench = await BrokerBench.StartAsync(maxConcurrentCalls: 256);
        await using var connection = await new ConnectionFactory { Uri = bench.Amqp }.CreateConnectionAsync();
        await using var benchmark = new BacklogBenchmark(bench, connection);
        AnsiConsole.WriteLine(
            $"{Environment.ProcessorCount} cores, .NET {Environment.Version}, RabbitMQ {bench.RabbitMq.Version}, PostgreSQL {bench.Postgres.Version}; after {sample} messages");

        await using (await bench.StartAsync(BrokerRoles.All))
        {
            // Declares the queues.
        }

        var routeQueue = BrokerTopology.RouteQueue(Lane.Bulk);
        var workQueue = BrokerTopology.WorkQueue("d0", Lane.Bulk);
        var router = (
            Small: await benchmark.MeasureAsync(BrokerRoles.Router, routeQueue, Submit, Small, sample),
            Large: await benchmark.MeasureAsync(BrokerRoles.Router, routeQueue, Submit, large, sample));
        var worker = (
            Small: await benchmark.MeasureAsync(BrokerRoles.Worker, workQueue, Run, Small, sample),
            Large: await benchmark.MeasureAsync(BrokerRoles.Worker, workQueue, Run, large, sample));

        Print(large, router, worker);
        if (arguments.Has("--json"))
            Console.Out.WriteLine(Json(large, router, worker));
        return 0;
    }

    public ValueTask DisposeAsync()
    {
        management.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Reading> MeasureAsync(BrokerRoles role, string queue, Func<int, byte[]> make, int backlog, int sample)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(InFlight * 2)));
        await channel.QueuePurgeAsync(BrokerTopology.RouteQueue(Lane.Bulk));
        await channel.QueuePurgeAsync(BrokerTopology.WorkQueue("d0", Lane.Bulk));
        var published = 0;
        await PublishAsync(backlog);
        var rabbitMq = await RabbitMqMiBAsync();

        await using var process = await bench.StartAsync(role);
        var start = TimeProvider.System.GetTimestamp();
        double most = 0;
        uint left;
        while (published - (left = await channel.MessageCountAsync(queue)) < sample)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"The {role} worked off {published - left} of {sample} messages within {Patience}.");
            if (left < Small * 9 / 10)
                await PublishAsync(Small - (int)left);
            await Task.Delay(Interval, TimeProvider.System);
            most = Math.Max(most, CpuClock.ResidentMiB(process.Id));
        }

        var rate = sample / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new Reading(most, rate, rabbitMq);

        async Task PublishAsync(int count)
        {
            var confirms = new Queue<Task>(InFlight);
            for (; count > 0; count--, published++)
            {
                confirms.Enqueue(channel.BasicPublishAsync(
                    "", queue, mandatory: true, new BasicProperties { DeliveryMode = DeliveryModes.Persistent }, make(published)).AsTask());
                if (confirms.Count >= InFlight)
                    await confirms.Dequeue();
            }

            await Task.WhenAll(confirms);
        }
    }

    private static byte[] Submit(int number) => Encoding.UTF8.GetBytes(
        $$$"""{"requestId":"{{{Guid.NewGuid()}}}","model":"m0","body":{{{Body(number)}}}}""");

    private static byte[] Run(int number)
    {
        var now = TimeProvider.System.GetUtcNow();
        return WireJson.ToBytes(new RunInference
        {
            Tenant = "default",
            RequestId = Guid.NewGuid().ToString(),
            Run = 1,
            Lane = Lane.Bulk,
            Operation = "chat",
            Route = new Route { Deployment = "d0", Model = "m0", Tier = "cheap", Reason = "model m0 → d0" },
            AcceptedAt = now,
            Deadline = now.AddDays(1),
            Body = JsonElement.Parse(Body(number)),
        });
    }

    private static string Body(int number) =>
        $$$"""{"messages":[{"role":"user","content":"Translate into Spanish: the order {{{number}}} has left our warehouse and should arrive within two working days."}]}""";

    /// <summary>The management plugin knows of a node a few seconds after it started.</summary>
    private async Task<double> RabbitMqMiBAsync()
    {
        var bytes = 0.0;
        await Eventually.HoldsAsync(
            async cancellationToken =>
            {
                var nodes = await management.GetFromJsonAsync<JsonElement>("api/nodes", cancellationToken);
                return nodes[0].TryGetProperty("mem_used", out var used) && used.TryGetDouble(out bytes);
            },
            "the memory of RabbitMQ is known",
            CancellationToken.None);
        return bytes / (1024 * 1024);
    }

    private static HttpClient ManagementOf(BrokerBench bench) => new(new SocketsHttpHandler())
    {
        BaseAddress = bench.RabbitMq.ManagementUri,
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{bench.RabbitMq.User}:{bench.RabbitMq.Password}"))),
        },
    };

    private static void Print(int large, (Reading Small, Reading Large) router, (Reading Small, Reading Large) worker)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var header in new[] { "RSS, MiB", "messages/s", "RabbitMQ, MiB" })
            table.AddColumn(new TableColumn(header).RightAligned());
        Add($"router, {Small:N0} queued", router.Small);
        Add($"router, {large:N0} queued", router.Large);
        Add($"worker, {Small:N0} queued", worker.Small);
        Add($"worker, {large:N0} queued", worker.Large);
        AnsiConsole.Write(table);

        void Add(string name, Reading reading) => table.AddRow(
            name, Text(reading.MiB, "N1"), Text(reading.PerSecond, "N0"), Text(reading.RabbitMqMiB, "N0"));
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Json(int large, (Reading Small, Reading Large) router, (Reading Small, Reading Large) worker) =>
        JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["requests"] = large,
            ["router_rss_ratio"] = Math.Round(router.Large.MiB / router.Small.MiB, 3),
            ["worker_rss_ratio"] = Math.Round(worker.Large.MiB / worker.Small.MiB, 3),
            ["router_rate_ratio"] = Math.Round(router.Large.PerSecond / router.Small.PerSecond, 3),
            ["worker_rate_ratio"] = Math.Round(worker.Large.PerSecond / worker.Small.PerSecond, 3),
            ["router_rss_mib"] = Math.Round(router.Large.MiB, 1),
            ["worker_rss_mib"] = Math.Round(worker.Large.MiB, 1),
            ["router_per_s"] = Math.Round(router.Large.PerSecond),
            ["worker_per_s"] = Math.Round(worker.Large.PerSecond),
            ["rabbitmq_mib"] = Math.Round(Math.Max(router.Large.RabbitMqMiB, worker.Large.RabbitMqMiB)),
        });

    private sealed record Reading(double MiB, double PerSecond, double RabbitMqMiB);
}
