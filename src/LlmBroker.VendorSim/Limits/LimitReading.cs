namespace LlmBroker.Simulation.Limits;

/// <summary>One bucket as the rate limit headers tell it.</summary>
internal readonly record struct LimitReading(LimitKind Kind, int Limit, int Remaining, TimeSpan UntilFull);
