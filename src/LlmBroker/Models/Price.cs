using LlmBroker.Contracts;

namespace LlmBroker.Models;

/// <summary>Price of a model on a day, in USD per million tokens of each class.</summary>
internal sealed record Price(decimal Input, decimal Output, decimal CacheRead, decimal CacheWrite)
{
    private const decimal Million = 1_000_000m;

    /// <summary>Cached tokens without a price of their own cost what the others do.</summary>
    public static Price Of(decimal input, decimal output, decimal? cacheRead, decimal? cacheWrite) => new(input, output, cacheRead ?? input, cacheWrite ?? input);

    /// <summary>Exact cost of a call in USD.</summary>
    public decimal CostOf(TokenUsage usage) =>
        (usage.InputTokens * Input
            + usage.CacheReadTokens * CacheRead
            + usage.CacheWriteTokens * CacheWrite
            + usage.OutputTokens * Output) / Million;

    /// <summary>Upper estimate before a call: every prompt token at the full or the cache-write price, every answer token that is allowed.</summary>
    public decimal Estimate(long promptTokens, long maxOutputTokens) =>
        (promptTokens * Math.Max(Input, CacheWrite) + maxOutputTokens * Output) / Million;
}
