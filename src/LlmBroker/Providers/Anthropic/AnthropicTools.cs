using System.Text.Json;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Maps <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
internal static class AnthropicTools
{
    public static void Write(Utf8JsonWriter writer, JsonElement? tools, JsonElement? choice, JsonElement? parallel, RequestFaults faults)
    {
        if (tools is null)
        {
            if (choice is { } useless && !useless.Is("none") && !useless.Is("auto"))
                faults.Invalid("tool_choice", "needs tools");
            return;
        }

        if (tools is not { ValueKind: JsonValueKind.Array } all)
        {
            faults.Invalid("tools", "must be an array");
            return;
        }

        if (all.GetArrayLength() == 0)
            return;

        writer.WriteStartArray("tools"u8);
        var index = 0;
        foreach (var tool in all.EnumerateArray())
            WriteTool(writer, tool, $"tools[{index++}]", faults);
        writer.WriteEndArray();
        WriteChoice(writer, choice, disableParallel: parallel?.ValueKind == JsonValueKind.False, faults);
    }

    private static void WriteTool(Utf8JsonWriter writer, JsonElement tool, string path, RequestFaults faults)
    {
        if (tool.Member("type")?.Is("function") != true)
        {
            faults.Unsupported($"{path}.type", "other than 'function' is not supported by this vendor");
            return;
        }

        if (tool.Member("function") is not { } function || function.Member("name") is not { ValueKind: JsonValueKind.String } name)
        {
            faults.Invalid($"{path}.function.name", "must be a string");
            return;
        }

        foreach (var member in function.EnumerateObject())
            if (member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False) && member.Name is not ("name" or "description" or "parameters"))
                faults.Unsupported($"{path}.function.{member.Name}");

        writer.WriteStartObject();
        AnthropicRequest.WriteRaw(writer, "name"u8, name);
        if (function.Member("description") is { } description)
            AnthropicRequest.WriteRaw(writer, "description"u8, description);
        writer.WritePropertyName("input_schema"u8);
        if (function.Member("parameters") is { ValueKind: JsonValueKind.Object } parameters && parameters.GetPropertyCount() > 0)
            AnthropicRequest.WriteRaw(writer, parameters);
        else
            // No parameters at OpenAI; here the schema must be there and be that of an object.
            writer.WriteRawValue("""{"type":"object","properties":{}}"""u8, skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, JsonElement? choice, bool disableParallel, RequestFaults faults)
    {
        if (choice is null && !disableParallel)
            return;

        var none = choice?.Is("none") == true;
        writer.WriteStartObject("tool_choice"u8);
        if (choice is null || choice.Value.Is("auto"))
            writer.WriteString("type"u8, "auto"u8);
        else if (none)
            writer.WriteString("type"u8, "none"u8);
        else if (choice.Value.Is("required"))
            writer.WriteString("type"u8, "any"u8);
        else if (choice.Value.Member("type")?.Is("function") == true
            && choice.Value.Member("function")?.Member("name") is { ValueKind: JsonValueKind.String } name)
        {
            writer.WriteString("type"u8, "tool"u8);
            AnthropicRequest.WriteRaw(writer, "name"u8, name);
        }
        else
            faults.Unsupported("tool_choice", "has a value that is not supported by this vendor");

        // The vendor takes it with every choice but "none", where there is nothing to disable.
        if (disableParallel && !none)
            writer.WriteBoolean("disable_parallel_tool_use"u8, true);
        writer.WriteEndObject();
    }
}
