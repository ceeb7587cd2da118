using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Simulation.Answers;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>A vector of length one that depends on the text alone, so that equal texts are equal and others unrelated.</summary>
internal static class EmbeddingVector
{
    public static JsonElement Create(string text, int length, bool isBase64)
    {
        var vector = Draw(text, length);
        var buffer = new ArrayBufferWriter<byte>(length * 12);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (isBase64)
            {
                writer.WriteBase64StringValue(MemoryMarshal.AsBytes(vector.AsSpan()));
            }
            else
            {
                writer.WriteStartArray();
                foreach (var value in vector)
                    writer.WriteNumberValue(value);
                writer.WriteEndArray();
            }
        }

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
