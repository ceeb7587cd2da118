using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Anthropic.AnthropicFields;

namespace LlmBroker.Simulation.Anthropic;

internal static partial class MessageToolsValidator
{
    public static Refusal? Validate(JsonElement body)
    {
        var hasTools = body.TryGetProperty("tools", out var tools);
        if (hasTools && Tools(tools) is { } refusal)
            return refusal;
        if (!body.TryGetProperty("tool_choice", out var choice))
            return null;
        if (!hasTools || tools.GetArrayLength() == 0)
            return AnthropicErrors.Invalid("tool_choice: `tool_choice` may only be specified while providing `tools`.");
        return Choice(choice, tools);
    }

    private static Refusal? Tools(JsonElement tools)
    {
        if (tools.ValueKind != JsonValueKind.Array)
            return AnthropicErrors.WrongType("tools", "a valid array");
        var names = new HashSet<string>();
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (Tool(tool, $"tools.{index}") is { } refusal)
                return refusal;
            if (!names.Add(tool.GetProperty("name").GetString()!))
                return AnthropicErrors.Invalid("tools: Tool names must be unique.");
            index++;
        }

        return null;
    }

    private static Refusal? Tool(JsonElement tool, string at)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType(at, "an object");
        // Tools that run at the vendor have types of their own, such as web_search_20250305, and no schema.
        if (tool.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && !type.ValueEquals("custom"))
            return RequiredText(tool, $"{at}.", "name");
        if (RequiredText(tool, $"{at}.custom.", "name") is { } missing)
            return missing;
        if (!Name().IsMatch(tool.GetProperty("name").GetString()!))
            return AnthropicErrors.Invalid($"{at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'");
        if (!tool.TryGetProperty("input_schema", out var schema))
            return AnthropicErrors.Required($"{at}.custom.input_schema");
        if (schema.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType($"{at}.custom.input_schema", "a valid dictionary");
        if (!schema.TryGetProperty("type", out var schemaType))
            return AnthropicErrors.Required($"{at}.custom.input_schema.type");
        if (schemaType.ToString() != "object")
            return AnthropicErrors.WrongType($"{at}.custom.input_schema.type", "'object'");
        return OnlyKnown(
            tool, $"{at}.custom.", "type", "name", "description", "input_schema", "cache_control", "strict", "input_examples", "allowed_callers",
            "defer_loading", "eager_input_streaming");
    }

    private static Refusal? Choice(JsonElement choice, JsonElement tools)
    {
        if (choice.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.WrongType("tool_choice", "an object");
        if (!choice.TryGetProperty("type", out var type))
            return AnthropicErrors.Required("tool_choice.type");
        if (choice.TryGetProperty("disable_parallel_tool_use", out var disabled) && disabled.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return AnthropicErrors.WrongType($"tool_choice.{type}.disable_parallel_tool_use", "a valid boolean");
        switch (type.ToString())
        {
            case "none":
                return OnlyKnown(choice, "tool_choice.none.", "type");
            case "auto" or "any":
                return OnlyKnown(choice, $"tool_choice.{type}.", "type", "disable_parallel_tool_use");
            case "tool":
                if (RequiredText(choice, "tool_choice.tool.", "name") is { } missing)
                    return missing;
                var name = choice.GetProperty("name").GetString()!;
                return tools.EnumerateArray().Any(tool => tool.GetProperty("name").ValueEquals(name))
                    ? null
                    : AnthropicErrors.Invalid($"Tool '{name}' not found in provided tools");
            case var other:
                return AnthropicErrors.Invalid(
                    $"tool_choice: Input tag '{other}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'");
        }
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]{1,128}\z")]
    private static partial Regex Name();
}
