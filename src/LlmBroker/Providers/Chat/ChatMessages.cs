using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary>
/// Reads <c>messages</c> for the vendors that want them in another form. An empty text is left out: vendors refuse it, and it says nothing.
/// </summary>
internal sealed class ChatMessages
{
    private static readonly JsonElement s_noArguments = JsonElement.Parse("{}");

    private readonly RequestFaults _faults;

    private ChatMessages(RequestFaults faults) => _faults = faults;

    /// <summary>All messages in their order; those of no content are left out.</summary>
    public static IReadOnlyList<ChatMessage> Read(JsonElement? messages, RequestFaults faults)
    {
        if (messages is not { ValueKind: JsonValueKind.Array } all || all.GetArrayLength() == 0)
        {
            faults.Invalid("messages", "must be an array that is not empty");
            return [];
        }

        var reader = new ChatMessages(faults);
        var read = new List<ChatMessage>(all.GetArrayLength());
        var index = 0;
        foreach (var message in all.EnumerateArray())
            if (reader.ReadMessage(message, $"messages[{index++}]") is { Parts.Count: > 0 } one)
                read.Add(one);
        return read;
    }

    /// <summary>
    /// The messages as alternating turns of user and assistant, without the system's: neighbours of one role become one turn, and what tools said is
    /// part of the user's.
    /// </summary>
    public static IEnumerable<ChatMessage> Turns(IReadOnlyList<ChatMessage> messages)
    {
        var parts = new List<ChatPart>();
        var open = ChatRole.System;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.System)
                continue;

            var role = message.Role == ChatRole.Tool ? ChatRole.User : message.Role;
            if (role != open && parts.Count > 0)
            {
                yield return new ChatMessage(open, parts);
                parts = [];
            }

