using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.OpenAi;

internal sealed record ChatCompletion(
    string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage Usage, string ServiceTier, string SystemFingerprint)
{
    /// <summary>Azure's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PromptFilterResult>? PromptFilterResults { get; init; }
}

internal sealed record ChatChoice(int Index, ChatMessage Message, ChatLogprobs? Logprobs, string FinishReason)
{
    /// <summary>Azure's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, FilterVerdict>? ContentFilterResults { get; init; }
}

internal sealed record PromptFilterResult(int PromptIndex, Dictionary<string, FilterVerdict> ContentFilterResults);

internal sealed record FilterVerdict(bool Filtered)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Severity { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Detected { get; init; }
}

internal sealed record ChatMessage(string Role, string? Content, string? Refusal, IReadOnlyList<string> Annotations)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }
}

internal sealed record ChatToolCall(string Id, string Type, ChatFunction Function);

internal sealed record ChatFunction(string Name, string Arguments);

internal sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob>? Content, IReadOnlyList<ChatTokenLogprob>? Refusal);

internal sealed record ChatTokenLogprob(string Token, double Logprob, IReadOnlyList<int>? Bytes)
{
    /// <summary>Null within this list itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatTokenLogprob>? TopLogprobs { get; init; }
}

internal sealed record ChatUsage(
    int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails, CompletionTokensDetails CompletionTokensDetails);

internal sealed record PromptTokensDetails(int CachedTokens, int AudioTokens);

internal sealed record CompletionTokensDetails(int ReasoningTokens, int AudioTokens, int AcceptedPredictionTokens, int RejectedPredictionTokens);

internal sealed record EmbeddingList(string Object, IReadOnlyList<EmbeddingItem> Data, string Model, EmbeddingUsage Usage);

/// <param name="Embedding">An array of numbers, or a base64 string of little-endian floats.</param>
internal sealed record EmbeddingItem(string Object, int Index, JsonElement Embedding);

internal sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);

internal sealed record ModelList(string Object, IReadOnlyList<ModelItem> Data);

internal sealed record ModelItem(string Id, string Object, long Created, string OwnedBy);

internal sealed record ErrorResponse(ErrorBody Error);

internal sealed record ErrorBody(string Message, string? Type, string? Param, string? Code);

[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(EmbeddingList))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(Response))]
internal sealed partial class OpenAiJson : JsonSerializerContext
{
    /// <summary>As the vendor writes: text in UTF-8, not in escapes.</summary>
    public static OpenAiJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
