namespace LlmBroker.Simulation.Models;

/// <summary>How many tokens an answer in prose has. JSON answers and tool calls count what they hold.</summary>
public sealed record SimulatedTokens
{
    /// <summary>A fixed number of output tokens; not together with <see cref="OutputPerInputToken"/>. Default without either: 64.</summary>
    public int? Output { get; init; }

    /// <summary>Output tokens per input token, for work such as translation.</summary>
    public double? OutputPerInputToken { get; init; }

    /// <summary>Lower bound with <see cref="OutputPerInputToken"/>. Default: 1.</summary>
    public int? MinOutput { get; init; }

    /// <summary>Upper bound with <see cref="OutputPerInputToken"/>. Default: the model's maximum.</summary>
    public int? MaxOutput { get; init; }

    /// <summary>Part of the input that is reported as read from the vendor's cache, 0 to 1. Default: 0.</summary>
    public double CachedShare { get; init; }

    /// <summary>Part of the input that is reported as written to the vendor's cache, 0 to 1; Anthropic and Bedrock only. Default: 0.</summary>
    public double CacheWriteShare { get; init; }

    /// <summary>Reasoning tokens on top of each answer, unless the caller turns reasoning off; with Anthropic, if they turn it on. Default: 0.</summary>
    public int Reasoning { get; init; }
}
