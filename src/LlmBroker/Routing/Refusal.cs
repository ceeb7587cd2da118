using LlmBroker.Contracts;

namespace LlmBroker.Routing;

/// <summary>The caller's fault: a typed failure, with the thing, the value and the remedy in words.</summary>
internal sealed record Refusal(FailureReason Reason, string Message);
