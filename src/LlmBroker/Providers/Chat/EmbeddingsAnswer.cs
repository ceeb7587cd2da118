using System.Buffers.Binary;
using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary>Writes OpenAI's list of embeddings out of another vendor's vectors.</summary>
internal static class EmbeddingsAnswer
{
    /// <param name="vectors">Arrays of numbers in the order of the inputs.</param>
    /// <param name="asBase64">Little-endian 32-bit floats, as OpenAI encodes them.</param>
    /// <param name="model">The vendor's model.</param>
    /// <param name="promptTokens">As the vendor counted; null when it did not.</param>
    public static JsonElement Write(IReadOnlyList<JsonElement> vectors, bool asBase64, string model, long? promptTokens)
    {
        using var buffer = new PooledBuffer(16 * 1024);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (var (index, vector) in vectors.Index())
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "embedding"u8);
            writer.WriteNumber("index"u8, index);
            if (asBase64)
                writer.WriteBase64String("embedding"u8, Bytes(vector));
            else
                writer.WriteRaw("embedding"u8, vector);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("model"u8, model);
        // OpenAI's object must have it; what the vendor did not count is not known to the ledger either, which takes the estimate.
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, promptTokens ?? 0);
        writer.WriteNumber("total_tokens"u8, promptTokens ?? 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return JsonElement.Parse(buffer.Written.Span);
    }

    private static byte[] Bytes(JsonElement vector)
    {
        var bytes = new byte[vector.GetArrayLength() * sizeof(float)];
        foreach (var (index, number) in vector.EnumerateArray().Index())
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), number.GetSingle());
        return bytes;
    }
}
