namespace LlmBroker.Providers;

/// <summary>What each kind of failed call means for those above. The one table of it.</summary>
internal static class ProviderErrors
{
    /// <summary>Waiting may help.</summary>
    public static bool IsTransient(ProviderError error) => error is
        ProviderError.Unknown
        or ProviderError.RateLimited
        or ProviderError.QuotaExhausted
        or ProviderError.Overloaded
        or ProviderError.ServerError
        or ProviderError.Timeout
        or ProviderError.ConnectionFailed
        or ProviderError.ConnectionLost
        or ProviderError.MalformedAnswer;

    /// <summary>
    /// The vendor may have done the work and may charge for it, and nobody can know: the attempt is ambiguous and costs its estimate.
    /// </summary>
    public static bool MayHaveRun(ProviderError error) => error is
        ProviderError.Unknown
        or ProviderError.Timeout
        or ProviderError.ConnectionLost
        or ProviderError.MalformedAnswer
        or ProviderError.Aborted;
}
