using System.Globalization;
using System.Text.Json;
using LlmBroker.IntegrationTests.Fuzz;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>Mutated messages through a router and a worker that are processes of their own: none may be lost, and neither may crash.</summary>
internal static class FuzzBenchmark
{
    /// <summary>For the queues to become empty, and for each message on top of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan PatiencePerMessage = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(BenchmarkArguments arguments)
    {
        var (seed, messages) = (arguments.Number("--seed", 1), arguments.Number("--messages", 100_000));
        await using var bench = await BrokerBench.StartAsync(maxConcurrentCalls: 256);
        await using var router = await bench.StartAsync(BrokerRoles.Router);
        await using var worker = await bench.StartAsync(BrokerRoles.Worker);

        var report = await new FuzzRun(bench.RabbitMq, bench.Amqp, bench.Database, seed).RunAsync(messages, Patience + PatiencePerMessage * messages, CancellationToken.None);
        var crashes = new[] { router, worker }.Count(process => process.HasExited);

        Print(seed, report, crashes);
        if (arguments.Has("--json"))
            Console.Out.WriteLine(Json(seed, report, crashes));
        return report.IsClean && crashes == 0 ? 0 : 1;
    }

    private static void Print(int seed, FuzzReport report, int crashes)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn($"seed {seed}").AddColumn(new TableColumn("messages").RightAligned());
        void Add(string name, long count) => table.AddRow(name, count.ToString("N0", CultureInfo.InvariantCulture));
        Add("published", report.Published);
        Add("completed", report.Completed);
        Add("failed, with a reason", report.Failed);
        Add("dead-lettered, with a reason", report.DeadLettered - report.WithoutReason);
        Add("dead-lettered without a reason", report.WithoutReason);
        Add("cancellations of nothing", report.Cancellations);
        Add("given back by RabbitMQ", report.Refused);
        Add("lost", report.Lost.Count);
        Add("unfinished", report.Unfinished);
        Add("left in a queue", report.Left.Values.Sum(count => count));
        Add("crashes", crashes);
        AnsiConsole.Write(table);
        foreach (var lost in report.Lost.Take(20))
            AnsiConsole.WriteLine($"lost: {lost}");
        foreach (var (reason, count) in report.Reasons)
            AnsiConsole.WriteLine($"{count} dead letters: {reason}");
        foreach (var (queue, count) in report.Left)
            AnsiConsole.WriteLine($"left: {count} in {queue}");
    }

    private static string Json(int seed, FuzzReport report, int crashes) => JsonSerializer.Serialize(new Dictionary<string, long>
    {
        ["seed"] = seed,
        ["messages"] = report.Published,
        ["completed"] = report.Completed,
        ["failed"] = report.Failed,
        ["dead_lettered"] = report.DeadLettered,
        ["cancellations"] = report.Cancellations,
        ["refused"] = report.Refused,
        ["lost"] = report.Lost.Count,
        ["unfinished"] = report.Unfinished,
        ["without_reason"] = report.WithoutReason,
        ["left"] = report.Left.Values.Sum(count => count),
        ["crashes"] = crashes,
    });
}
