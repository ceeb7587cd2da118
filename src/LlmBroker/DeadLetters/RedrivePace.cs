namespace LlmBroker.DeadLetters;

/// <summary>Spaces sends evenly. Time that was lost to a slow send is not caught up in a burst.</summary>
internal sealed class RedrivePace(double perSecond, TimeProvider time)
{
    private readonly TimeSpan interval = TimeSpan.FromSeconds(1 / perSecond);
    private DateTimeOffset next = time.GetUtcNow();

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (next > now)
            await Task.Delay(next - now, time, cancellationToken);
        else
            next = now;
        next += interval;
    }
}
