using System.Text.Json;

namespace LlmBroker.Providers.Chat;

internal enum ChatRole
{
    System,
    User,
    Assistant,
    Tool,
}

/// <summary>One message of an OpenAI chat request, checked. Texts are not empty.</summary>
internal sealed record ChatMessage(ChatRole Role, IReadOnlyList<ChatPart> Parts);

/// <summary>What a message holds; values as they came.</summary>
internal abstract record ChatPart
{
    public sealed record Text(JsonElement Value) : ChatPart;

    /// <summary>An image at an address, or in the request itself; then <see cref="Url"/> is null.</summary>
    /// <param name="Url">The http or https address.</param>
    /// <param name="MediaType">Of an image in the request, e.g. <c>image/png</c>.</param>
    /// <param name="Base64">Its bytes.</param>
    /// <param name="Original">The address as it came, whichever kind.</param>
    /// <param name="Detail">How closely to look; null when not said.</param>
    /// <param name="Path">Where it stands in the request.</param>
    public sealed record Image(
        string? Url, string MediaType, ReadOnlyMemory<char> Base64, JsonElement Original, JsonElement? Detail, string Path) : ChatPart;

    /// <summary>
    /// A call of a function. <paramref name="Arguments"/> is an object, <paramref name="ArgumentsText"/> the same as it came, in a string, or null when
    /// there were none; <paramref name="Extra"/> is what a vendor hung to the call to have it back, from <c>extra_content</c>.
    /// </summary>
    public sealed record ToolCall(JsonElement Id, JsonElement Name, JsonElement Arguments, JsonElement? ArgumentsText, JsonElement? Extra) : ChatPart;

    public sealed record ToolResult(JsonElement Id, IReadOnlyList<JsonElement> Texts, string Path) : ChatPart;
}
