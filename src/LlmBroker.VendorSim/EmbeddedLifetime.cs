namespace LlmBroker.Simulation;

/// <summary>Leaves Ctrl-C and signals to the process around; the default lifetime would take them.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
