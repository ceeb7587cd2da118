using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmBroker.DeadLetters;

/// <summary>JSON merge patch, https://www.rfc-editor.org/rfc/rfc7396. What the patch does not name keeps its bytes, numbers included.</summary>
internal static class MergePatch
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonElement Apply(JsonElement target, JsonElement patch)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, WriterOptions))
            Write(writer, target, patch);
        var reader = new Utf8JsonReader(output.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        // A target that is no object counts as an empty one; so the nulls of the patch go, as nothing is there to remove.
        var known = target.ValueKind == JsonValueKind.Object ? target.EnumerateObject().ToArray() : [];
        writer.WriteStartObject();
        foreach (var member in known)
        {
            if (!patch.TryGetProperty(member.Name, out var change))
                member.WriteTo(writer);
            else if (change.ValueKind != JsonValueKind.Null)
                WriteMember(writer, member.Name, member.Value, change);
        }

        foreach (var change in patch.EnumerateObject())
        {
            if (change.Value.ValueKind != JsonValueKind.Null && !known.Any(member => member.NameEquals(change.Name)))
                WriteMember(writer, change.Name, default, change.Value);
        }

        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, string name, JsonElement target, JsonElement change)
    {
        writer.WritePropertyName(name);
        Write(writer, target, change);
    }
}
