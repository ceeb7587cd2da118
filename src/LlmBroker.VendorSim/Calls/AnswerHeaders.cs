using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Calls;

/// <param name="Now">What reset times are counted from, where the vendor sends points in time.</param>
/// <param name="Refusal">The error that is answered; null for a 200.</param>
internal sealed record AnswerHeaders(
    string RequestId,
    DateTimeOffset Now,
    TimeSpan Latency,
    IReadOnlyList<LimitReading> Limits,
    AnswerSize Size,
    Refusal? Refusal)
{
    public TimeSpan? RetryAfter => Refusal?.RetryAfter;
}
