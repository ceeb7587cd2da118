namespace LlmBroker.Benchmarks.Chaos;

/// <param name="Step">What was done.</param>
/// <param name="At">When.</param>
/// <param name="CallsInFlight">At the vendor, when it was done.</param>
internal sealed record KillRecord(ChaosStep Step, DateTimeOffset At, int CallsInFlight);
