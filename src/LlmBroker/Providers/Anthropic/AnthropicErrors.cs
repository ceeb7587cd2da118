namespace LlmBroker.Providers.Anthropic;

/// <summary>Anthropic's error table: https://docs.claude.com/en/api/errors.</summary>
internal static class AnthropicErrors
{
    public static ProviderError Classify(int status, VendorErrorBody error) => error.Type switch
    {
        // A spend limit looks like a rate limit and lasts until the end of the month.
        "rate_limit_error" when error.Code == "enforced_spend_limit_reached" => ProviderError.QuotaExhausted,
        "rate_limit_error" => ProviderError.RateLimited,
        "overloaded_error" => ProviderError.Overloaded,
        "timeout_error" => ProviderError.Timeout,
        "billing_error" => ProviderError.QuotaExhausted,
        "authentication_error" or "permission_error" or "not_found_error" => ProviderError.KeyRefused,
        "request_too_large" => ProviderError.BadRequest,
        "invalid_request_error" => ByMessage(error) ?? VendorFailure.ByStatus(status),
        _ => VendorFailure.ByStatus(status),
    };

    // One type for all that is wrong with a request, and for some of what is wrong with the account: only the words tell.
    private static ProviderError? ByMessage(VendorErrorBody error)
    {
        bool Says(string words) => error.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;

        if (Says("prompt is too long") || Says("exceed context limit") || Says("context window"))
            return ProviderError.ContextTooLong;
        if (Says("credit balance is too low") || Says("API usage limits"))
            return ProviderError.QuotaExhausted;
        if (Says("content filtering policy"))
            return ProviderError.ContentFiltered;
        return null;
    }
}
