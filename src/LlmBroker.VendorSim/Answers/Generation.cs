namespace LlmBroker.Simulation.Answers;

/// <summary>What the model answered, before a vendor's shape is put on it. Cached tokens are part of the input, reasoning part of the output.</summary>
internal sealed record Generation(
    IReadOnlyList<GeneratedChoice> Choices,
    int InputTokens,
    int CachedTokens,
    int OutputTokens,
    int ReasoningTokens)
{
    public FinishReason Finish => Choices.Count > 0 ? Choices[0].Finish : FinishReason.Stop;
}

/// <param name="Text">The answer; for a tool call, its arguments.</param>
internal sealed record GeneratedChoice(string Text, int Tokens, FinishReason Finish, string? ToolName = null, string? StopSequence = null);
