using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Bedrock;

internal sealed record ConverseAnswer(ConverseOutput Output, string StopReason, TokenUsage Usage, ConverseMetrics Metrics);

internal sealed record ConverseOutput(ConverseMessage Message);

internal sealed record ConverseMessage(string Role, IReadOnlyList<ConverseBlock> Content);

/// <summary>A union: one of its members is set.</summary>
internal sealed record ConverseBlock
{
    public string? Text { get; init; }

    public ToolUse? ToolUse { get; init; }

    public ReasoningContent? ReasoningContent { get; init; }
}

internal sealed record ToolUse(string ToolUseId, string Name, JsonElement Input);

internal sealed record ReasoningContent(ReasoningText ReasoningText);

internal sealed record ReasoningText(string Text, string Signature);

/// <param name="InputTokens">Without those read from the cache and written to it.</param>
/// <param name="TotalTokens">All of them.</param>
internal sealed record TokenUsage(int InputTokens, int OutputTokens, int TotalTokens, int CacheReadInputTokens, int CacheWriteInputTokens);

internal sealed record ConverseMetrics(long LatencyMs);

internal sealed record TitanEmbedding(JsonElement Embedding, int InputTextTokenCount, Dictionary<string, JsonElement> EmbeddingsByType);

internal sealed record CohereEmbeddings(string Id, IReadOnlyList<string> Texts, JsonElement Embeddings, string ResponseType);

internal sealed record ErrorBody(string Message);

[JsonSerializable(typeof(ConverseAnswer))]
[JsonSerializable(typeof(TitanEmbedding))]
[JsonSerializable(typeof(CohereEmbeddings))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(Dictionary<string, IReadOnlyList<JsonElement>>))]
[JsonSerializable(typeof(IReadOnlyList<JsonElement>))]
internal sealed partial class BedrockJson : JsonSerializerContext
{
    private static readonly JsonSerializerOptions Shared = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As the vendor writes: text in UTF-8, not in escapes, and members that are not set left out.</summary>
    public static BedrockJson Wire { get; } = new(new JsonSerializerOptions(Shared));

    /// <summary>What Cohere's own models answer.</summary>
    public static BedrockJson Cohere { get; } = new(new JsonSerializerOptions(Shared) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
}
