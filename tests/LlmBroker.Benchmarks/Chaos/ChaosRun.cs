using System.Globalization;
using LlmBroker.IntegrationTests.RealParts;
using RabbitMQ.Client;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>
/// A load of mixed requests while everything is killed, stopped and drained; then what the producer, the ledger and the vendor know is held
/// against each other. Exit code 1 when a guarantee is broken, or when nothing happened that one is for.
/// </summary>
internal static class ChaosRun
{
    public const int LeastCallsInFlight = 100;

    /// <summary>What keeps more calls than that in flight, at a second or two each.</summary>
    private const int MorePerInterval = 12;

    /// <summary>For a request that is answered last: its deadline, and what the queues add to it.</summary>
    private static readonly TimeSpan PatienceToEnd = TimeSpan.FromSeconds(135);

    private static readonly TimeSpan PatienceToSend = TimeSpan.FromSeconds(15);

    /// <summary>A little more than what waits in the longer of the wait queues in use.</summary>
    private static readonly TimeSpan PatienceWithoutChange = TimeSpan.FromSeconds(35);

    /// <summary>Queues that were declared within a second of a kill of RabbitMQ may be lost: that is RabbitMQ 3.10, not ours.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(ChaosOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-chaos-").FullName;
        var plan = ChaosPlan.Create(options.Seed, options.Kills);
        var begin = TimeProvider.System.GetTimestamp();
        try
        {
            await using var system = await ChaosSystem.StartAsync(options, folder);
            Console.Out.WriteLine($"seed {options.Seed}: {options.Requests} requests, {options.Kills} kills, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {system.Servers.Versions}");
            Console.Out.WriteLine($"logs in {folder}");
            await using var producer = await CarefulProducer.StartAsync(system.Servers.Amqp);
            var calls = new CallLogReader(system.CallLog);
            var (requests, kills) = await DriveAsync(options, plan, system, producer, calls);
            await AwaitQuietAsync(system, producer);
            calls.Read();
            var facts = await ChaosLedger.ReadAsync(system.Servers.Database, new ChaosFacts
            {
                Requests = requests,
                Sent = [.. producer.Sent],
                Replies = [.. producer.Replies],
                Calls = calls.Calls,
                Returns = [.. system.Servers.Returns],
                Claims = [],
                Attempts = [],
                Ends = [],
                Outcomes = [],
                Letters = [],
            });
            var report = new ChaosReport(options, facts, ChaosReconciliation.Run(facts), kills, system, TimeProvider.System.GetElapsedTime(begin));
            report.Print();
            return report.ExitCode;
        }
        finally
        {
            if (!options.Keep)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(IReadOnlyDictionary<string, ChaosRequest> Requests, IReadOnlyList<KillRecord> Kills)> DriveAsync(
        ChaosOptions options, IReadOnlyList<ChaosStep> plan, ChaosSystem system, CarefulProducer producer, CallLogReader calls)
    {
        using var stopping = new CancellationTokenSource();
        var traffic = new ChaosTraffic(producer, options.Seed, options.MostUnanswered, stopping.Token);
        var sending = traffic.RunAsync();
        await AwaitTopologyAsync(system);
        await Task.Delay(Settling, TimeProvider.System);

        var kills = new List<KillRecord>();
        var since = DateTimeOffset.MinValue;
        for (var i = 0; i < plan.Count; i++)
        {
            // In equal parts, so that there is work for each fault, and while it lasts.
            await AwaitSentAsync(traffic, (int)((long)options.Requests * i / (plan.Count + 1)));
            traffic.AllowUpTo((int)((long)options.Requests * (i + 1) / (plan.Count + 1)));
            var inFlight = await AwaitCallsAsync(traffic, system.Servers, calls, since);
            kills.Add(new KillRecord(plan[i], TimeProvider.System.GetUtcNow(), inFlight));
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{TimeProvider.System.GetUtcNow():HH:mm:ss.f} {i + 1}/{plan.Count} {plan[i].Fault} for {plan[i].Duration.TotalSeconds:0.0} s: {inFlight} calls in flight, {traffic.Requests.Count} requests sent, {producer.Unanswered} without a reply"));
            await system.ApplyAsync(plan[i]);
            since = TimeProvider.System.GetUtcNow();
        }

        traffic.AllowUpTo(options.Requests);
        traffic.Close();
        await AwaitEndAsync(traffic, sending);
        await system.LiftAsync();
        await AwaitEndAsync(traffic, sending);
        if (sending.IsCompleted)
            await sending;
        else
            await stopping.CancelAsync();
        return (traffic.Requests, kills);
    }

    /// <summary>Waits until so many are sent; not for long, since what a fault holds up is to meet the next one too.</summary>
    private static async Task AwaitSentAsync(ChaosTraffic traffic, int count)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (traffic.Requests.Count < count && TimeProvider.System.GetElapsedTime(begin) < PatienceToSend)
            await Task.Delay(Interval, TimeProvider.System);
    }

