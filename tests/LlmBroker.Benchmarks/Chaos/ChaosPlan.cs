namespace LlmBroker.Benchmarks.Chaos;

/// <summary>The faults of a run in their order. Pure: the same seed gives the same plan.</summary>
internal static class ChaosPlan
{
    /// <summary>Longer than the lease of 3 s.</summary>
    private const double LeastStop = 3.6;

    private static readonly ChaosFault[] Kills =
        [ChaosFault.KillWorker, ChaosFault.KillRabbitMq, ChaosFault.KillPostgres, ChaosFault.KillRouter, ChaosFault.KillVendorSim, ChaosFault.StopWorkerAndKillRabbitMq];

    // A restart of RabbitMQ takes longest and workers hold most, so the latter die more often.
    private static readonly ChaosFault[] MoreKills =
    [
        ChaosFault.KillWorker, ChaosFault.KillWorker, ChaosFault.KillWorker, ChaosFault.KillRouter, ChaosFault.KillRouter,
        ChaosFault.KillPostgres, ChaosFault.KillPostgres, ChaosFault.KillRabbitMq, ChaosFault.KillVendorSim, ChaosFault.StopWorkerAndKillRabbitMq,
    ];

    private static readonly ChaosFault[] Others =
        [ChaosFault.DrainWorker, ChaosFault.StopWorker, ChaosFault.StopPostgres, ChaosFault.StopRouter, ChaosFault.StopRabbitMq];

    /// <param name="seed">Of the run.</param>
    /// <param name="kills">How many steps kill. From six on, each kind of kill comes at least once.</param>
    public static IReadOnlyList<ChaosStep> Create(int seed, int kills)
    {
        var random = new Random(seed);
        var faults = new List<ChaosFault>();
        for (var i = 0; i < kills; i++)
            faults.Add(i < Kills.Length ? Kills[i] : MoreKills[random.Next(MoreKills.Length)]);

        // One for each three kills, each kind in turn.
        for (var i = 0; i < (kills + 2) / 3; i++)
            faults.Add(Others[i % Others.Length]);

        var order = faults.ToArray();
        random.Shuffle(order);
        return [.. order.Select(fault => new ChaosStep(fault, random.Next(2), DurationOf(fault, random)))];
    }

    private static TimeSpan DurationOf(ChaosFault fault, Random random) => fault is
        ChaosFault.StopWorker or ChaosFault.StopRouter or ChaosFault.StopPostgres or ChaosFault.StopRabbitMq or ChaosFault.StopWorkerAndKillRabbitMq
            ? TimeSpan.FromSeconds(LeastStop + random.NextDouble() * 2)
            : TimeSpan.FromSeconds(0.2 + random.NextDouble());
}
