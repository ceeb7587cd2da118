namespace LlmBroker.Benchmarks.Chaos;

/// <param name="Server">Which server came back after it was killed.</param>
/// <param name="At">When it first accepted a connection.</param>
internal sealed record ServerReturn(string Server, DateTimeOffset At);
