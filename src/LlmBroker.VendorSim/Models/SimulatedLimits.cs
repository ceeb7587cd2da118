namespace LlmBroker.Simulation.Models;

/// <summary>Quota of the account at the vendor, as token buckets that hold one minute's worth. Null means no limit and no headers for it.</summary>
public sealed record SimulatedLimits
{
    /// <summary>Requests per minute.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>
    /// Tokens per minute. OpenAI and Azure: a request counts the larger of its input and its maximum output; Bedrock: the sum of both;
    /// Google: its input. Not for Anthropic and Hugging Face.
    /// </summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Anthropic only: uncached input tokens per minute.</summary>
    public int? InputTokensPerMinute { get; init; }

    /// <summary>Anthropic only: output tokens per minute.</summary>
    public int? OutputTokensPerMinute { get; init; }

    /// <summary>Calls at the same time.</summary>
    public int? Concurrent { get; init; }
}
