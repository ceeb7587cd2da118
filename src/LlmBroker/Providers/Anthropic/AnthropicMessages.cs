using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Writes <c>system</c> and alternating turns. What tools said must come whole right after the calls, in the user's turn.</summary>
internal static class AnthropicMessages
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages, RequestFaults faults)
    {
        var system = string.Join("\n\n", ChatMessages.SystemTexts(messages).Select(text => text.GetString()));
        if (system.Length > 0)
            writer.WriteString("system"u8, system);

        writer.WriteStartArray("messages"u8);
        foreach (var turn in ChatMessages.Turns(messages))
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, turn.Role == ChatRole.Assistant ? "assistant"u8 : "user"u8);
            writer.WriteStartArray("content"u8);
            foreach (var part in turn.Parts)
                WritePart(writer, part, faults);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter writer, ChatPart part, RequestFaults faults)
    {
        switch (part)
        {
            case ChatPart.Text text:
                WriteText(writer, text.Value);
                break;
            case ChatPart.Image image:
                ChatImage.RefuseDetail(image, faults);
                WriteImage(writer, image);
                break;
            case ChatPart.ToolCall call:
                writer.WriteStartObject();
                writer.WriteString("type"u8, "tool_use"u8);
                writer.WriteRaw("id"u8, call.Id);
                writer.WriteRaw("name"u8, call.Name);
                writer.WritePropertyName("input"u8);
                call.Arguments.WriteTo(writer);
                writer.WriteEndObject();
                break;
            case ChatPart.ToolResult result:
                writer.WriteStartObject();
                writer.WriteString("type"u8, "tool_result"u8);
                writer.WriteRaw("tool_use_id"u8, result.Id);
                writer.WriteStartArray("content"u8);
                foreach (var text in result.Texts)
                    WriteText(writer, text);
                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, JsonElement text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        writer.WriteRaw("text"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter writer, ChatPart.Image image)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "image"u8);
        writer.WriteStartObject("source"u8);
        if (image.Url is { } url)
        {
            writer.WriteString("type"u8, "url"u8);
            writer.WriteString("url"u8, url);
        }
        else
        {
            writer.WriteString("type"u8, "base64"u8);
            writer.WriteString("media_type"u8, image.MediaType);
            writer.WriteString("data"u8, image.Base64.Span);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
