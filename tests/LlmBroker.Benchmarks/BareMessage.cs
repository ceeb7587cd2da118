using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Benchmarks;

/// <summary>What goes through (b): the same members that ours sends on.</summary>
internal sealed record BareMessage
{
    public required string RequestId { get; init; }
    public string? Model { get; init; }
    public string? ReplyTo { get; init; }
    public string? CorrelationId { get; init; }
    public DateTimeOffset AcceptedAt { get; init; }
    public JsonElement Body { get; init; }
}

internal sealed record BareReply(string RequestId, JsonElement Body, decimal CostUsd);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BareMessage))]
[JsonSerializable(typeof(BareReply))]
internal sealed partial class BareJson : JsonSerializerContext;
