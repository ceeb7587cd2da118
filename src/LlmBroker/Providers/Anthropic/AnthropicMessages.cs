using System.Text.Json;

namespace LlmBroker.Providers.Anthropic;

/// <summary>
/// Maps <c>messages</c> to <c>system</c> and alternating turns. Neighbours of one role become one turn; what tools said is part of the user's turn
/// and must come whole right after the calls. An empty text is left out: the vendor refuses it, and it says nothing.
/// </summary>
internal sealed class AnthropicMessages
{
    private readonly Utf8JsonWriter _writer;
    private readonly RequestFaults _faults;
    private string? _openRole;

    private AnthropicMessages(Utf8JsonWriter writer, RequestFaults faults) => (_writer, _faults) = (writer, faults);

    public static void Write(Utf8JsonWriter writer, JsonElement? messages, RequestFaults faults)
    {
        if (messages is not { ValueKind: JsonValueKind.Array } all || all.GetArrayLength() == 0)
        {
            faults.Invalid("messages", "must be an array that is not empty");
            return;
        }

        new AnthropicMessages(writer, faults).WriteAll(all);
    }

    private void WriteAll(JsonElement messages)
    {
        WriteSystem(messages);
        _writer.WriteStartArray("messages"u8);
        var index = 0;
        foreach (var message in messages.EnumerateArray())
            WriteMessage(message, $"messages[{index++}]");
        CloseTurn();
        _writer.WriteEndArray();
    }

    private void WriteSystem(JsonElement messages)
    {
        List<string>? texts = null;
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var path = $"messages[{index++}]";
            if (!IsSystem(message))
                continue;

            _faults.CheckMembers(message, path, "role", "content");
            foreach (var text in Texts(message, path))
                if (text.GetString() is { Length: > 0 } words)
                    (texts ??= []).Add(words);
        }

        if (texts is not null)
            _writer.WriteString("system"u8, string.Join("\n\n", texts));
    }

    private void WriteMessage(JsonElement message, string path)
    {
        switch (message.Member("role") is { ValueKind: JsonValueKind.String } role ? role.GetString() : null)
        {
            case "system" or "developer":
                break;
            case "user":
                _faults.CheckMembers(message, path, "role", "content");
                WriteUserContent(message, path);
                break;
            case "assistant":
                // "annotations" are notes on an earlier answer, not part of what was said.
                _faults.CheckMembers(message, path, "role", "content", "refusal", "tool_calls", "annotations");
                WriteAssistant(message, path);
                break;
            case "tool":
                _faults.CheckMembers(message, path, "role", "content", "tool_call_id");
                WriteToolResult(message, path);
                break;
            case "function":
                _faults.Unsupported($"{path}.role", "'function' is not supported by this vendor; use 'tool'");
                break;
            default:
                _faults.Invalid($"{path}.role", "must be system, developer, user, assistant or tool");
                break;
        }
    }

    private void WriteUserContent(JsonElement message, string path)
    {
        if (message.Member("content") is not { ValueKind: JsonValueKind.Array } parts)
        {
            foreach (var text in Texts(message, path))
                WriteText("user", text);
            return;
        }

        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var partPath = $"{path}.content[{index++}]";
            if (part.Member("type")?.Is("image_url") == true)
            {
                OpenTurn("user");
                AnthropicImage.Write(_writer, part, partPath, _faults);
            }
            else if (TextOf(part, "text", partPath) is { } text)
                WriteText("user", text);
        }
    }

    private void WriteAssistant(JsonElement message, string path)
    {
        var calls = message.Member("tool_calls");
        // A message that only calls tools, or only refuses, has no content.
        if (message.Member("content") is not null)
            foreach (var text in Texts(message, path))
                WriteText("assistant", text);
        if (message.Member("refusal") is { ValueKind: JsonValueKind.String } refusal)
            WriteText("assistant", refusal);
        if (calls is null)
            return;

        if (calls is not { ValueKind: JsonValueKind.Array } all)
        {
            _faults.Invalid($"{path}.tool_calls", "must be an array");
            return;
        }

        var index = 0;
        foreach (var call in all.EnumerateArray())
            WriteToolUse(call, $"{path}.tool_calls[{index++}]");
    }

    private void WriteToolUse(JsonElement call, string path)
    {
        if (call.Member("type") is { } type && !type.Is("function"))
        {
            _faults.Unsupported($"{path}.type", "other than 'function' is not supported by this vendor");
            return;
        }

        if (call.Member("id") is not { ValueKind: JsonValueKind.String } id
            || call.Member("function") is not { } function
            || function.Member("name") is not { ValueKind: JsonValueKind.String } name)
        {
            _faults.Invalid(path, "must have an id and a function with a name");
            return;
        }

        OpenTurn("assistant");
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, "tool_use"u8);
        AnthropicRequest.WriteRaw(_writer, "id"u8, id);
        AnthropicRequest.WriteRaw(_writer, "name"u8, name);
        _writer.WritePropertyName("input"u8);
        WriteArguments(function, path);
        _writer.WriteEndObject();
    }

    private void WriteArguments(JsonElement function, string path)
    {
        var text = function.Member("arguments") is { ValueKind: JsonValueKind.String } arguments ? arguments.GetString() : null;
        if (string.IsNullOrWhiteSpace(text))
        {
            _writer.WriteStartObject();
            _writer.WriteEndObject();
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                document.RootElement.WriteTo(_writer);
                return;
            }
        }
        catch (JsonException)
        {
            // Said below, as for any other text that is not an object.
        }

        _faults.Invalid($"{path}.function.arguments", "must be a JSON object in a string");
    }

    private void WriteToolResult(JsonElement message, string path)
    {
        if (message.Member("tool_call_id") is not { ValueKind: JsonValueKind.String } id)
        {
            _faults.Invalid($"{path}.tool_call_id", "must be a string");
            return;
        }

        OpenTurn("user");
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, "tool_result"u8);
        AnthropicRequest.WriteRaw(_writer, "tool_use_id"u8, id);
        _writer.WriteStartArray("content"u8);
        foreach (var text in Texts(message, path))
            if (!text.ValueEquals(""u8))
                WriteTextBlock(text);
        _writer.WriteEndArray();
        _writer.WriteEndObject();
    }

    private void WriteText(string role, JsonElement text)
    {
        if (text.ValueEquals(""u8))
            return;

        OpenTurn(role);
        WriteTextBlock(text);
    }

    private void WriteTextBlock(JsonElement text)
    {
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, "text"u8);
        AnthropicRequest.WriteRaw(_writer, "text"u8, text);
        _writer.WriteEndObject();
    }

    private void OpenTurn(string role)
    {
        if (_openRole == role)
            return;

        CloseTurn();
        _openRole = role;
        _writer.WriteStartObject();
        _writer.WriteString("role"u8, role);
        _writer.WriteStartArray("content"u8);
    }

    private void CloseTurn()
    {
        if (_openRole is null)
            return;

        _writer.WriteEndArray();
        _writer.WriteEndObject();
        _openRole = null;
    }

    private static bool IsSystem(JsonElement message) =>
        message.Member("role") is { } role && (role.Is("system") || role.Is("developer"));

    /// <summary>The texts of a content that may hold nothing else: a string, or an array of text parts (and, of the assistant, refusals).</summary>
    private IEnumerable<JsonElement> Texts(JsonElement message, string path)
    {
        var content = message.Member("content");
        if (content is { ValueKind: JsonValueKind.String } whole)
        {
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
            if (TextOf(part, kind, $"{path}.content[{index++}]") is { } text)
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
