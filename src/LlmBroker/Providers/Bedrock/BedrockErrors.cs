namespace LlmBroker.Providers.Bedrock;

/// <summary>The error table of Bedrock's runtime, and of AWS's front door before it.</summary>
internal static class BedrockErrors
{
    public static ProviderError Classify(int status, VendorErrorBody error) => error.Type switch
    {
        "ThrottlingException" when Says(error, "tokens per day") => ProviderError.QuotaExhausted,
        "ThrottlingException" or "TooManyRequestsException" => ProviderError.RateLimited,
        "ServiceQuotaExceededException" => ProviderError.QuotaExhausted,
        "ModelNotReadyException" or "ServiceUnavailableException" => ProviderError.Overloaded,
        "InternalServerException" or "InternalFailure" => ProviderError.ServerError,
        // The model ran and failed, or ran out of its time: the vendor may charge.
        "ModelTimeoutException" => ProviderError.Timeout,
        "ModelErrorException" => ProviderError.ServerError,
        "AccessDeniedException" or "UnrecognizedClientException" or "ExpiredTokenException" or "InvalidSignatureException" or "IncompleteSignatureException"
            or "MissingAuthenticationTokenException" or "ResourceNotFoundException" => ProviderError.KeyRefused,
        "ValidationException" => ByMessage(error),
        _ => VendorFailure.ByStatus(status),
    };

    // One type for all that is wrong with a request, and for a model that is not to be had here: only the words tell.
    private static ProviderError ByMessage(VendorErrorBody error)
    {
        if (Says(error, "too long") || Says(error, "too many input tokens") || Says(error, "maximum context") || Says(error, "context window")
            || Says(error, "context limit") || Says(error, "exceeds the maximum number of tokens"))
            return ProviderError.ContextTooLong;
        if (Says(error, "model identifier is invalid") || Says(error, "on-demand throughput isn") || Says(error, "inference profile"))
            return ProviderError.KeyRefused;
        if (Says(error, "content filter") || Says(error, "blocked by"))
            return ProviderError.ContentFiltered;
        return ProviderError.BadRequest;
    }

    private static bool Says(VendorErrorBody error, string words) => error.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
}
