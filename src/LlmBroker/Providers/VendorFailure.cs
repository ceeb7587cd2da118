namespace LlmBroker.Providers;

/// <summary>Turns an answer that is no success into a result.</summary>
internal static class VendorFailure
{
    /// <summary>A <c>\ud800</c> without its other half: JSON allows it, and reading it as a string throws <see cref="InvalidOperationException"/>.</summary>
    public static ProviderResult NotUnicode { get; } = new()
    {
        Error = ProviderError.BadRequest,
        ErrorMessage = "body holds a string that is no Unicode text: half of a surrogate pair.",
    };

    /// <param name="answer">Not a success.</param>
    /// <param name="classify">The vendor's table: HTTP status and error body to the kind of failure.</param>
    /// <param name="settings">Whose key must not show.</param>
    /// <param name="now">For a <c>Retry-After</c> that is a date.</param>
    /// <param name="errorTypeHeader">Where the vendor names the kind of error, when it is not in the body.</param>
    public static ProviderResult From(
        VendorAnswer answer,
        Func<int, VendorErrorBody, ProviderError> classify,
        ProviderSettings settings,
        DateTimeOffset now,
        string? errorTypeHeader = null)
    {
        var requestId = answer.RequestId;
        if (answer.TransportError is not null)
            return new ProviderResult
            {
                Error = answer.TransportError,
                ErrorMessage = answer.TransportMessage,
                HttpStatus = (int?)answer.Status,
                VendorRequestId = requestId,
            };

        var status = (int)answer.Status!;
        if (status is >= 300 and < 400)
            return new ProviderResult
            {
                Error = ProviderError.KeyRefused,
                ErrorMessage = $"HTTP {status}: the vendor redirects elsewhere. Set baseUrl of provider account '{settings.Account}' to the final address.",
                HttpStatus = status,
                VendorRequestId = requestId,
            };

        var error = VendorErrorBody.Parse(answer.Body);
        if (errorTypeHeader is not null && answer.Header(errorTypeHeader) is { } type)
            // AWS hangs an address to the name: ThrottlingException:http://…
            error = error with { Type = type.Split(':')[0] };
        return new ProviderResult
        {
            Error = classify(status, error),
            ErrorMessage = VendorMessage.From(status, error, settings.ApiKey),
            RetryAfter = RetryAfter.Read(answer, error.RetryAfter, now),
            Quota = VendorQuota.Read(answer, now),
            HttpStatus = status,
            VendorRequestId = requestId ?? error.RequestId,
        };
    }

    /// <summary>A success that cannot be read.</summary>
    public static ProviderResult Malformed(VendorAnswer answer, string what) => new()
    {
        Error = ProviderError.MalformedAnswer,
        ErrorMessage = $"HTTP {(int)answer.Status!}: {what}",
        HttpStatus = (int)answer.Status!,
        VendorRequestId = answer.RequestId,
    };

    /// <summary>What a status means when the vendor's words do not say it better; the same for all.</summary>
    public static ProviderError ByStatus(int status) => status switch
    {
        401 or 403 or 407 => ProviderError.KeyRefused,
        // 404 and 410: the model or the address is not there. 405: the address is something else. An operator must act on each.
        404 or 405 or 410 => ProviderError.KeyRefused,
        402 => ProviderError.QuotaExhausted,
        // 504 and 524 come from a gateway that stopped waiting: unlike with another 5xx, the model may have worked and may be charged.
        408 or 504 or 524 => ProviderError.Timeout,
        // 409 and 425 are the vendor's passing troubles with itself (a lock, a replay guard); its own SDKs repeat the call.
        409 or 425 => ProviderError.ServerError,
        429 => ProviderError.RateLimited,
        503 or 529 => ProviderError.Overloaded,
        >= 400 and < 500 => ProviderError.BadRequest,
        _ => ProviderError.ServerError,
    };
}
