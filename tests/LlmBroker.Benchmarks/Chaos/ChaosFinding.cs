namespace LlmBroker.Benchmarks.Chaos;

/// <summary>A guarantee that one request shows to be broken.</summary>
internal sealed record ChaosFinding(ChaosGuarantee Guarantee, string RequestId, string What);
