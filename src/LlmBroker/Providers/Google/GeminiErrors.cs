namespace LlmBroker.Providers.Google;

/// <summary>Google's error table: its status words, the reasons in the details, and words where those do not tell.</summary>
internal static class GeminiErrors
{
    public static ProviderError Classify(int status, VendorErrorBody error) => (error.Type, error.Code) switch
    {
        (_, "API_KEY_INVALID" or "API_KEY_SERVICE_BLOCKED" or "SERVICE_DISABLED" or "CONSUMER_INVALID" or "BILLING_DISABLED") => ProviderError.KeyRefused,
        ("INVALID_ARGUMENT", _) => Says(error, "token count") || Says(error, "maximum number of tokens") || Says(error, "context")
            ? ProviderError.ContextTooLong
            : ProviderError.BadRequest,
        // A country or an account without billing.
        ("FAILED_PRECONDITION", _) => ProviderError.KeyRefused,
        ("OUT_OF_RANGE", _) => ProviderError.BadRequest,
        ("UNAUTHENTICATED" or "PERMISSION_DENIED" or "NOT_FOUND", _) => ProviderError.KeyRefused,
        ("RESOURCE_EXHAUSTED", { } quota) when quota.Contains("PerDay", StringComparison.OrdinalIgnoreCase) => ProviderError.QuotaExhausted,
        ("RESOURCE_EXHAUSTED", _) => Says(error, "credits") || Says(error, "spending cap") ? ProviderError.QuotaExhausted : ProviderError.RateLimited,
        ("UNAVAILABLE", _) => ProviderError.Overloaded,
        ("DEADLINE_EXCEEDED", _) => ProviderError.Timeout,
        ("INTERNAL" or "ABORTED" or "CANCELLED" or "UNKNOWN", _) => ProviderError.ServerError,
        _ => VendorFailure.ByStatus(status),
    };

    private static bool Says(VendorErrorBody error, string words) => error.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
}
