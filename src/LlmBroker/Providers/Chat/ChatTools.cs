using System.Text.Json;

namespace LlmBroker.Providers.Chat;

internal enum ToolChoice
{
    /// <summary>Nothing was said.</summary>
    Unsaid,
    Auto,
    None,
    Required,
    Named,
}

/// <summary>
/// One function that the model may call. <paramref name="Parameters"/> is a schema that is not empty, or null; with <paramref name="IsStrict"/> the
/// arguments must follow it.
/// </summary>
internal sealed record ChatTool(JsonElement Name, JsonElement? Description, JsonElement? Parameters, bool IsStrict, string Path);

/// <summary>
/// <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c> of an OpenAI chat request, checked. <paramref name="ChosenName"/> is the function of
/// <see cref="ToolChoice.Named"/>; <paramref name="OneAtATime"/>: at most one call a turn.
/// </summary>
internal sealed record ChatTools(IReadOnlyList<ChatTool> Tools, ToolChoice Choice, JsonElement ChosenName, bool OneAtATime)
{
    private static readonly ChatTools s_none = new([], ToolChoice.Unsaid, default, OneAtATime: false);

    /// <summary>A schema for functions without parameters, where there must be one.</summary>
    public static ReadOnlySpan<byte> NoParameters => """{"type":"object","properties":{}}"""u8;

    public static ChatTools Read(ChatRequest request, RequestFaults faults)
    {
        var tools = request.Take("tools");
        var choice = request.Take("tool_choice");
        var parallel = request.Take("parallel_tool_calls");
        if (tools is null)
        {
            if (choice is { } useless && !useless.Is("none") && !useless.Is("auto"))
                faults.Invalid("tool_choice", "needs tools");
            return s_none;
        }

        if (tools is not { ValueKind: JsonValueKind.Array } all)
        {
            faults.Invalid("tools", "must be an array");
            return s_none;
        }

        var read = new List<ChatTool>(all.GetArrayLength());
        var index = 0;
        foreach (var tool in all.EnumerateArray())
            if (ReadTool(tool, $"tools[{index++}]", faults) is { } one)
                read.Add(one);
        if (all.GetArrayLength() == 0)
            return s_none;

        var (kind, name) = ReadChoice(choice, faults);
        return new ChatTools(read, kind, name, parallel?.ValueKind == JsonValueKind.False);
    }

    /// <summary>For vendors whose models may always make several calls at once.</summary>
    public void RefuseOneAtATime(RequestFaults faults)
    {
        if (OneAtATime && Choice != ToolChoice.None)
            faults.Unsupported("parallel_tool_calls", "false is not supported by this vendor");
    }

    private static ChatTool? ReadTool(JsonElement tool, string path, RequestFaults faults)
    {
        if (tool.Member("type")?.Is("function") != true)
        {
            faults.Unsupported($"{path}.type", "other than 'function' is not supported by this vendor");
            return null;
        }

        if (tool.Member("function") is not { } function || function.Member("name") is not { ValueKind: JsonValueKind.String } name)
        {
            faults.Invalid($"{path}.function.name", "must be a string");
            return null;
        }

        foreach (var member in function.EnumerateObject())
            if (member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False) && member.Name is not ("name" or "description" or "parameters" or "strict"))
                faults.Unsupported($"{path}.function.{member.Name}");

        var parameters = function.Member("parameters") is { ValueKind: JsonValueKind.Object } schema && schema.GetPropertyCount() > 0 ? schema : (JsonElement?)null;
        return new ChatTool(name, function.Member("description"), parameters, function.Member("strict")?.ValueKind == JsonValueKind.True, path);
    }

    private static (ToolChoice Choice, JsonElement Name) ReadChoice(JsonElement? choice, RequestFaults faults)
    {
        switch (choice)
        {
            case null: return (ToolChoice.Unsaid, default);
            case { } auto when auto.Is("auto"): return (ToolChoice.Auto, default);
            case { } none when none.Is("none"): return (ToolChoice.None, default);
            case { } required when required.Is("required"): return (ToolChoice.Required, default);
            case { } named when named.Member("type")?.Is("function") == true
                && named.Member("function")?.Member("name") is { ValueKind: JsonValueKind.String } name:
                return (ToolChoice.Named, name);
            default:
                faults.Unsupported("tool_choice", "has a value that is not supported by this vendor");
                return (ToolChoice.Unsaid, default);
        }
    }
}
