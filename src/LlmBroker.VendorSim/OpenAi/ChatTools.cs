using System.Text.Json;
using LlmBroker.Simulation.Answers;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Reads tools that were validated.</summary>
internal static class ChatTools
{
    /// <summary>The call that the request leaves no choice about; null when an answer in text will do.</summary>
    public static AnswerForm.ToolCall? Required(JsonElement body)
    {
        if (!OpenAiFields.Has(body, "tools", out var tools) || !OpenAiFields.Has(body, "tool_choice", out var choice))
            return null;
        if (choice.ValueKind == JsonValueKind.String)
            return choice.ValueEquals("required") ? Call(tools[0], isChosen: false) : null;
        var type = choice.GetProperty("type").GetString()!;
        if (type == "allowed_tools")
            return choice.GetProperty("allowed_tools").TryGetProperty("mode", out var mode) && mode.ToString() == "required"
                ? Call(tools[0], isChosen: false)
                : null;
        return Find(tools, choice.GetProperty(type).GetProperty("name").GetString()!) is { } tool ? Call(tool, isChosen: true) : null;
    }

    public static JsonElement? Find(JsonElement tools, string name)
    {
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.GetProperty(tool.GetProperty("type").GetString()!).GetProperty("name").ValueEquals(name))
                return tool;
        }

        return null;
    }

    private static AnswerForm.ToolCall Call(JsonElement tool, bool isChosen)
    {
        var definition = tool.GetProperty(tool.GetProperty("type").GetString()!);
        return new AnswerForm.ToolCall(
            definition.GetProperty("name").GetString()!,
            definition.TryGetProperty("parameters", out var parameters) ? parameters : null,
            isChosen);
    }
}
