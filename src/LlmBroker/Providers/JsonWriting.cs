using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmBroker.Providers;

/// <summary>Copies parsed values as they came, byte for byte.</summary>
internal static class JsonWriting
{
    public static void WriteRaw(this Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    public static void WriteRaw(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement value)
    {
        writer.WritePropertyName(name);
        writer.WriteRaw(value);
    }

    public static void WriteRaw(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is { } there)
            writer.WriteRaw(name, there);
    }
}
