namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>A server that an environment variable names: it is used, never touched.</summary>
internal sealed class GivenServer : IServerControl
{
    public bool CanRestart => false;

    public Task StartAsync(CancellationToken cancellationToken) => throw NotOurs();

    public Task StopAsync(CancellationToken cancellationToken) => throw NotOurs();

    public Task KillAsync(CancellationToken cancellationToken) => throw NotOurs();

    public void ThrowIfEnded()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException NotOurs() =>
        new("The server was given by an environment variable and is not ours to stop or start. Use StartOwnAsync for one that is.");
}
