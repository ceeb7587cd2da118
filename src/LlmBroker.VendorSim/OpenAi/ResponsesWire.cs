using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.OpenAi;

internal sealed record Response(string Id, string Object, long CreatedAt, string Status)
{
    public long? CompletedAt { get; init; }

    public JsonElement? Error { get; init; }

    public IncompleteDetails? IncompleteDetails { get; init; }

    public string? Instructions { get; init; }

    public int? MaxOutputTokens { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<ResponseItem> Output { get; init; }

    public bool ParallelToolCalls { get; init; } = true;

    public string? PreviousResponseId { get; init; }

    public required ResponseReasoning Reasoning { get; init; }

    public string ServiceTier { get; init; } = "default";

    public bool Store { get; init; } = true;

    public double Temperature { get; init; } = 1;

    public required JsonElement Text { get; init; }

    public required JsonElement ToolChoice { get; init; }

    public required IReadOnlyList<ResponseTool> Tools { get; init; }

    public int TopLogprobs { get; init; }

    public double TopP { get; init; } = 1;

    public string Truncation { get; init; } = "disabled";

    public required ResponseUsage Usage { get; init; }

    /// <summary>Left out where the caller named none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    public required JsonElement Metadata { get; init; }
}

internal sealed record IncompleteDetails(string Reason);

internal sealed record ResponseReasoning(string? Effort, string? Summary);

internal sealed record ResponseTool(string Type, string Name, string? Description, JsonElement? Parameters, bool Strict);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ReasoningItem), "reasoning")]
[JsonDerivedType(typeof(MessageItem), "message")]
[JsonDerivedType(typeof(FunctionCallItem), "function_call")]
internal abstract record ResponseItem(string Id);

internal sealed record ReasoningItem(string Id, IReadOnlyList<JsonElement> Summary) : ResponseItem(Id);

internal sealed record MessageItem(string Id, string Status, string Role, IReadOnlyList<MessagePart> Content) : ResponseItem(Id);

internal sealed record FunctionCallItem(string Id, string Status, string CallId, string Name, string Arguments) : ResponseItem(Id);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(OutputTextPart), "output_text")]
[JsonDerivedType(typeof(RefusalPart), "refusal")]
internal abstract record MessagePart;

internal sealed record OutputTextPart(string Text, IReadOnlyList<string> Annotations, IReadOnlyList<ChatTokenLogprob> Logprobs) : MessagePart;

internal sealed record RefusalPart(string Refusal) : MessagePart;

internal sealed record ResponseUsage(
    int InputTokens, InputTokensDetails InputTokensDetails, int OutputTokens, OutputTokensDetails OutputTokensDetails, int TotalTokens);

internal sealed record InputTokensDetails(int CachedTokens, int CacheWriteTokens);

internal sealed record OutputTokensDetails(int ReasoningTokens);
