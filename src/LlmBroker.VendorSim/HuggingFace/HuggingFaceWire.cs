using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.HuggingFace;

internal sealed record TextError(string Error)
{
    /// <summary>Seconds; of a model that is being loaded.</summary>
    public double? EstimatedTime { get; init; }
}

internal sealed record ObjectError(ErrorBody Error);

internal sealed record ErrorBody(string Message, string Type, string? Param, string? Code);

internal sealed record TranslatedText(string TranslationText);

internal sealed record SummarizedText(string SummaryText);

internal sealed record LabelScore(string Label, double Score);

/// <param name="Word">The name as it stands in the text.</param>
/// <param name="End">Behind its last character.</param>
internal sealed record Entity(string Word, double Score, int Start, int End)
{
    /// <summary>Null where tokens are not put together.</summary>
    public string? EntityGroup { get; init; }

    [JsonPropertyName("entity")]
    public string? Label { get; init; }
}

internal sealed record ExtractedAnswer(string Answer, double Score, int Start, int End);

[JsonSerializable(typeof(TextError))]
[JsonSerializable(typeof(ObjectError))]
[JsonSerializable(typeof(IReadOnlyList<TranslatedText>))]
[JsonSerializable(typeof(IReadOnlyList<SummarizedText>))]
[JsonSerializable(typeof(IReadOnlyList<LabelScore>))]
[JsonSerializable(typeof(IReadOnlyList<IReadOnlyList<LabelScore>>))]
[JsonSerializable(typeof(IReadOnlyList<Entity>))]
[JsonSerializable(typeof(ExtractedAnswer))]
[JsonSerializable(typeof(IReadOnlyList<ExtractedAnswer>))]
[JsonSerializable(typeof(IReadOnlyList<JsonElement>))]
internal sealed partial class HuggingFaceJson : JsonSerializerContext
{
    /// <summary>As the vendor writes: text in UTF-8, not in escapes, and members that are not set left out.</summary>
    public static HuggingFaceJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