            open = role;
            parts.AddRange(message.Parts);
        }

        if (parts.Count > 0)
            yield return new ChatMessage(open, parts);
    }

    /// <summary>The texts of the system's and the developer's messages, wherever they stand.</summary>
    public static IEnumerable<JsonElement> SystemTexts(IReadOnlyList<ChatMessage> messages) =>
        messages.Where(message => message.Role == ChatRole.System).SelectMany(message => message.Parts.OfType<ChatPart.Text>()).Select(text => text.Value);

    private ChatMessage? ReadMessage(JsonElement message, string path)
    {
        switch (message.Member("role") is { ValueKind: JsonValueKind.String } role ? role.GetString() : null)
        {
            case "system" or "developer":
                _faults.CheckMembers(message, path, "role", "content");
                return new ChatMessage(ChatRole.System, [.. Texts(message, path).Select(text => new ChatPart.Text(text))]);
            case "user":
                _faults.CheckMembers(message, path, "role", "content");
                return new ChatMessage(ChatRole.User, ReadUserContent(message, path));
            case "assistant":
                // "annotations" are notes on an earlier answer, not part of what was said.
                _faults.CheckMembers(message, path, "role", "content", "refusal", "tool_calls", "annotations");
                return new ChatMessage(ChatRole.Assistant, ReadAssistant(message, path));
            case "tool":
                _faults.CheckMembers(message, path, "role", "content", "tool_call_id");
                return ReadToolResult(message, path);
            case "function":
                _faults.Unsupported($"{path}.role", "'function' is not supported by this vendor; use 'tool'");
                return null;
            default:
                _faults.Invalid($"{path}.role", "must be system, developer, user, assistant or tool");
                return null;
        }
    }

    private List<ChatPart> ReadUserContent(JsonElement message, string path)
    {
        if (message.Member("content") is not { ValueKind: JsonValueKind.Array } content)
            return [.. Texts(message, path).Select(text => new ChatPart.Text(text))];

        var parts = new List<ChatPart>(content.GetArrayLength());
        var index = 0;
        foreach (var part in content.EnumerateArray())
        {
            var partPath = $"{path}.content[{index++}]";
            if (part.Member("type")?.Is("image_url") == true)
            {
                if (ChatImage.Read(part, partPath, _faults) is { } image)
                    parts.Add(image);
            }
            else if (TextOf(part, "text", partPath) is { } text && !text.ValueEquals(""u8))
                parts.Add(new ChatPart.Text(text));
        }

        return parts;
    }

    private List<ChatPart> ReadAssistant(JsonElement message, string path)
    {
        var parts = new List<ChatPart>();
        // A message that only calls tools, or only refuses, has no content.
        if (message.Member("content") is not null)
            parts.AddRange(Texts(message, path).Select(text => new ChatPart.Text(text)));
        if (message.Member("refusal") is { ValueKind: JsonValueKind.String } refusal && !refusal.ValueEquals(""u8))
            parts.Add(new ChatPart.Text(refusal));
        if (message.Member("tool_calls") is not { } calls)
            return parts;

        if (calls.ValueKind != JsonValueKind.Array)
        {
            _faults.Invalid($"{path}.tool_calls", "must be an array");
            return parts;
        }

        var index = 0;
        foreach (var call in calls.EnumerateArray())
            if (ReadToolCall(call, $"{path}.tool_calls[{index++}]") is { } read)
                parts.Add(read);
        return parts;
    }

    private ChatPart.ToolCall? ReadToolCall(JsonElement call, string path)
    {
        if (call.Member("type") is { } type && !type.Is("function"))
        {
            _faults.Unsupported($"{path}.type", "other than 'function' is not supported by this vendor");
            return null;
        }

        if (call.Member("id") is not { ValueKind: JsonValueKind.String } id
            || call.Member("function") is not { } function
            || function.Member("name") is not { ValueKind: JsonValueKind.String } name)
        {
            _faults.Invalid(path, "must have an id and a function with a name");
            return null;
        }

        var text = function.Member("arguments") is { ValueKind: JsonValueKind.String } arguments ? arguments : (JsonElement?)null;
        return ReadArguments(text, path) is { } read ? new ChatPart.ToolCall(id, name, read, text, call.Member("extra_content")) : null;
    }

    private JsonElement? ReadArguments(JsonElement? text, string path)
    {
        if (string.IsNullOrWhiteSpace(text?.GetString()))
            return s_noArguments;

        try
        {
            var arguments = JsonElement.Parse(text.Value.GetString()!);
            if (arguments.ValueKind == JsonValueKind.Object)
                return arguments;
        }
        catch (JsonException)
        {
            // Said below, as for any other text that is not an object.
        }

        _faults.Invalid($"{path}.function.arguments", "must be a JSON object in a string");
        return null;
    }

    private ChatMessage? ReadToolResult(JsonElement message, string path)
    {
        if (message.Member("tool_call_id") is { ValueKind: JsonValueKind.String } id)
            return new ChatMessage(ChatRole.Tool, [new ChatPart.ToolResult(id, [.. Texts(message, path)], path)]);

        _faults.Invalid($"{path}.tool_call_id", "must be a string");
        return null;
    }

    /// <summary>The texts of a content that may hold nothing else: a string, or an array of text parts (and, of the assistant, refusals).</summary>
    private IEnumerable<JsonElement> Texts(JsonElement message, string path)
    {
        var content = message.Member("content");
        if (content is { ValueKind: JsonValueKind.String } whole)
        {
            if (!whole.ValueEquals(""u8))
                yield return whole;
            yield break;
        }

        if (content is not { ValueKind: JsonValueKind.Array } parts)
        {
            _faults.Invalid($"{path}.content", "must be a string or an array of parts");
            yield break;
        }

        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var kind = part.Member("type")?.Is("refusal") == true ? "refusal" : "text";
            if (TextOf(part, kind, $"{path}.content[{index++}]") is { } text && !text.ValueEquals(""u8))
                yield return text;
        }
    }

    private JsonElement? TextOf(JsonElement part, string kind, string path)
    {
        if (part.Member("type")?.Is(kind) != true)
        {
            _faults.Unsupported($"{path}.type", "other than text and, from the user, image_url is not supported by this vendor");
            return null;
        }

        _faults.CheckMembers(part, path, "type", kind);
        if (part.Member(kind) is { ValueKind: JsonValueKind.String } text)
            return text;

        _faults.Invalid($"{path}.{kind}", "must be a string");
        return null;
    }
}
