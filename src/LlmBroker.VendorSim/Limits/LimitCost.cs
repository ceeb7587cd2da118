namespace LlmBroker.Simulation.Limits;

/// <summary>What one call takes from each bucket.</summary>
internal readonly record struct LimitCost(int Tokens, int InputTokens, int OutputTokens);
