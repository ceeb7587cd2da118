using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Anthropic.AnthropicFields;

namespace LlmBroker.Simulation.Anthropic;

internal static class MessageListValidator
{
    private static readonly string[] BlockTypes =
    [
        "document", "image", "redacted_thinking", "search_result", "server_tool_use", "text", "thinking", "tool_result", "tool_use", "web_search_tool_result",
    ];

    public static Refusal? Validate(JsonElement body)
    {
        if (!body.TryGetProperty("messages", out var messages))
            return AnthropicErrors.Required("messages");
        if (messages.ValueKind != JsonValueKind.Array)
            return AnthropicErrors.WrongType("messages", "a valid array");
        var count = messages.GetArrayLength();
        if (count == 0)
            return AnthropicErrors.Invalid("messages: at least one message is required");

        // Ids of the tool_use blocks of the message before, which the next one has to answer.
        HashSet<string> open = [];
        for (var i = 0; i < count; i++)
        {
            var message = messages[i];
            var refusal = Shape(message, i) ?? Content(message, i, isLast: i == count - 1);
            if (refusal is not null)
                return refusal;
            if (i == 0 && !message.GetProperty("role").ValueEquals("user"))
                return AnthropicErrors.Invalid("messages: first message must use the \"user\" role");
            if (ToolResults(message, i, open) is { } mismatch)
                return mismatch;
            open = ToolUses(message);
        }

        return open.Count > 0 ? WithoutResults(count - 1, open) : null;
    }

    private static Refusal? Shape(JsonElement message, int index)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType($"messages.{index}", "an object");
        if (!message.TryGetProperty("role", out var role))
            return AnthropicErrors.Required($"messages.{index}.role");
        var name = role.ValueKind == JsonValueKind.String ? role.GetString() : null;
        if (name == "system")
        {
            return AnthropicErrors.Invalid(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.");
        }

        return name is "user" or "assistant"
            ? OnlyKnown(message, $"messages.{index}.", "role", "content")
            : AnthropicErrors.WrongType($"messages.{index}.role", "'user' or 'assistant'");
    }

    private static Refusal? Content(JsonElement message, int index, bool isLast)
    {
        if (!message.TryGetProperty("content", out var content))
            return AnthropicErrors.Required($"messages.{index}.content");
        var isFinalAssistant = isLast && message.GetProperty("role").ValueEquals("assistant");
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                var text = content.GetString()!;
                if (text.Length == 0 && !isFinalAssistant)
                    return Empty(index);
                return isFinalAssistant && text.Length > 0 && char.IsWhiteSpace(text[^1])
                    ? AnthropicErrors.Invalid("messages: final assistant content cannot end with trailing whitespace")
                    : null;
            case JsonValueKind.Array:
                return content.GetArrayLength() == 0 && !isFinalAssistant ? Empty(index) : Blocks(content, index);
            default:
                return AnthropicErrors.WrongType($"messages.{index}.content", "a valid string or array");
        }
    }

    private static Refusal Empty(int index) =>
        AnthropicErrors.Invalid($"messages.{index}: all messages must have non-empty content except for the optional final assistant message");

    private static Refusal? Blocks(JsonElement content, int message)
    {
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            if (Block(block, $"messages.{message}.content.{index}") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Block(JsonElement block, string at)
    {
        if (block.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType(at, "an object");
        if (!block.TryGetProperty("type", out var type))
            return AnthropicErrors.Required($"{at}.type");
        switch (type.ToString())
        {
            case "text":
                return OnlyKnown(block, $"{at}.text.", "type", "text", "cache_control", "citations")
                    ?? RequiredText(block, $"{at}.text.", "text")
                    ?? (block.GetProperty("text").GetString()!.Length == 0
                        ? AnthropicErrors.Invalid("messages: text content blocks must be non-empty")
                        : null);
            case "tool_use":
                return RequiredText(block, $"{at}.tool_use.", "id")
                    ?? RequiredText(block, $"{at}.tool_use.", "name")
                    ?? (block.TryGetProperty("input", out var input)
                        ? input.ValueKind == JsonValueKind.Object ? null : AnthropicErrors.WrongType($"{at}.tool_use.input", "a valid dictionary")
                        : AnthropicErrors.Required($"{at}.tool_use.input"));
            case "tool_result":
                return RequiredText(block, $"{at}.tool_result.", "tool_use_id")
                    ?? OnlyKnown(block, $"{at}.tool_result.", "type", "tool_use_id", "content", "is_error", "cache_control")
                    ?? ResultContent(block, $"{at}.tool_result");
            case "image":
                return block.TryGetProperty("source", out var image)
                    ? ImageSourceValidator.Validate(image, $"{at}.image.source")
                    : AnthropicErrors.Required($"{at}.image.source");
            case "document":
                return block.TryGetProperty("source", out var source) && source.ValueKind == JsonValueKind.Object
                    ? null
                    : AnthropicErrors.Required($"{at}.{type.GetString()}.source");
            case var known when BlockTypes.Contains(known):
                return null;
            case var other:
                return AnthropicErrors.Invalid(
                    $"{at}: Input tag '{other}' found using 'type' does not match any of the expected tags: "
                    + string.Join(", ", BlockTypes.Select(name => $"'{name}'")));
        }
    }

    private static Refusal? ResultContent(JsonElement result, string at)
    {
        if (result.TryGetProperty("is_error", out var isError) && isError.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return AnthropicErrors.WrongType($"{at}.is_error", "a valid boolean");
        if (!result.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.String)
            return null;
        if (content.ValueKind != JsonValueKind.Array)
            return AnthropicErrors.WrongType($"{at}.content", "a valid string or array");
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            if (Block(block, $"{at}.content.{index}") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? ToolResults(JsonElement message, int index, HashSet<string> open)
    {
        var content = message.GetProperty("content");
        if (content.ValueKind == JsonValueKind.Array)
        {
            var block = 0;
            foreach (var item in content.EnumerateArray())
            {
                if (item.GetProperty("type").ValueEquals("tool_result") && !open.Remove(item.GetProperty("tool_use_id").GetString()!))
                {
                    return AnthropicErrors.Invalid(
                        $"messages.{index}.content.{block}: unexpected `tool_use_id` found in `tool_result` blocks: {item.GetProperty("tool_use_id").GetString()}. "
                        + "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
                }

                block++;
            }
        }

        return open.Count > 0 ? WithoutResults(index - 1, open) : null;
    }

    private static HashSet<string> ToolUses(JsonElement message)
    {
        var content = message.GetProperty("content");
        return content.ValueKind != JsonValueKind.Array
            ? []
            : [.. content.EnumerateArray()
                .Where(block => block.GetProperty("type").ValueEquals("tool_use"))
                .Select(block => block.GetProperty("id").GetString()!)];
    }

    private static Refusal WithoutResults(int index, HashSet<string> open) => AnthropicErrors.Invalid(
        $"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}. "
        + "Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
}
