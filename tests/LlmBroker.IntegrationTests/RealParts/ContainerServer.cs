using DotNet.Testcontainers.Containers;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>A server in a container whose ports on the host are fixed, so that it comes back at the same address.</summary>
internal sealed class ContainerServer(IContainer container, DockerEngine engine) : IServerControl
{
    public bool CanRestart => true;

    public Task StartAsync(CancellationToken cancellationToken) => container.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => container.StopAsync(cancellationToken);

    public Task KillAsync(CancellationToken cancellationToken) => engine.KillAsync(container.Id, cancellationToken);

    public bool CanAdminister => true;

    public async Task AdministerAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await container.ExecAsync(["rabbitmqctl", .. arguments], cancellationToken);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Stdout}{result.Stderr}");
    }

    public void ThrowIfEnded()
    {
        // Testcontainers' own wait strategies have seen the server up, and tell when they have not.
    }

    public ValueTask DisposeAsync() => container.DisposeAsync();
}
