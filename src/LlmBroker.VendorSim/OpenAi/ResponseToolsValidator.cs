using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Unlike chat's, tools here have their fields beside their type.</summary>
internal static class ResponseToolsValidator
{
    private const int MaxTools = 128;

    public static Refusal? Validate(JsonElement body)
    {
        var hasTools = Has(body, "tools", out var tools);
        if (hasTools && Tools(tools) is { } refusal)
            return refusal;
        if (Boolean(body, "parallel_tool_calls") is { } wrong)
            return wrong;
        if (!Has(body, "tool_choice", out var choice))
            return null;
        return Choice(choice, hasTools ? [.. tools.EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!)] : []);
    }

    private static Refusal? Tools(JsonElement tools)
    {
        if (tools.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("tools", "an array of objects", Describe(tools));
        if (tools.GetArrayLength() > MaxTools)
            return OpenAiErrors.LongArray("tools", MaxTools, tools.GetArrayLength());
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (Tool(tool, $"tools[{index}]") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Tool(JsonElement tool, string at)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(tool));
        if (!Has(tool, "type", out var type))
            return OpenAiErrors.Missing($"{at}.type");
        // Of the vendor's own tools, such as web search, none is simulated.
        if (type.ToString() != "function")
            return OpenAiErrors.WrongValue($"{at}.type", type.ToString(), List(["function"]));
        if (OnlyKnown(tool, at, "type", "name", "description", "parameters", "strict", "output_schema", "defer_loading", "allowed_callers") is { } unknown)
            return unknown;
        if (!Has(tool, "name", out var name))
            return OpenAiErrors.Missing($"{at}.name");
        if (name.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType($"{at}.name", "a string", Describe(name));
        return ToolName.IsValid(name.GetString()!) ? ChatToolsValidator.Function(tool, at) : OpenAiErrors.WrongPattern($"{at}.name", ToolName.Pattern);
    }

    private static Refusal? Choice(JsonElement choice, IReadOnlyCollection<string> names)
    {
        if (choice.ValueKind == JsonValueKind.String)
        {
            if (choice.GetString() is not ("none" or "auto" or "required"))
                return OpenAiErrors.WrongValue("tool_choice", choice.GetString()!, List(["none", "auto", "required"]));
            return choice.ValueEquals("required") && names.Count == 0 ? ChatToolsValidator.OnlyWithTools("tool_choice") : null;
        }

        if (choice.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("tool_choice", "one of a string or an object", Describe(choice));
        if (!Has(choice, "type", out var type))
            return OpenAiErrors.Missing("tool_choice.type");
        switch (type.ToString())
        {
            case "allowed_tools":
                return OpenAiFields.Choice(choice, "mode", "auto", "required");
            case "function":
                if (!Has(choice, "name", out var name) || name.ValueKind != JsonValueKind.String)
                    return OpenAiErrors.Missing("tool_choice.name");
                return names.Contains(name.GetString()!)
                    ? null
                    : OpenAiErrors.NotAllowed("tool_choice", $"Tool choice '{name.GetString()}' not found in 'tools' parameter.");
            default:
                return OpenAiErrors.WrongValue("tool_choice.type", type.ToString(), List(["function", "allowed_tools"]));
        }
    }
}
