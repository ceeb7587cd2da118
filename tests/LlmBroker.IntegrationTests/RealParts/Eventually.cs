namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>Waits for what other processes bring about.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within 60 seconds.</exception>
    public static Task HoldsAsync(
        Func<CancellationToken, Task<bool>> condition, string description, CancellationToken cancellationToken) =>
        HoldsAsync(condition, description, Patience, cancellationToken);

    /// <inheritdoc cref="HoldsAsync(Func{CancellationToken, Task{bool}}, string, CancellationToken)"/>
    public static async Task HoldsAsync(
        Func<CancellationToken, Task<bool>> condition, string description, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!await condition(either.Token))
                await Task.Delay(Interval, TimeProvider.System, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Not so within {patience}: {description}.");
        }
    }
}
