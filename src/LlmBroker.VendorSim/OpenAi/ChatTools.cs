using System.Text.Json;
using LlmBroker.Simulation.Answers;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Reads tools that were validated.</summary>
internal static class ChatTools
{
    public static AnswerForm.ToolCalls? Decide(JsonElement body, Prompt prompt)
    {
        if (!OpenAiFields.Has(body, "tools", out var tools))
            return null;
        var (choice, named) = OpenAiFields.Has(body, "tool_choice", out var wanted) ? Read(wanted) : (ToolChoice.Auto, null);
        var isParallel = !OpenAiFields.Has(body, "parallel_tool_calls", out var parallel) || parallel.GetBoolean();
        return ToolUse.Decide(tools.EnumerateArray().Select(Offer), choice, named, isParallel, prompt);
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

    /// <summary>The choice that chat and responses write as one word.</summary>
    public static ToolChoice Word(JsonElement choice) =>
        choice.ValueEquals("required") ? ToolChoice.Required
        : choice.ValueEquals("none") ? ToolChoice.None
        : ToolChoice.Auto;

    private static (ToolChoice Choice, string? Name) Read(JsonElement choice)
    {
        if (choice.ValueKind == JsonValueKind.String)
            return (Word(choice), null);
        var type = choice.GetProperty("type").GetString()!;
        if (type == "allowed_tools")
            return (choice.GetProperty("allowed_tools").TryGetProperty("mode", out var mode) ? Word(mode) : ToolChoice.Auto, null);
        return (ToolChoice.Named, choice.GetProperty(type).GetProperty("name").GetString());
    }

    private static OfferedTool Offer(JsonElement tool)
    {
        var definition = tool.GetProperty(tool.GetProperty("type").GetString()!);
        return new OfferedTool(
            definition.GetProperty("name").GetString()!, definition.TryGetProperty("parameters", out var parameters) ? parameters : null);
    }
}
