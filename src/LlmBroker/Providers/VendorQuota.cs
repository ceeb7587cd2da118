using System.Globalization;

namespace LlmBroker.Providers;

/// <summary>What the vendor says is left of the account's allowance for this model; null where it does not say.</summary>
public sealed record VendorQuota
{
    /// <summary>Requests that are allowed in the vendor's window, mostly a minute.</summary>
    public long? RequestLimit { get; init; }

    /// <summary>Requests that are left now.</summary>
    public long? RequestsRemaining { get; init; }

    /// <summary>Time until all requests are there again.</summary>
    public TimeSpan? RequestsResetAfter { get; init; }

    /// <summary>Tokens that are allowed in the vendor's window.</summary>
    public long? TokenLimit { get; init; }

    /// <summary>Tokens that are left now.</summary>
    public long? TokensRemaining { get; init; }

    /// <summary>Time until all tokens are there again.</summary>
    public TimeSpan? TokensResetAfter { get; init; }

    /// <summary>Reads the headers of OpenAI and its kin, of Anthropic, or of Hugging Face. Null when there are none: Bedrock and Google send none.</summary>
    internal static VendorQuota? Read(VendorAnswer answer, DateTimeOffset now)
    {
        const string OpenAi = "x-ratelimit-", Anthropic = "anthropic-ratelimit-";
        if (Has(answer, $"{OpenAi}remaining-requests") || Has(answer, $"{OpenAi}remaining-tokens"))
            return new VendorQuota
            {
                RequestLimit = Count(answer, $"{OpenAi}limit-requests"),
                RequestsRemaining = Count(answer, $"{OpenAi}remaining-requests"),
                RequestsResetAfter = RetryAfter.Duration(answer.Header($"{OpenAi}reset-requests")),
                TokenLimit = Count(answer, $"{OpenAi}limit-tokens"),
                TokensRemaining = Count(answer, $"{OpenAi}remaining-tokens"),
                TokensResetAfter = RetryAfter.Duration(answer.Header($"{OpenAi}reset-tokens")),
            };

        if (Has(answer, $"{Anthropic}requests-remaining") || Has(answer, $"{Anthropic}tokens-remaining"))
            return new VendorQuota
            {
                RequestLimit = Count(answer, $"{Anthropic}requests-limit"),
                RequestsRemaining = Count(answer, $"{Anthropic}requests-remaining"),
                RequestsResetAfter = Until(answer, $"{Anthropic}requests-reset", now),
                TokenLimit = Count(answer, $"{Anthropic}tokens-limit"),
                TokensRemaining = Count(answer, $"{Anthropic}tokens-remaining"),
                TokensResetAfter = Until(answer, $"{Anthropic}tokens-reset", now),
            };
        return ReadHuggingFace(answer);
    }

    /// <summary><c>RateLimit: "api";r=499;t=60</c>: what is left, and the seconds until the window ends.</summary>
    private static VendorQuota? ReadHuggingFace(VendorAnswer answer)
    {
        if (answer.Header("RateLimit") is not { } left || Parameter(left, "r") is not { } remaining)
            return null;
        return new VendorQuota
        {
            RequestLimit = Parameter(answer.Header("RateLimit-Policy"), "q"),
            RequestsRemaining = remaining,
            RequestsResetAfter = Parameter(left, "t") is { } seconds and < 1_000_000 ? TimeSpan.FromSeconds(seconds) : null,
        };
    }

    private static long? Parameter(string? header, string name)
    {
        foreach (var part in (header ?? "").Split(';', StringSplitOptions.TrimEntries))
            if (part.StartsWith($"{name}=", StringComparison.Ordinal)
                && long.TryParse(part.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return count;
        return null;
    }

    private static bool Has(VendorAnswer answer, string header) => answer.Header(header) is not null;

    private static long? Count(VendorAnswer answer, string header) =>
        long.TryParse(answer.Header(header), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static TimeSpan? Until(VendorAnswer answer, string header, DateTimeOffset now) =>
        DateTimeOffset.TryParse(answer.Header(header), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? TimeSpan.FromTicks(Math.Max(0, (at - now).Ticks))
            : null;
}
