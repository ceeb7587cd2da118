using LlmBroker.Contracts;

namespace LlmBroker.Models;

/// <summary>What a model costs while one price list is in force.</summary>
/// <param name="Standard">The price of a call.</param>
internal sealed record ListPrice(Price Standard)
{
    /// <summary>An estimate of a prompt's length may be this much below what the vendor counts.</summary>
    private const decimal EstimateMargin = 1.25m;

    /// <summary>Prompts of more tokens than this, those of the cache included, are charged at <see cref="LongContext"/>; null: no prompt is.</summary>
    public long? LongContextAbove { get; init; }

    /// <summary>The price of the whole call when its prompt is long; null: <see cref="Standard"/>.</summary>
    public Price? LongContext { get; init; }

    /// <summary>Factor on all prices in the vendor's batch interface; 1: it gives no discount.</summary>
    public decimal BatchFactor { get; init; } = 1;

    /// <summary>The price that a call is charged at.</summary>
    public Price Of(TokenUsage usage) => Of(usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens);

    /// <summary>The price of a call with a prompt of so many tokens.</summary>
    public Price Of(long promptTokens) => promptTokens > LongContextAbove ? LongContext ?? Standard : Standard;

    /// <summary>Exact cost of a call in USD.</summary>
    public decimal CostOf(TokenUsage usage) => Of(usage).CostOf(usage);

    /// <summary>Upper estimate before a call. A prompt that may turn out to be long is priced as long.</summary>
    public decimal Estimate(long promptTokens, long maxOutputTokens) =>
        Of((long)(promptTokens * EstimateMargin)).Estimate(promptTokens, maxOutputTokens);
}
