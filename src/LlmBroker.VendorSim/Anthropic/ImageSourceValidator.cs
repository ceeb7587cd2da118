using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Anthropic.AnthropicFields;

namespace LlmBroker.Simulation.Anthropic;

internal static class ImageSourceValidator
{
    private const int MaxLength = 5 * 1024 * 1024;

    private static readonly string[] MediaTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];

    public static Refusal? Validate(JsonElement source, string at)
    {
        if (source.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType(at, "an object");
        if (!source.TryGetProperty("type", out var type))
            return AnthropicErrors.Required($"{at}.type");
        switch (type.ToString())
        {
            case "base64":
                return OnlyKnown(source, $"{at}.base64.", "type", "media_type", "data") ?? Bytes(source, $"{at}.base64");
            case "url":
                return OnlyKnown(source, $"{at}.url.", "type", "url") ?? RequiredText(source, $"{at}.url.", "url") ?? Address(source, at);
            case "file":
                return RequiredText(source, $"{at}.file.", "file_id");
            case var other:
                return AnthropicErrors.Invalid(
                    $"{at}: Input tag '{other}' found using 'type' does not match any of the expected tags: 'base64', 'file', 'url'");
        }
    }

    private static Refusal? Address(JsonElement source, string at) =>
        Uri.TryCreate(source.GetProperty("url").GetString(), UriKind.Absolute, out var address) && address.Scheme is "https"
            ? null
            : AnthropicErrors.Invalid($"{at}.url.url: Only HTTPS URLs are supported.");

    private static Refusal? Bytes(JsonElement source, string at)
    {
        if (!source.TryGetProperty("media_type", out var mediaType))
            return AnthropicErrors.Required($"{at}.media_type");
        if (!MediaTypes.Contains(mediaType.ToString()))
            return AnthropicErrors.WrongType($"{at}.media_type", List(MediaTypes));
        if (RequiredText(source, $"{at}.", "data") is { } missing)
            return missing;
        if (ImageBytes.FromBase64(source.GetProperty("data").GetString()) is not { } bytes)
            return AnthropicErrors.Invalid($"{at}.data: Input should be a valid base64 string");
        if (bytes.Length > MaxLength)
            return AnthropicErrors.Invalid($"{at}: image exceeds 5 MB maximum: {bytes.Length} bytes > {MaxLength} bytes");
        return ImageBytes.Format(bytes) switch
        {
            null => AnthropicErrors.Invalid("Could not process image"),
            var format when mediaType.ValueEquals($"image/{format}") => null,
            var format => AnthropicErrors.Invalid(
                $"{at}: The image was specified using the {mediaType} media type, but the image appears to be a image/{format} image"),
        };
    }
}
