using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Anthropic;

internal sealed record Message(
    string Id, string Type, string Role, string Model, IReadOnlyList<ContentBlock> Content, string StopReason, string? StopSequence, MessageUsage Usage)
{
    /// <summary>Null unless the model refused.</summary>
    public StopDetails? StopDetails { get; init; }
}

internal sealed record StopDetails(string Type, string? Category, string? Explanation);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TextBlock), "text")]
[JsonDerivedType(typeof(ThinkingBlock), "thinking")]
[JsonDerivedType(typeof(ToolUseBlock), "tool_use")]
internal abstract record ContentBlock;

internal sealed record TextBlock(string Text) : ContentBlock;

internal sealed record ThinkingBlock(string Thinking, string Signature) : ContentBlock;

internal sealed record ToolUseBlock(string Id, string Name, JsonElement Input) : ContentBlock;

/// <param name="InputTokens">Without those read from the cache and written to it.</param>
internal sealed record MessageUsage(
    int InputTokens,
    int CacheCreationInputTokens,
    int CacheReadInputTokens,
    CacheCreation CacheCreation,
    int OutputTokens,
    OutputTokensDetails OutputTokensDetails,
    string ServiceTier);

internal sealed record CacheCreation(
    [property: JsonPropertyName("ephemeral_5m_input_tokens")] int FiveMinutes, [property: JsonPropertyName("ephemeral_1h_input_tokens")] int OneHour);

internal sealed record OutputTokensDetails(int ThinkingTokens);

internal sealed record ErrorResponse(string Type, ErrorBody Error, string RequestId);

internal sealed record ErrorBody(string Type, string Message);

[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class AnthropicJson : JsonSerializerContext
{
    /// <summary>As the vendor writes: text in UTF-8, not in escapes.</summary>
    public static AnthropicJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
