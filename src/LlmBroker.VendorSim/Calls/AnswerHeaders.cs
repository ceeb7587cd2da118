using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Calls;

/// <param name="Now">What reset times are counted from, where the vendor sends points in time.</param>
internal sealed record AnswerHeaders(
    string RequestId,
    DateTimeOffset Now,
    TimeSpan Latency,
    IReadOnlyList<LimitReading> Limits,
    TimeSpan? RetryAfter);
