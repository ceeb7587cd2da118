using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>Price of a whole call whose prompt is long, in USD per million tokens of each class.</summary>
public sealed record LongContextPriceOptions
{
    /// <summary>A prompt of more tokens than this, those of the cache included, is long.</summary>
    [JsonRequired]
    public int AbovePromptTokens { get; init; }

    /// <summary>Prompt tokens at the full price.</summary>
    [JsonRequired]
    public decimal Input { get; init; }

    /// <summary>Generated tokens, reasoning included.</summary>
    [JsonRequired]
    public decimal Output { get; init; }

    /// <summary>Prompt tokens read from the vendor's cache. Default: the price of <see cref="Input"/>.</summary>
    public decimal? CacheRead { get; init; }

    /// <summary>Prompt tokens written to the vendor's cache. Default: the price of <see cref="Input"/>.</summary>
    public decimal? CacheWrite { get; init; }
}
