using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && DurationText.TryParse(reader.GetString()!, out var duration))
            return duration;
        throw new JsonException("Not a duration.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(DurationText.Format(value));
}
