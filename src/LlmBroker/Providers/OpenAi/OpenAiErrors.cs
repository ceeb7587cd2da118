namespace LlmBroker.Providers.OpenAi;

/// <summary>The error table of OpenAI and of the servers that speak its protocol.</summary>
internal static class OpenAiErrors
{
    public static ProviderError Classify(int status, VendorErrorBody error) =>
        ByCode(error.Code) ?? ByCode(error.Type) ?? ByMessage(status, error) ?? VendorFailure.ByStatus(status);

    private static ProviderError? ByCode(string? code) => code switch
    {
        "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active" => ProviderError.QuotaExhausted,
        "context_length_exceeded" or "string_above_max_length" or "exceed_context_size_error" => ProviderError.ContextTooLong,
        // invalid_prompt: a reasoning model's own usage policy; ResponsibleAIPolicyViolation: Azure.
        "content_filter" or "content_policy_violation" or "moderation_blocked" or "invalid_prompt" or "ResponsibleAIPolicyViolation" =>
            ProviderError.ContentFiltered,
        "invalid_api_key" or "account_deactivated" or "model_not_found" or "DeploymentNotFound" or "unsupported_country_region_territory" =>
            ProviderError.KeyRefused,
        "slow_down" or "engine_overloaded" or "engine_overloaded_error" or "overloaded_error" => ProviderError.Overloaded,
        _ => null,
    };

    // Some refusals have no code of their own: embeddings over the limit, vLLM and its kin, a request above the account's whole allowance a minute.
    private static ProviderError? ByMessage(int status, VendorErrorBody error) => status switch
    {
        400 or 413 or 422 when Says(error, "maximum context length") || Says(error, "context window") || Says(error, "prompt is too long") =>
            ProviderError.ContextTooLong,
        // A model of the other kind: the request's fault, though the status is that of a key without rights or of a missing model.
        403 when Says(error, "not allowed to generate embeddings") => ProviderError.Unsupported,
        404 when Says(error, "not a chat model") => ProviderError.Unsupported,
        429 when error.Message?.StartsWith("Request too large", StringComparison.OrdinalIgnoreCase) == true => ProviderError.QuotaExhausted,
        _ => null,
    };

    private static bool Says(VendorErrorBody error, string words) => error.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
}
