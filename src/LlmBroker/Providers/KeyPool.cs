namespace LlmBroker.Providers;

/// <summary>
/// One account with several keys, used in rotation. A key that the vendor refuses or limits rests while the others go on; when all rest,
/// the one that has rested longest is tried, so that a repaired account is found out. Thread safe.
/// </summary>
internal sealed class KeyPool : IModelProvider, IDisposable
{
    /// <summary>How long a refused key rests: long enough to cost nothing, short enough that nobody must restart for a new one.</summary>
    public static readonly TimeSpan RefusedRest = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_limitedRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_exhaustedRest = TimeSpan.FromMinutes(1);

    private readonly IModelProvider[] _keys;
    private readonly string[] _names;
    private readonly long[] _restUntil;
    private readonly TimeProvider _time;
    private int _next = -1;

    /// <param name="keys">One provider for each key, owned by the pool from now on.</param>
    /// <param name="time">The clock.</param>
    public KeyPool(IReadOnlyList<IModelProvider> keys, TimeProvider time)
    {
        _keys = [.. keys];
        _names = [.. keys.Select((_, index) => $"#{index + 1}")];
        _restUntil = new long[keys.Count];
        _time = time;
    }

    public async Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        var index = Pick();
        var result = await _keys[index].CallAsync(request, cancellationToken);
        if (RestAfter(result) is not { } rest)
            return result with { KeyName = _names[index] };

        var now = _time.GetUtcNow().UtcTicks;
        Volatile.Write(ref _restUntil[index], now + rest.Ticks);
        var soonest = _restUntil.Min();
        return result with
        {
            KeyName = _names[index],
            OtherKeyReady = soonest <= now,
            // The account can be used again when its first key can.
            RetryAfter = soonest <= now ? TimeSpan.Zero : result.RetryAfter is null ? null : TimeSpan.FromTicks(soonest - now),
        };
    }

    public void Dispose()
    {
        foreach (var key in _keys)
            (key as IDisposable)?.Dispose();
    }

    private int Pick()
    {
        var now = _time.GetUtcNow().UtcTicks;
        var first = (int)((uint)Interlocked.Increment(ref _next) % _keys.Length);
        var best = first;
        for (var i = 0; i < _keys.Length; i++)
        {
            var index = (first + i) % _keys.Length;
            if (Volatile.Read(ref _restUntil[index]) <= now)
                return index;
            if (_restUntil[index] < _restUntil[best])
                best = index;
        }

        return best;
    }

    /// <summary>How long the key rests after a call; null: it goes on. Other failures are not the key's.</summary>
    private static TimeSpan? RestAfter(ProviderResult result) => result.Error switch
    {
        ProviderError.RateLimited => result.RetryAfter ?? s_limitedRest,
        ProviderError.QuotaExhausted => result.RetryAfter ?? s_exhaustedRest,
        // Not a 404: a model that is not there is not there for any key.
        ProviderError.KeyRefused when result.HttpStatus is 401 or 402 or 403 => RefusedRest,
        _ => null,
    };
}
