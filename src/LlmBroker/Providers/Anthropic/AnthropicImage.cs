using System.Text.Json;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Maps an <c>image_url</c> part to an image block: a data: address to its bytes, any other to itself.</summary>
internal static class AnthropicImage
{
    public static void Write(Utf8JsonWriter writer, JsonElement part, string path, RequestFaults faults)
    {
        faults.CheckMembers(part, path, "type", "image_url");
        if (part.Member("image_url") is not { } image || image.Member("url") is not { ValueKind: JsonValueKind.String } urlElement)
        {
            faults.Invalid($"{path}.image_url.url", "must be a string");
            return;
        }

        faults.CheckMembers(image, $"{path}.image_url", "url", "detail");
        if (image.Member("detail") is { } detail && !detail.Is("auto"))
            faults.Unsupported($"{path}.image_url.detail", "other than 'auto' is not supported by this vendor");

        writer.WriteStartObject();
        writer.WriteString("type"u8, "image"u8);
        writer.WriteStartObject("source"u8);
        var url = urlElement.GetString()!;
        if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            WriteDataUrl(writer, url, path, faults);
        else if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            writer.WriteString("type"u8, "url"u8);
            writer.WriteString("url"u8, url);
        }
        else
            faults.Invalid($"{path}.image_url.url", "must be a data:, https: or http: address");

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteDataUrl(Utf8JsonWriter writer, string url, string path, RequestFaults faults)
    {
        const string Base64 = ";base64";
        var comma = url.IndexOf(',');
        var header = comma < 0 ? default : url.AsSpan("data:".Length, comma - "data:".Length);
        if (!header.EndsWith(Base64, StringComparison.OrdinalIgnoreCase))
        {
            faults.Unsupported($"{path}.image_url.url", "as a data: address without base64 is not supported by this vendor");
            return;
        }

        // Parameters of the media type (charset) say nothing about an image.
        var mediaType = header[..^Base64.Length];
        if (mediaType.IndexOf(';') is var parameters and >= 0)
            mediaType = mediaType[..parameters];
        writer.WriteString("type"u8, "base64"u8);
        writer.WriteString("media_type"u8, mediaType);
        writer.WriteString("data"u8, url.AsSpan(comma + 1));
    }
}
