namespace LlmBroker.Inference;

/// <summary>
/// A clock that starts with the wall's and then only runs: for what measures durations by the time of day, as Polly's breaker does. Set back by
/// an hour, the wall clock would keep a breaker open for an hour.
/// </summary>
internal sealed class SteadyTimeProvider(TimeProvider time) : TimeProvider
{
    private readonly DateTimeOffset begin = time.GetUtcNow();
    private readonly long beginTimestamp = time.GetTimestamp();

    public override long TimestampFrequency => time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => begin + time.GetElapsedTime(beginTimestamp);

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
