using LlmBroker.Contracts;

namespace LlmBroker.Cli.Send;

/// <summary>What <c>send --json</c> prints: the reply of either kind, and the time it took.</summary>
internal sealed record SendResult(InferenceCompleted? Completed, InferenceFailed? Failed, double LatencyMs);
