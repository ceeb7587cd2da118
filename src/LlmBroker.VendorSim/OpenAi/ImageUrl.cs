using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Where a picture comes from: a web address, which is believed, or a data URL, which is looked into.</summary>
internal static class ImageUrl
{
    // "Up to 50 MB total payload size per request" (platform.openai.com/docs/guides/images-vision); a single picture of this size is refused.
    private const int MaxLength = 20 * 1024 * 1024;

    private const string Example = "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')";

    public static Refusal? Check(string url, string param)
    {
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? null
                : OpenAiErrors.NotAllowed(param, $"Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.");
        }

        var comma = url.IndexOf(',', StringComparison.Ordinal);
        var head = comma < 0 ? url : url[..comma];
        var mediaType = head["data:".Length..].Split(';')[0];
        if (!mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
            return Unexpected(param, $"unsupported MIME type '{mediaType}'");
        if (comma < 0 || !head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase) || ImageBytes.FromBase64(url.AsSpan(comma + 1)) is not { } bytes)
            return Unexpected(param, "an invalid base64-encoded value");
        if (bytes.Length > MaxLength)
            return OpenAiErrors.ImageTooLarge(param, bytes.Length, MaxLength);
        return ImageBytes.Format(bytes) is null ? OpenAiErrors.UnsupportedImage() : null;
    }

    private static Refusal Unexpected(string param, string got) => OpenAiErrors.NotAllowed(
        param, $"Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type {Example}, but got {got}.");
}
