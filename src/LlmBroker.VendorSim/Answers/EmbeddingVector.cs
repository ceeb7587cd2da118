using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmBroker.Simulation.Answers;

/// <summary>A vector of length one that depends on the text alone, so that equal texts are equal and others unrelated.</summary>
internal static class EmbeddingVector
{
    /// <summary>A JSON array of numbers.</summary>
    public static JsonElement Numbers(string text, int length) => Write(length, writer =>
    {
        writer.WriteStartArray();
        foreach (var value in Draw(text, length))
            writer.WriteNumberValue(value);
        writer.WriteEndArray();
    });

    /// <summary>A JSON string: base64 of little-endian floats.</summary>
    public static JsonElement Base64(string text, int length) =>
        Write(length, writer => writer.WriteBase64StringValue(MemoryMarshal.AsBytes(Draw(text, length).AsSpan())));

    private static JsonElement Write(int length, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(length * 12);
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static float[] Draw(string text, int length)
    {
        var vector = new float[length];
        var state = Dice.Hash(text);
        var squares = 0.0;
        for (var i = 0; i < length; i++)
        {
            state = Dice.Mix(state);
            vector[i] = (float)((state >> 11) * (2.0 / (1UL << 53))) - 1;
            squares += vector[i] * vector[i];
        }

        var norm = (float)Math.Sqrt(squares);
        for (var i = 0; i < length && norm > 0; i++)
            vector[i] /= norm;
        return vector;
    }
}
