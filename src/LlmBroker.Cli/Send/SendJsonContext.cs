using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Send;

/// <summary>What <c>send</c> prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SendResult))]
internal sealed partial class SendJsonContext : JsonSerializerContext;
