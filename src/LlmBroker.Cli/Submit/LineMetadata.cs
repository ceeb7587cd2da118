using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Submit;

/// <summary>What each request carries and its reply brings back, so that a reply is understood before its line was read again.</summary>
internal sealed record LineMetadata([property: JsonPropertyName("custom_id")] string? CustomId)
{
    public static JsonElement Of(string customId) =>
        JsonSerializer.SerializeToElement(new LineMetadata(customId), SubmitJsonContext.Default.LineMetadata);

    /// <summary>The line that a reply answers; null when the reply says nothing of it.</summary>
    public static string? CustomIdIn(JsonElement? metadata) =>
        metadata is { ValueKind: JsonValueKind.Object } element
        && element.TryGetProperty("custom_id", out var id)
        && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;
}
