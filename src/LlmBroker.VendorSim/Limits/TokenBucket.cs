namespace LlmBroker.Simulation.Limits;

/// <summary>Holds one minute's quota and fills up evenly. Not thread-safe: <see cref="ModelLimiter"/> locks.</summary>
internal sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private double _level = perMinute;
    private long _filledAt = time.GetTimestamp();

    public int Capacity => perMinute;

    public int Remaining => Math.Max(0, (int)_level);

    public TimeSpan UntilFull => UntilHolds(perMinute);

    public void Refill()
    {
        var now = time.GetTimestamp();
        _level = Math.Min(perMinute, _level + (time.GetElapsedTime(_filledAt, now).TotalMinutes * perMinute));
        _filledAt = now;
    }

    public bool Holds(int amount) => _level >= amount;

    public void Take(int amount) => _level -= amount;

    public TimeSpan UntilHolds(int amount) => TimeSpan.FromMinutes(Math.Max(0, amount - _level) / perMinute);
}
