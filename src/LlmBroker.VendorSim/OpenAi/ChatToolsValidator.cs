using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

internal static class ChatToolsValidator
{
    private const int MaxTools = 128;

    public static Refusal? Validate(JsonElement body)
    {
        var hasTools = Has(body, "tools", out var tools);
        if (hasTools && Tools(tools) is { } refusal)
            return refusal;
        if (Boolean(body, "parallel_tool_calls") is { } wrong)
            return wrong;
        if (!hasTools && Has(body, "parallel_tool_calls", out _))
            return OnlyWithTools("parallel_tool_calls");
        if (!Has(body, "tool_choice", out var choice))
            return null;
        return hasTools ? Choice(choice, tools) : OnlyWithTools("tool_choice");
    }

    public static Refusal OnlyWithTools(string param) =>
        OpenAiErrors.NotAllowed(param, $"Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.");

    private static Refusal? Tools(JsonElement tools)
    {
        if (tools.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("tools", "an array of objects", Describe(tools));
        if (tools.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray("tools");
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
        if (type.ToString() is not ("function" or "custom"))
            return OpenAiErrors.WrongValue($"{at}.type", type.ToString(), List(["function", "custom"]));
        var kind = type.GetString()!;
        if (OnlyKnown(tool, at, "type", kind) is { } unknown)
            return unknown;
        if (!Has(tool, kind, out var definition))
            return OpenAiErrors.Missing($"{at}.{kind}");
        if (definition.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType($"{at}.{kind}", "an object", Describe(definition));
        if (!Has(definition, "name", out var name))
            return OpenAiErrors.Missing($"{at}.{kind}.name");
        if (name.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType($"{at}.{kind}.name", "a string", Describe(name));
        if (!ToolName.IsValid(name.GetString()!))
            return OpenAiErrors.WrongPattern($"{at}.{kind}.name", ToolName.Pattern);
        return kind == "function"
            ? OnlyKnown(definition, $"{at}.function", "name", "description", "parameters", "strict") ?? Function(definition, $"{at}.function")
            : null;
    }

    public static Refusal? Function(JsonElement function, string at)
    {
        if (Has(function, "strict", out var strict) && strict.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return OpenAiErrors.WrongType($"{at}.strict", "a boolean", Describe(strict));
        if (!Has(function, "parameters", out var parameters))
            return null;
        if (parameters.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType($"{at}.parameters", "an object", Describe(parameters));
        if (parameters.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("object")))
        {
            return new Refusal(
                400, "invalid_request_error",
                $"Invalid schema for function '{function.GetProperty("name").GetString()}': schema must be a JSON Schema of 'type: \"object\"', "
                + $"got 'type: {type.GetRawText()}'.",
                $"{at}.parameters", "invalid_function_parameters");
        }

        return Has(function, "strict", out strict) && strict.ValueKind == JsonValueKind.True
            ? StrictSchema.Check(
                parameters, $"function '{function.GetProperty("name").GetString()}'", $"{at}.parameters", "invalid_function_parameters")
            : null;
    }

    private static Refusal? Choice(JsonElement choice, JsonElement tools)
    {
        if (choice.ValueKind == JsonValueKind.String)
            return choice.GetString() is "none" or "auto" or "required"
                ? null
                : OpenAiErrors.WrongValue("tool_choice", choice.GetString()!, List(["none", "auto", "required"]));
        if (choice.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("tool_choice", "one of a string or an object", Describe(choice));
        if (!Has(choice, "type", out var type))
            return OpenAiErrors.Missing("tool_choice.type");
        switch (type.ToString())
        {
            case "allowed_tools":
                return Has(choice, "allowed_tools", out var allowed) && allowed.ValueKind == JsonValueKind.Object
                    ? null
                    : OpenAiErrors.Missing("tool_choice.allowed_tools");
            case "function" or "custom":
                var kind = type.GetString()!;
                if (!Has(choice, kind, out var named) || named.ValueKind != JsonValueKind.Object
                    || !Has(named, "name", out var name) || name.ValueKind != JsonValueKind.String)
                    return OpenAiErrors.Missing($"tool_choice.{kind}.name");
                return ChatTools.Find(tools, name.GetString()!) is null
                    ? OpenAiErrors.NotAllowed("tool_choice", $"Tool choice '{name.GetString()}' not found in 'tools' parameter.")
                    : null;
            default:
                return OpenAiErrors.WrongValue("tool_choice.type", type.ToString(), List(["function", "custom", "allowed_tools"]));
        }
    }
}
