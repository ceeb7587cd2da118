using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

internal static class ChatMessagesValidator
{
    private static readonly string[] Roles = ["system", "assistant", "user", "function", "tool", "developer"];
    private static readonly string[] PartTypes = ["text", "image_url", "input_audio", "refusal", "audio", "file"];

    public static Refusal? Validate(JsonElement body)
    {
        if (!Has(body, "messages", out var messages))
            return OpenAiErrors.Missing("messages");
        if (messages.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("messages", "an array of objects", Describe(messages));
        if (messages.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray("messages");

        // Ids of calls that the last assistant message made and no tool message has answered yet.
        HashSet<string>? open = null;
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var at = $"messages[{index}]";
            if ((Message(message, at) ?? Sequence(message, at, ref open)) is { } refusal)
                return refusal;
            index++;
        }

        return open is { Count: > 0 } ? Unanswered(open) : null;
    }

    /// <summary>Whether any text of the messages has the word, in any case.</summary>
    public static bool Mention(JsonElement body, string word) =>
        body.GetProperty("messages").EnumerateArray().Any(message => Has(message, "content", out var content) && Mentions(content, word));

    private static bool Mentions(JsonElement content, string word) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!.Contains(word, StringComparison.OrdinalIgnoreCase),
        JsonValueKind.Array => content.EnumerateArray().Any(part => part.TryGetProperty("text", out var text) && Mentions(text, word)),
        _ => false,
    };

