namespace LlmBroker.Benchmarks.Chaos;

/// <param name="Fault">What happens.</param>
/// <param name="Target">Which of several processes of the kind.</param>
/// <param name="Duration">How long it stands still, or stays away before it is started again.</param>
internal sealed record ChaosStep(ChaosFault Fault, int Target, TimeSpan Duration)
{
    /// <summary>Whether a process is killed.</summary>
    public bool IsKill => Fault is ChaosFault.KillWorker or ChaosFault.KillRouter or ChaosFault.KillRabbitMq or ChaosFault.KillPostgres
        or ChaosFault.KillVendorSim or ChaosFault.StopWorkerAndKillRabbitMq;
}
