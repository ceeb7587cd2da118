namespace LlmBroker.Cli.Submit;

/// <summary>Turns counts into a rate over the last seconds and the time that is left.</summary>
/// <param name="total">All that is to be done.</param>
/// <param name="before">What was done before this process; it says nothing about the rate.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressMeter(int total, int before, TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(15);

    private readonly long startedAt = time.GetTimestamp();
    private readonly Queue<(long At, int Done)> samples = new([(time.GetTimestamp(), before)]);

    /// <summary>Since this process began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(startedAt);

    /// <summary>Over the whole of this process; null before anything can be said.</summary>
    public double? MeanRateOf(int done) => Elapsed > TimeSpan.Zero ? (done - before) / Elapsed.TotalSeconds : null;

    /// <param name="done">What is done by now.</param>
    public ProgressReading Read(int done)
    {
        var now = time.GetTimestamp();
        while (samples.Count > 1 && time.GetElapsedTime(samples.Peek().At, now) > Span)
            samples.Dequeue();

        var (since, doneThen) = samples.Peek();
        samples.Enqueue((now, done));
        var elapsed = time.GetElapsedTime(since, now);
        var rate = elapsed > TimeSpan.Zero ? (done - doneThen) / elapsed.TotalSeconds : 0;
        return new ProgressReading(done, total, rate, TimeLeft(done, rate));
    }

    private TimeSpan? TimeLeft(int done, double rate)
    {
        if (done >= total)
            return TimeSpan.Zero;

        var seconds = (total - done) / rate;
        return rate > 0 && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : null;
    }
}
