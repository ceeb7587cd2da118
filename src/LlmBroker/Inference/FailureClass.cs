using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>Failures as the conditions of a fallback name them.</summary>
internal static class FailureClass
{
    public const string Outage = "outage";
    public const string RateLimited = "rateLimited";
    public const string QuotaExhausted = "quotaExhausted";
    public const string ContextTooLong = "contextTooLong";
    public const string ContentFiltered = "contentFiltered";
    public const string Unsupported = "unsupported";
    public const string Refused = "refused";
    public const string KeyRefused = "keyRefused";

    public static readonly string[] All =
        [Outage, RateLimited, QuotaExhausted, ContextTooLong, ContentFiltered, Unsupported, Refused, KeyRefused];

    /// <summary>What sends a request to a fallback that names no conditions.</summary>
    public static readonly string[] Default = [Outage, RateLimited, QuotaExhausted];

    public static string Of(ProviderError? error) => error switch
    {
        ProviderError.RateLimited => RateLimited,
        ProviderError.QuotaExhausted => QuotaExhausted,
        ProviderError.ContextTooLong => ContextTooLong,
        ProviderError.ContentFiltered => ContentFiltered,
        ProviderError.Unsupported => Unsupported,
        ProviderError.BadRequest => Refused,
        ProviderError.KeyRefused => KeyRefused,
        _ => Outage,
    };
}
