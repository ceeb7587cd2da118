namespace LlmBroker.Control;

/// <summary>Wakes <see cref="ConfigurationFollower"/> up when somebody says that the configuration changed. Thread safe.</summary>
internal sealed class ConfigurationSignal : IDisposable
{
    private readonly SemaphoreSlim told = new(0, 1);

    public void Raise()
    {
        try
        {
            told.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake or about to be.
        }
    }

    /// <returns>True when it was raised, false when the time ran out.</returns>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => told.WaitAsync(atMost, cancellationToken);

    public void Dispose() => told.Dispose();
}
