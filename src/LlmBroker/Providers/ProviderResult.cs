using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Providers;

/// <summary>What came of one vendor call: an answer (<see cref="Error"/> is null) or a classified failure.</summary>
public sealed record ProviderResult
{
    /// <summary>The answer as an OpenAI response object; <c>default</c> when the call failed.</summary>
    public JsonElement Body { get; init; }

    /// <summary>The first choice's finish reason in OpenAI's words.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Tokens as the vendor reported them, also with a failure that was charged; null when it reported none.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>Why the call failed; null when it succeeded.</summary>
    public ProviderError? Error { get; init; }

    /// <summary>The vendor's words for the failure, at most 500 characters, without secrets and without prompt text.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>How long the vendor asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What is left of the allowance, also with a refusal; null when the vendor does not say.</summary>
    public VendorQuota? Quota { get; init; }

    /// <summary>HTTP status, when an answer came.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Which of several keys of the account was used, by its place (<c>#1</c> first), never the key; null when there is one.</summary>
    public string? KeyName { get; init; }

    /// <summary>The failure is that of the key, and another key of the account is ready to be tried at once.</summary>
    public bool OtherKeyReady { get; init; }

    /// <summary>The vendor's id for the call.</summary>
    public string? VendorRequestId { get; init; }
}