    /// <summary>Waits until all are sent, as long as more are.</summary>
    private static async Task AwaitEndAsync(ChaosTraffic traffic, Task sending)
    {
        for (var before = -1; before < traffic.Requests.Count && !sending.IsCompleted;)
        {
            before = traffic.Requests.Count;
            await Task.WhenAny(sending, Task.Delay(PatienceToEnd, TimeProvider.System));
        }
    }

    /// <summary>Waits until enough calls are in flight, sending more when the allowed requests do not suffice, if need be more than were asked for.</summary>
    private static async Task<int> AwaitCallsAsync(ChaosTraffic traffic, ChaosServers servers, CallLogReader calls, DateTimeOffset since)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var isStuck = false;
        while (true)
        {
            var inFlight = calls.CountInFlight(since);
            var waited = TimeProvider.System.GetElapsedTime(begin);
            if (inFlight >= LeastCallsInFlight || waited > PatienceToEnd)
                return inFlight;
            if (waited > TimeSpan.FromSeconds(2))
                traffic.AllowMore(MorePerInterval);
            if (waited > PatienceWithoutChange && !isStuck)
            {
                isStuck = true;
                Console.Out.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.f} stuck with {inFlight} calls in flight:{Environment.NewLine}{await servers.DescribeAsync()}");
            }

            await Task.Delay(Interval, TimeProvider.System);
        }
    }

    private static async Task AwaitTopologyAsync(ChaosSystem system)
    {
        await using var connection = await new ConnectionFactory { Uri = system.Servers.Amqp }.CreateConnectionAsync();
        foreach (var queue in ChaosModel.All.Select(model => $"llm.work.{model.Name}.bulk").Append("llm.route.bulk"))
        {
            await Eventually.HoldsAsync(
                async cancellationToken =>
                {
                    if (system.UnexpectedEnds.TryPeek(out var end))
                        throw new InvalidOperationException($"The run cannot begin: {end}");
                    await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
                    try
                    {
                        return await channel.ConsumerCountAsync(queue, cancellationToken) == 2;
                    }
                    catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
                    {
                        return false;
                    }
                },
                $"two consumers on {queue}",
                CancellationToken.None);
        }
    }

    /// <summary>
    /// Until all is answered and finished, or nothing more comes of it; then as long again as a lease and the shortest wait queue may hold on
    /// to something.
    /// </summary>
    private static async Task AwaitQuietAsync(ChaosSystem system, CarefulProducer producer)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var changed = begin;
        var (replies, open) = (-1, -1L);
        while (TimeProvider.System.GetElapsedTime(begin) < PatienceToEnd && TimeProvider.System.GetElapsedTime(changed) < PatienceWithoutChange)
        {
            var now = (producer.Replies.Count, await ChaosLedger.CountOpenAsync(system.Servers.Database));
            if (now != (replies, open))
                changed = TimeProvider.System.GetTimestamp();
            (replies, open) = now;
            if (producer.Unanswered == 0 && open == 0)
                break;
            await Task.Delay(Interval, TimeProvider.System);
        }

        Console.Out.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.f} quiet: {producer.Unanswered} messages without a reply, {open} requests without an outcome");
        if (producer.Unanswered > 0 || open > 0)
            Console.Out.WriteLine(await system.Servers.DescribeAsync());
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
    }
}
