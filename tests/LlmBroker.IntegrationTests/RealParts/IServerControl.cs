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

    /// <summary>Whether <see cref="AdministerAsync"/> works.</summary>
    bool CanAdminister => false;

    /// <summary>Runs the server's own tool for administrators with these arguments.</summary>
    Task AdministerAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) => throw new NotSupportedException("This server has no such tool here.");

    /// <summary>Whether <see cref="StallAsync"/> and <see cref="ResumeAsync"/> work.</summary>
    bool CanStall => false;

    /// <summary>Suspends every process of the server (SIGSTOP), with its connections open.</summary>
    Task StallAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This server cannot be suspended here.");

    /// <summary>Lets it go on.</summary>
    Task ResumeAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This server cannot be suspended here.");

    /// <summary>Throws with the end of the server's log if it has ended by itself.</summary>
    void ThrowIfEnded();
}
