namespace LlmBroker.Benchmarks.Chaos;

/// <summary>What is done to a part of the system.</summary>
internal enum ChaosFault
{
    Unknown = 0,
    KillWorker,
    KillRouter,
    KillRabbitMq,
    KillPostgres,
    KillVendorSim,

    /// <summary>SIGSTOP for longer than the lease, then SIGCONT.</summary>
    StopWorker,
    StopRouter,
    StopPostgres,
    StopRabbitMq,

    /// <summary>A worker is stopped, and while it stands still RabbitMQ is killed: its deliveries go to others, and then it lives on.</summary>
    StopWorkerAndKillRabbitMq,

    /// <summary>SIGTERM: it must finish or hand back what it holds, and exit with 0.</summary>
    DrainWorker,
}
