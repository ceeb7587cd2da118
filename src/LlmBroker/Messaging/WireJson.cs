using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Messaging;

/// <summary>How the contracts look on the wire: camelCase, compact, no nulls, Chinese readable. The one place that says so.</summary>
[JsonSerializable(typeof(SubmitInference))]
[JsonSerializable(typeof(RunInference))]
[JsonSerializable(typeof(InferenceCompleted))]
[JsonSerializable(typeof(InferenceFailed))]
[JsonSerializable(typeof(CancelInference))]
internal sealed partial class WireJsonContext : JsonSerializerContext
{
    /// <summary>The context to write and read messages with.</summary>
    public static WireJsonContext Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Stock MassTransit producers write decimals as strings.
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
