namespace LlmBroker.Simulation.Answers;

/// <summary>
/// What the model answered, before a vendor's shape is put on it. Cached and cache-written tokens are part of the input, reasoning part of the
/// output.
/// </summary>
internal sealed record Generation(
    IReadOnlyList<GeneratedChoice> Choices,
    int InputTokens,
    int CachedTokens,
    int CacheWriteTokens,
    int OutputTokens,
    int ReasoningTokens,
    FinishReason Finish)
{
    /// <summary>Input that was neither read from the cache nor written to it.</summary>
    public int PlainInputTokens => InputTokens - CachedTokens - CacheWriteTokens;
}

/// <param name="Text">The answer; empty where tools are called.</param>
internal sealed record GeneratedChoice(string Text, int Tokens, FinishReason Finish, string? StopSequence = null)
{
    public IReadOnlyList<GeneratedToolCall> ToolCalls { get; init; } = [];
}

/// <param name="Arguments">A JSON object.</param>
internal sealed record GeneratedToolCall(string Name, string Arguments);
