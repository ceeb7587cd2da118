namespace LlmBroker.Simulation.Limits;

/// <param name="Exceeded">The limit that turned the call away; null when it was let in.</param>
/// <param name="Requested">How much of that limit the call would have used.</param>
/// <param name="RetryAfter">When it would be let in; null when it never will.</param>
/// <param name="Readings">The buckets after the decision, for the headers.</param>
internal sealed record LimitDecision(LimitReading? Exceeded, int Requested, TimeSpan? RetryAfter, IReadOnlyList<LimitReading> Readings)
{
    public static LimitDecision Unlimited { get; } = new(null, 0, null, []);
}
