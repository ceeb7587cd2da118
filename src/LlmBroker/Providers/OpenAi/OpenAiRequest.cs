using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmBroker.Providers.OpenAi;

/// <summary>The producer's body with the vendor's name for the model; every other member as it came, byte for byte.</summary>
internal static class OpenAiRequest
{
    public static PooledBuffer Write(JsonElement body, string vendorModel, OpenAiDialect dialect)
    {
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(body).Length + vendorModel.Length + 64);
        using var writer = buffer.CreateJsonWriter();
        // Both names at once would be one name twice.
        var hasNewer = dialect.OnlyMaxTokens && body.Member("max_completion_tokens") is not null;
        writer.WriteStartObject();
        writer.WriteString("model"u8, vendorModel);
        foreach (var member in body.EnumerateObject())
        {
            // All of them: JSON allows a member twice, and which one counts is up to the vendor.
            if (member.NameEquals("model"u8) || (hasNewer && member.NameEquals("max_tokens"u8)))
                continue;

            if (dialect.OnlyMaxTokens && member.NameEquals("max_completion_tokens"u8))
                writer.WritePropertyName("max_tokens"u8);
            else if (member.NameEquals("seed"u8))
                writer.WritePropertyName(dialect.Seed);
            else
                writer.WritePropertyName(member.Name);
            writer.WriteRaw(member.Value);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }
}
