using LlmBroker.Providers.OpenAi;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>The error table of Hugging Face: the router speaks like OpenAI, the task endpoints in sentences.</summary>
internal static class HuggingFaceErrors
{
    public static ProviderError Classify(int status, VendorErrorBody error) => status switch
    {
        // While it is being loaded; the body says how long that takes.
        503 => ProviderError.Overloaded,
        429 when Says(error, "credits") || Says(error, "quota") => ProviderError.QuotaExhausted,
        402 => ProviderError.QuotaExhausted,
        400 or 413 or 422 when Says(error, "too long") || Says(error, "maximum sequence length") || Says(error, "must have less than") || Says(error, "size of tensor")
            || Says(error, "index out of range") =>
            ProviderError.ContextTooLong,
        400 when Says(error, "model_not_supported") || Says(error, "not supported by any provider") || Says(error, "does not exist") => ProviderError.KeyRefused,
        _ => OpenAiErrors.Classify(status, error),
    };

    private static bool Says(VendorErrorBody error, string words) =>
        error.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true || error.Code == words;
}
