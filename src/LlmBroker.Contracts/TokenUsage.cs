namespace LlmBroker.Contracts;

/// <summary>Tokens of one call by class, as the vendor reported them; the classes do not overlap except where said.</summary>
public sealed record TokenUsage
{
    /// <summary>Prompt tokens at the full price: neither read from nor written to a cache.</summary>
    public long InputTokens { get; init; }

    /// <summary>Prompt tokens read from the vendor's cache.</summary>
    public long CacheReadTokens { get; init; }

    /// <summary>Prompt tokens written to the vendor's cache.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Generated tokens, reasoning included.</summary>
    public long OutputTokens { get; init; }

    /// <summary>The part of <see cref="OutputTokens"/> spent on reasoning, for information.</summary>
    public long ReasoningTokens { get; init; }
}
