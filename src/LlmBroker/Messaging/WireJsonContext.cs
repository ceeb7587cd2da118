using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Messaging;

/// <summary>Every message on the wire. Unknown members are ignored, since contracts grow.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmitInference))]
[JsonSerializable(typeof(RunInference))]
[JsonSerializable(typeof(InferenceCompleted))]
[JsonSerializable(typeof(InferenceFailed))]
[JsonSerializable(typeof(CancelInference))]
[JsonSerializable(typeof(SubmitFeedback))]
internal sealed partial class WireJsonContext : JsonSerializerContext;
