using System.Collections.Concurrent;
using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Everything that runs: servers, VendorSim, two routers and two workers, each a process of its own; and what is done to them.</summary>
internal sealed class ChaosSystem : IAsyncDisposable
{
    private const int Processes = 2;

    private readonly string folder;
    private readonly ChaosServers servers;
    private readonly ChaosProcess vendor;
    private readonly ChaosProcess[] routers;
    private readonly ChaosProcess[] workers;

    private ChaosSystem(ChaosOptions options, string folder, ChaosServers servers)
    {
        this.folder = folder;
        this.servers = servers;
        RouterCrashes = new CrashPointRotation(options.Seed, new Dictionary<string, int> { [CrashPoint.AfterAccept] = Math.Clamp(options.Requests / 15, 200, 800) });
        // Each takes about a hundred calls in flight along: in a short run one or two of each kind, in a long one four or more.
        var passes = Math.Clamp(options.Requests / 40, 120, 400);
        WorkerCrashes = new CrashPointRotation(options.Seed, new Dictionary<string, int>
        {
            [CrashPoint.AfterClaim] = passes,
            [CrashPoint.AfterAnswer] = passes,
            [CrashPoint.AfterOutcome] = passes,
            [CrashPoint.AfterReply] = passes,
            [CrashPoint.AfterRelease] = Math.Max(2, passes / 40),
        });

        var address = new Uri($"http://127.0.0.1:{LoopbackPorts.Take(1)[0]}/");
        var models = Path.Combine(folder, "models.json");
        var configuration = Path.Combine(folder, "llmbroker.json");
        File.WriteAllText(models, ChaosConfiguration.Vendors(options.VendorMilliseconds));
        File.WriteAllText(configuration, ChaosConfiguration.Broker(servers.Amqp, servers.Database, address, options.Deadline));
        CallLog = Path.Combine(folder, "calls.jsonl");

        vendor = New("vendorsim", ["LlmBroker.VendorSim.dll", "--urls", $"{address}", "--models", models, "--call-log", CallLog, "--seed", $"{options.Seed}"]);
        routers = [.. Enumerable.Range(0, Processes).Select(i => Serve("router", i, configuration, RouterCrashes))];
        workers = [.. Enumerable.Range(0, Processes).Select(i => Serve("worker", i, configuration, WorkerCrashes))];
    }

    public CrashPointRotation WorkerCrashes { get; }

    public CrashPointRotation RouterCrashes { get; }

    public ChaosServers Servers => servers;

    public string CallLog { get; }

    /// <summary>Processes that ended though nobody and no crash point made them.</summary>
    public ConcurrentQueue<string> UnexpectedEnds { get; } = [];

    /// <summary>Drained workers that did not exit with 0.</summary>
    public ConcurrentQueue<string> FailedDrains { get; } = [];

    public ConcurrentQueue<TimeSpan> Drains { get; } = [];

    public static async Task<ChaosSystem> StartAsync(ChaosOptions options, string folder)
    {
        var system = new ChaosSystem(options, folder, await ChaosServers.StartAsync());
        foreach (var process in system.All)
            process.Start();
        return system;
    }

    public Task ApplyAsync(ChaosStep step) => step.Fault switch
    {
        ChaosFault.KillWorker => workers[step.Target].KillAsync(step.Duration),
        ChaosFault.KillRouter => routers[step.Target].KillAsync(step.Duration),
        ChaosFault.KillVendorSim => vendor.KillAsync(step.Duration),
        ChaosFault.KillRabbitMq => servers.KillRabbitMqAsync(step.Duration),
        ChaosFault.KillPostgres => servers.KillPostgresAsync(step.Duration),
        ChaosFault.StopWorker => workers[step.Target].StopAsync(() => PassAsync(step.Duration)),
        ChaosFault.StopRouter => routers[step.Target].StopAsync(() => PassAsync(step.Duration)),
        ChaosFault.StopRabbitMq => servers.StopRabbitMqAsync(step.Duration),
        ChaosFault.StopPostgres => servers.StopPostgresAsync(step.Duration),
        ChaosFault.StopWorkerAndKillRabbitMq => workers[step.Target].StopAsync(() => KillRabbitMqAndPassAsync(step.Duration)),
        ChaosFault.DrainWorker => DrainAsync(workers[step.Target], step.Duration),
        _ => throw new InvalidOperationException($"{step.Fault} is no fault."),
    };

    /// <summary>From now on nothing dies at a crash point: processes that have one armed are started afresh.</summary>
    public async Task LiftAsync()
    {
        WorkerCrashes.IsOver = RouterCrashes.IsOver = true;
        await DrainAsync(workers[0], TimeSpan.Zero);
        await routers[0].TerminateAsync(TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in All)
            await process.DisposeAsync();
        await servers.DisposeAsync();
    }

    private ChaosProcess[] All => [vendor, .. routers, .. workers];

    private static Task PassAsync(TimeSpan duration) => Task.Delay(duration, TimeProvider.System);

    private async Task KillRabbitMqAndPassAsync(TimeSpan duration)
    {
        await servers.KillRabbitMqAsync(TimeSpan.Zero);
        // By now others hold its deliveries, and its lease lapsed long ago; they need a moment to call for them.
        await PassAsync(duration);
    }

    private async Task DrainAsync(ChaosProcess worker, TimeSpan away)
    {
        var start = TimeProvider.System.GetTimestamp();
        var exitCode = await worker.TerminateAsync(away);
        Drains.Enqueue(TimeProvider.System.GetElapsedTime(start));
        if (exitCode != 0)
            FailedDrains.Enqueue($"{worker.Name} exited with {exitCode}");
    }

    private ChaosProcess Serve(string role, int number, string configuration, CrashPointRotation crashes) => New(
        $"{role}{number}",
        ["LlmBroker.Cli.dll", "serve", "--roles", role, "--urls", $"http://127.0.0.1:{LoopbackPorts.Take(1)[0]}", "--config", configuration],
        // Of each kind one process dies at crash points, so that the other carries on.
        number == 0 ? crashes : null);

    private ChaosProcess New(string name, string[] command, CrashPointRotation? crashes = null) => new(
        name,
        [Path.Combine(AppContext.BaseDirectory, command[0]), .. command[1..]],
        () => new Dictionary<string, string>(crashes?.Arm() ?? []) { ["SIM_KEY"] = "sim-key", ["DOTNET_gcServer"] = "0" },
        Path.Combine(folder, $"{name}.log"),
        exitCode =>
        {
            if (crashes?.Explains(exitCode) != true)
                UnexpectedEnds.Enqueue($"{name} ended with {exitCode}: {string.Join(' ', File.ReadLines(Path.Combine(folder, $"{name}.log")).TakeLast(3))}");
        });
}