    private static Refusal? Message(JsonElement message, string at)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(message));
        if (!Has(message, "role", out var role))
            return OpenAiErrors.Missing($"{at}.role");
        if (role.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType($"{at}.role", "a string", Describe(role));
        return role.GetString() switch
        {
            "system" or "developer" or "user" => OnlyKnown(message, at, "role", "content", "name")
                ?? Content(message, at, isRequired: true)
                ?? Name(message, at),
            "tool" => OnlyKnown(message, at, "role", "content", "tool_call_id")
                ?? Content(message, at, isRequired: true)
                ?? ToolCallId(message, at),
            "function" => OnlyKnown(message, at, "role", "content", "name")
                ?? Content(message, at, isRequired: false)
                ?? FunctionName(message, at),
            "assistant" => OnlyKnown(message, at, "role", "content", "name", "refusal", "audio", "tool_calls", "function_call", "annotations")
                ?? ToolCalls(message, at)
                ?? Content(message, at, isRequired: !HasAny(message, "tool_calls", "function_call", "refusal"))
                ?? Name(message, at),
            var other => OpenAiErrors.WrongValue($"{at}.role", other!, List(Roles)),
        };
    }

    private static bool HasAny(JsonElement message, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Has(message, name, out _))
                return true;
        }

        return false;
    }

    private static Refusal? Content(JsonElement message, string at, bool isRequired)
    {
        if (!message.TryGetProperty("content", out var content))
            return isRequired ? OpenAiErrors.Missing($"{at}.content") : null;
        if (content.ValueKind == JsonValueKind.String || (content.ValueKind == JsonValueKind.Null && !isRequired))
            return null;
        if (content.ValueKind == JsonValueKind.Null)
            return OpenAiErrors.NotAllowed($"{at}.content", "Invalid value for 'content': expected a string, got null.");
        if (content.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType($"{at}.content", "one of a string or array of objects", Describe(content));
        if (content.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray($"{at}.content");

        var index = 0;
        foreach (var part in content.EnumerateArray())
        {
            if (Part(part, $"{at}.content[{index}]") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Part(JsonElement part, string at)
    {
        if (part.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(part));
        if (!Has(part, "type", out var type))
            return OpenAiErrors.Missing($"{at}.type");
        var name = type.ToString();
        if (!PartTypes.Contains(name))
            return OpenAiErrors.WrongValue($"{at}.type", name, List(PartTypes));
        if (!Has(part, name, out var value))
            return OpenAiErrors.Missing($"{at}.{name}");
        var expected = name is "text" or "refusal" ? JsonValueKind.String : JsonValueKind.Object;
        if (value.ValueKind != expected)
            return OpenAiErrors.WrongType($"{at}.{name}", expected == JsonValueKind.String ? "a string" : "an object", Describe(value));
        return name == "image_url" ? Image(value, $"{at}.image_url") : null;
    }

    private static Refusal? Image(JsonElement image, string at)
    {
        if (!Has(image, "url", out var url))
            return OpenAiErrors.Missing($"{at}.url");
        if (url.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType($"{at}.url", "a string", Describe(url));
        return ImageUrl.Check(url.GetString()!, $"{at}.url")
            ?? (Has(image, "detail", out var detail) && detail.ToString() is not ("auto" or "low" or "high" or "original")
                ? OpenAiErrors.WrongValue($"{at}.detail", detail.ToString(), List(["low", "high", "auto", "original"]))
                : null);
    }

    private static Refusal? Name(JsonElement message, string at) =>
        Has(message, "name", out var name) && name.ValueKind != JsonValueKind.String
            ? OpenAiErrors.WrongType($"{at}.name", "a string", Describe(name))
            : null;

    private static Refusal? FunctionName(JsonElement message, string at) =>
        Has(message, "name", out _) ? Name(message, at) : OpenAiErrors.Missing($"{at}.name");

    private static Refusal? ToolCallId(JsonElement message, string at)
    {
        if (!Has(message, "tool_call_id", out var id))
            return OpenAiErrors.Missing($"{at}.tool_call_id");
        return id.ValueKind == JsonValueKind.String ? null : OpenAiErrors.WrongType($"{at}.tool_call_id", "a string", Describe(id));
    }

    private static Refusal? ToolCalls(JsonElement message, string at)
    {
        if (!Has(message, "tool_calls", out var calls))
            return null;
        if (calls.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType($"{at}.tool_calls", "an array of objects", Describe(calls));
        if (calls.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray($"{at}.tool_calls");
        var index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            if (ToolCall(call, $"{at}.tool_calls[{index}]") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? ToolCall(JsonElement call, string at)
    {
        if (call.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(call));
        if (!Has(call, "id", out var id))
            return OpenAiErrors.Missing($"{at}.id");
        if (id.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType($"{at}.id", "a string", Describe(id));
        if (!Has(call, "type", out var type))
            return OpenAiErrors.Missing($"{at}.type");
        if (type.ToString() is not ("function" or "custom"))
            return OpenAiErrors.WrongValue($"{at}.type", type.ToString(), List(["function", "custom"]));
        var kind = type.GetString()!;
        if (!Has(call, kind, out var body))
            return OpenAiErrors.Missing($"{at}.{kind}");
        if (body.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType($"{at}.{kind}", "an object", Describe(body));
        foreach (var field in (ReadOnlySpan<string>)["name", kind == "function" ? "arguments" : "input"])
        {
            if (!Has(body, field, out var value))
                return OpenAiErrors.Missing($"{at}.{kind}.{field}");
            if (value.ValueKind != JsonValueKind.String)
                return OpenAiErrors.WrongType($"{at}.{kind}.{field}", "a string", Describe(value));
        }

        return null;
    }

    private static Refusal? Sequence(JsonElement message, string at, ref HashSet<string>? open)
    {
        if (message.GetProperty("role").ValueEquals("tool"))
        {
            // Vendor's spelling.
            return open is not null && (open.Remove(message.GetProperty("tool_call_id").GetString()!) || open.Count == 0)
                ? null
                : OpenAiErrors.NotAllowed(
                    $"{at}.role", "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.");
        }

        if (open is { Count: > 0 })
            return Unanswered(open);
        open = Has(message, "tool_calls", out var calls) ? [.. calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()!)] : null;
        return null;
    }

    private static Refusal Unanswered(HashSet<string> open) => OpenAiErrors.NotAllowed(
        "messages",
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        + $"The following tool_call_ids did not have response messages: {string.Join(", ", open)}");
}
