namespace LlmBroker.Inference;

/// <summary>Why no call was made, though the ledger and the breaker had nothing against one.</summary>
/// <param name="IsPaused">An operator paused the deployment; else it is held.</param>
/// <param name="Remaining">How long it is still held.</param>
internal sealed record Halt(bool IsPaused, TimeSpan Remaining);
