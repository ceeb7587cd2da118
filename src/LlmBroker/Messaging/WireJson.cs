using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Messaging;

/// <summary>The one way in which messages become bytes: compact UTF-8 JSON, camelCase, no nulls, text readable in every script.</summary>
internal static class WireJson
{
    // The encoder sits on the writer and not on the options: with options of its own a context loses its generated write path.
    // Relaxed, since the bytes never become part of a page: what JSON must escape is escaped.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write<T>(IBufferWriter<byte> output, T message)
    {
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        JsonSerializer.Serialize(writer, message, TypeOf<T>());
    }

    public static byte[] ToBytes<T>(T message)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The message, or null for JSON <c>null</c>.</summary>
    /// <exception cref="JsonException">The bytes are no JSON, or not of this shape.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> utf8)
        where T : class => JsonSerializer.Deserialize(utf8, TypeOf<T>());

    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no message.</exception>
    public static JsonTypeInfo<T> TypeOf<T>() =>
        WireJsonContext.Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
            ?? throw new NotSupportedException($"{typeof(T)} is not listed in {nameof(WireJsonContext)}.");
}
