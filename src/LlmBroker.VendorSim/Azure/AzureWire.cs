using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.Azure;

internal sealed record AzureErrorResponse(AzureErrorBody Error);

internal sealed record AzureErrorBody(string? Code, string Message)
{
    /// <summary>Only where the model's server refuses, not the gateway before it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Param { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Status { get; init; }

    [JsonPropertyName("innererror")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InnerError? InnerError { get; init; }
}

internal sealed record InnerError(string Code, Dictionary<string, FilterVerdict> ContentFilterResult);

[JsonSerializable(typeof(AzureErrorResponse))]
internal sealed partial class AzureJson : JsonSerializerContext
{
    /// <summary>As the vendor writes: text in UTF-8, not in escapes.</summary>
    public static AzureJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
