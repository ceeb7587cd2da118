using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c>.</summary>
internal static class AnthropicTools
{
    public static void Write(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools.Tools is [])
            return;

        writer.WriteStartArray("tools"u8);
        foreach (var tool in tools.Tools)
        {
            writer.WriteStartObject();
            writer.WriteRaw("name"u8, tool.Name);
            writer.WriteRaw("description"u8, tool.Description);
            writer.WritePropertyName("input_schema"u8);
            if (tool.Parameters is { } parameters)
                writer.WriteRaw(parameters);
            else
                // No parameters at OpenAI; here the schema must be there and be that of an object.
                writer.WriteRawValue(ChatTools.NoParameters, skipInputValidation: true);
            if (tool.IsStrict)
                writer.WriteBoolean("strict"u8, true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteChoice(writer, tools);
    }

    private static void WriteChoice(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools is { Choice: ToolChoice.Unsaid, OneAtATime: false })
            return;

        writer.WriteStartObject("tool_choice"u8);
        writer.WriteString("type"u8, tools.Choice switch
        {
            ToolChoice.None => "none"u8,
            ToolChoice.Required => "any"u8,
            ToolChoice.Named => "tool"u8,
            _ => "auto"u8,
        });
        if (tools.Choice == ToolChoice.Named)
            writer.WriteRaw("name"u8, tools.ChosenName);

        // The vendor takes it with every choice but "none", where there is nothing to disable.
        if (tools.OneAtATime && tools.Choice != ToolChoice.None)
            writer.WriteBoolean("disable_parallel_tool_use"u8, true);
        writer.WriteEndObject();
    }
}
