using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmBroker.Providers.OpenAi;

/// <summary>The producer's body with the vendor's name for the model; every other member as it came, byte for byte.</summary>
internal static class OpenAiRequest
{
    public static PooledBuffer Write(JsonElement body, string vendorModel)
    {
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(body).Length + vendorModel.Length + 64);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("model"u8, vendorModel);
        foreach (var member in body.EnumerateObject())
        {
            // All of them: JSON allows a member twice, and which one counts is up to the vendor.
            if (member.NameEquals("model"u8))
                continue;

            writer.WritePropertyName(member.Name);
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(member.Value), skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }
}
