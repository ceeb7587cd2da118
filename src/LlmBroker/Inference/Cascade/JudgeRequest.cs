using System.Text.Json.Serialization;

namespace LlmBroker.Inference.Cascade;

/// <summary>The chat request to a judge.</summary>
internal sealed record JudgeRequest(IReadOnlyList<JudgeMessage> Messages, int MaxTokens, double Temperature);

/// <summary>A message of it.</summary>
internal sealed record JudgeMessage(string Role, string Content);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JudgeRequest))]
internal sealed partial class JudgeJson : JsonSerializerContext;
