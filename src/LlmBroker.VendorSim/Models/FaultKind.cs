using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>What goes wrong with a call. Names in the models file are in kebab case.</summary>
public enum FaultKind
{
    /// <summary>Not set; refused by validation.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown = 0,

    /// <summary>429; with <c>Retry-After</c> when <see cref="SimulatedFault.RetryAfterSeconds"/> is set.</summary>
    [JsonStringEnumMemberName("rate-limited")]
    RateLimited,

    /// <summary>The account has no money left: OpenAI 429 <c>insufficient_quota</c>, Anthropic 400 about the credit balance.</summary>
    [JsonStringEnumMemberName("quota-exhausted")]
    QuotaExhausted,

    /// <summary>500.</summary>
    [JsonStringEnumMemberName("server-error")]
    ServerError,

    /// <summary>503.</summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable,

    /// <summary>529 <c>overloaded_error</c>; Anthropic only.</summary>
    [JsonStringEnumMemberName("overloaded")]
    Overloaded,

    /// <summary>The call takes <see cref="SimulatedFault.ExtraMs"/> longer; adds to whatever else happens to it.</summary>
    [JsonStringEnumMemberName("slow")]
    Slow,

    /// <summary>The connection is reset before any byte of the answer.</summary>
    [JsonStringEnumMemberName("reset")]
    Reset,

    /// <summary>The connection is reset after the headers of a 200.</summary>
    [JsonStringEnumMemberName("reset-after-headers")]
    ResetAfterHeaders,

    /// <summary>A 200 whose connection closes half-way through the promised body.</summary>
    [JsonStringEnumMemberName("cut-body")]
    CutBody,

    /// <summary>A complete 200 whose body is not JSON.</summary>
    [JsonStringEnumMemberName("malformed-json")]
    MalformedJson,

    /// <summary>OpenAI: 400 <c>content_filter</c> as Azure sends it. Anthropic: 200 with <c>stop_reason: refusal</c>.</summary>
    [JsonStringEnumMemberName("content-filter")]
    ContentFilter,

    /// <summary>200 with <c>finish_reason: content_filter</c>; OpenAI only.</summary>
    [JsonStringEnumMemberName("content-filter-finish")]
    ContentFilterFinish,

    /// <summary>The vendor's 400 for an input over the context window, whatever its size.</summary>
    [JsonStringEnumMemberName("context-too-long")]
    ContextTooLong,

    /// <summary>The vendor's 401, whatever the key.</summary>
    [JsonStringEnumMemberName("key-refused")]
    KeyRefused,

    /// <summary>No answer until the client goes away.</summary>
    [JsonStringEnumMemberName("hang")]
    Hang,
}
