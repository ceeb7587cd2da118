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

    /// <summary>
    /// The account has no money or quota left: OpenAI and Azure 429 <c>insufficient_quota</c>, Anthropic 400 about the credit balance, Bedrock 400
    /// <c>ServiceQuotaExceededException</c>, Google 429 about the quota of the day, Hugging Face 402.
    /// </summary>
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

    /// <summary>
    /// The prompt is refused: OpenAI 400 <c>invalid_prompt</c>, Azure 400 <c>content_filter</c>, Google 200 with <c>blockReason</c> and without
    /// candidates, Anthropic 200 with <c>stop_reason: refusal</c>, Bedrock 200 with <c>guardrail_intervened</c>. Not for Hugging Face.
    /// </summary>
    [JsonStringEnumMemberName("content-filter")]
    ContentFilter,

    /// <summary>
    /// The answer is filtered, in a 200: <c>finish_reason: content_filter</c>, Google <c>SAFETY</c>, Bedrock <c>content_filtered</c>. Not for
    /// Anthropic and Hugging Face.
    /// </summary>
    [JsonStringEnumMemberName("content-filter-finish")]
    ContentFilterFinish,

    /// <summary>200 in which the model declines: <c>message.refusal</c>, in a response an item of type <c>refusal</c>; OpenAI and Azure only.</summary>
    [JsonStringEnumMemberName("refusal")]
    Refusal,

    /// <summary>200 with <c>finishReason: RECITATION</c>; Google only.</summary>
    [JsonStringEnumMemberName("recitation")]
    Recitation,

    /// <summary>The vendor's 400 for an input over the context window, whatever its size.</summary>
    [JsonStringEnumMemberName("context-too-long")]
    ContextTooLong,

    /// <summary>The vendor's answer to a wrong key, whatever the key: 401; Bedrock 403, Google 400.</summary>
    [JsonStringEnumMemberName("key-refused")]
    KeyRefused,

    /// <summary>The vendor's 403 for a key that may not do this.</summary>
    [JsonStringEnumMemberName("access-denied")]
    AccessDenied,

    /// <summary>The model took too long: Bedrock 408 <c>ModelTimeoutException</c>, Google 504 <c>DEADLINE_EXCEEDED</c>; those only.</summary>
    [JsonStringEnumMemberName("model-timeout")]
    ModelTimeout,

    /// <summary>424 <c>ModelErrorException</c>; Bedrock only.</summary>
    [JsonStringEnumMemberName("model-error")]
    ModelError,

    /// <summary>The model is being loaded: Bedrock 429 <c>ModelNotReadyException</c>, Hugging Face 503 with <c>estimated_time</c>; those only.</summary>
    [JsonStringEnumMemberName("model-not-ready")]
    ModelNotReady,

    /// <summary>No answer until the client goes away.</summary>
    [JsonStringEnumMemberName("hang")]
    Hang,

    /// <summary>A 200 whose text has a number that the prompt has not, in a translation in place of the one to keep.</summary>
    [JsonStringEnumMemberName("wrong-number")]
    WrongNumber,

    /// <summary>A 200 whose text is in a language that nobody asked for.</summary>
    [JsonStringEnumMemberName("wrong-language")]
    WrongLanguage,

    /// <summary>A 200 in which the model declines in the prompt's language, like any other text.</summary>
    [JsonStringEnumMemberName("declined")]
    Declined,

    /// <summary>A 200 with half the answer, ended by the vendor's word for the limit.</summary>
    [JsonStringEnumMemberName("cut-short")]
    CutShort,

    /// <summary>A 200 that gives a low score where a prompt asks for one as JSON; other prompts are answered as ever.</summary>
    [JsonStringEnumMemberName("low-score")]
    LowScore,
}
