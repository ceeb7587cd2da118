using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary>Reads an <c>image_url</c> part: a data: address is taken apart, any other is kept. Nothing is fetched.</summary>
internal static class ChatImage
{
    private const string Base64 = ";base64";

    public static ChatPart.Image? Read(JsonElement part, string path, RequestFaults faults)
    {
        faults.CheckMembers(part, path, "type", "image_url");
        if (part.Member("image_url") is not { } image || image.Member("url") is not { ValueKind: JsonValueKind.String } address)
        {
            faults.Invalid($"{path}.image_url.url", "must be a string");
            return null;
        }

        faults.CheckMembers(image, $"{path}.image_url", "url", "detail");
        var url = address.GetString()!;
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            return new ChatPart.Image(url, "", default, address, image.Member("detail"), path);
        if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return ReadData(url, address, image.Member("detail"), path, faults);

        faults.Invalid($"{path}.image_url.url", "must be a data:, https: or http: address");
        return null;
    }

    /// <summary>For vendors that look at every image in one way.</summary>
    public static void RefuseDetail(ChatPart.Image image, RequestFaults faults)
    {
        if (image.Detail is { } detail && !detail.Is("auto"))
            faults.Unsupported($"{image.Path}.image_url.detail", "other than 'auto' is not supported by this vendor");
    }

    /// <summary>For vendors that take only bytes.</summary>
    /// <returns>False when the image stands at an address.</returns>
    public static bool RequireBytes(ChatPart.Image image, RequestFaults faults)
    {
        if (image.Url is null)
            return true;
        faults.Unsupported($"{image.Path}.image_url.url", "as an http address is not supported by this vendor; send the image as a data: address");
        return false;
    }

    private static ChatPart.Image? ReadData(string url, JsonElement address, JsonElement? detail, string path, RequestFaults faults)
    {
        var comma = url.IndexOf(',');
        var header = comma < 0 ? default : url.AsSpan("data:".Length, comma - "data:".Length);
        if (!header.EndsWith(Base64, StringComparison.OrdinalIgnoreCase))
        {
            faults.Unsupported($"{path}.image_url.url", "as a data: address without base64 is not supported by this vendor");
            return null;
        }

        // Parameters of the media type (charset) say nothing about an image.
        var mediaType = header[..^Base64.Length];
        if (mediaType.IndexOf(';') is var parameters and >= 0)
            mediaType = mediaType[..parameters];
        return new ChatPart.Image(null, mediaType.ToString(), url.AsMemory(comma + 1), address, detail, path);
    }
}
