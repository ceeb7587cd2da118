using System.Text.Json.Serialization;

namespace LlmBroker.Messaging;

/// <summary>On <c>llm.control</c>: abort this request if it runs here.</summary>
internal sealed record CancelRun(string Tenant, string RequestId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CancelRun))]
internal sealed partial class ControlJsonContext : JsonSerializerContext;
