namespace LlmBroker.Simulation.Calls;

/// <summary>What some vendors count in headers. Zero for refusals.</summary>
/// <param name="Characters">Of the input.</param>
internal readonly record struct AnswerSize(int InputTokens, int OutputTokens, int Characters);
