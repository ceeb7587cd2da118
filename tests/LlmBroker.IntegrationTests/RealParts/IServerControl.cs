namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>How a server is started and ended: a container, a local process, or one that belongs to somebody else.</summary>
internal interface IServerControl : IAsyncDisposable
{
    /// <summary>Whether the server can be stopped, killed and started again with the same data and ports.</summary>
    bool CanRestart { get; }

    /// <summary>Starts the server; it need not accept connections yet when this returns.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);

    Task KillAsync(CancellationToken cancellationToken);

    /// <summary>Throws with the end of the server's log if it has ended by itself.</summary>
    void ThrowIfEnded();
}
