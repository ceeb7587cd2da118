using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Bedrock;

/// <summary>Maps a chat request to Converse. What Converse has no place for is a fault that names the member.</summary>
internal static class ConverseRequest
{
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var request = new ChatRequest(call.Body);
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(call.Body).Length + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        var messages = ChatMessages.Read(request.Take("messages"), faults);
        WriteMessages(writer, messages, faults);
        WriteInference(writer, request, call, faults);
        WriteTools(writer, ChatTools.Read(request, faults), messages, faults);
        WriteOutput(writer, request, faults);
        request.RefuseRest(faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    private static void WriteMessages(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages, RequestFaults faults)
    {
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
        var system = ChatMessages.SystemTexts(messages).ToList();
        if (system is [])
            return;

        writer.WriteStartArray("system"u8);
        foreach (var text in system)
            WriteText(writer, text);
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
                WriteImage(writer, image, faults);
                break;
            case ChatPart.ToolCall call:
                writer.WriteStartObject();
                writer.WriteStartObject("toolUse"u8);
                writer.WriteRaw("toolUseId"u8, call.Id);
                writer.WriteRaw("name"u8, call.Name);
                writer.WriteRaw("input"u8, call.Arguments);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            case ChatPart.ToolResult result:
                writer.WriteStartObject();
                writer.WriteStartObject("toolResult"u8);
                writer.WriteRaw("toolUseId"u8, result.Id);
                writer.WriteStartArray("content"u8);
                foreach (var text in result.Texts)
                    WriteText(writer, text);
                writer.WriteEndArray();
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, JsonElement text)
    {
        writer.WriteStartObject();
        writer.WriteRaw("text"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter writer, ChatPart.Image image, RequestFaults faults)
    {
        ChatImage.RefuseDetail(image, faults);
        if (!ChatImage.RequireBytes(image, faults))
            return;
        var format = image.MediaType.ToLowerInvariant() switch
        {
            "image/png" => "png",
            "image/jpeg" or "image/jpg" => "jpeg",
            "image/gif" => "gif",
            "image/webp" => "webp",
            _ => null,
        };
        if (format is null)
            faults.Unsupported($"{image.Path}.image_url.url", "of another type than png, jpeg, gif or webp is not supported by this vendor");

        writer.WriteStartObject();
        writer.WriteStartObject("image"u8);
        writer.WriteString("format"u8, format);
        writer.WriteStartObject("source"u8);
        writer.WriteString("bytes"u8, image.Base64.Span);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteInference(Utf8JsonWriter writer, ChatRequest request, ProviderCall call, RequestFaults faults)
    {
        writer.WriteStartObject("inferenceConfig"u8);
        if (request.TakeMaxTokens() is { } maxTokens)
            writer.WriteRaw("maxTokens"u8, maxTokens);
        else
            writer.WriteNumber("maxTokens"u8, call.MaxOutputTokens);
        writer.WriteRaw("temperature"u8, request.TakeUpTo("temperature", 1, faults));
        writer.WriteRaw("topP"u8, request.Take("top_p"));
        ChatStop.Write(writer, "stopSequences"u8, request.Take("stop"), faults);
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, ChatTools tools, IReadOnlyList<ChatMessage> messages, RequestFaults faults)
    {
        tools.RefuseOneAtATime(faults);
        var hasUsed = messages.Any(message => message.Parts.Any(part => part is ChatPart.ToolCall or ChatPart.ToolResult));
        // There is no "none"; not to offer them says the same, as long as none was used before.
        if (tools.Choice == ToolChoice.None && hasUsed)
            faults.Unsupported("tool_choice", "'none' after a tool was used is not supported by this vendor");
        if (tools.Tools is [] && hasUsed)
            faults.Invalid("tools", "must name the tools that the messages call");
        if (tools.Tools is [] || tools.Choice == ToolChoice.None)
            return;

        writer.WriteStartObject("toolConfig"u8);
        writer.WriteStartArray("tools"u8);
        foreach (var tool in tools.Tools)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("toolSpec"u8);
            writer.WriteRaw("name"u8, tool.Name);
            if (tool.Description is { } description && !description.Is(""))
                writer.WriteRaw("description"u8, description);
            writer.WriteStartObject("inputSchema"u8);
            writer.WritePropertyName("json"u8);
            if (tool.Parameters is { } parameters)
                writer.WriteRaw(parameters);
            else
                writer.WriteRawValue(ChatTools.NoParameters, skipInputValidation: true);
            writer.WriteEndObject();
            if (tool.IsStrict)
                writer.WriteBoolean("strict"u8, true);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteChoice(writer, tools);
        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools.Choice == ToolChoice.Unsaid)
            return;

        writer.WriteStartObject("toolChoice"u8);
        writer.WriteStartObject(tools.Choice switch { ToolChoice.Required => "any"u8, ToolChoice.Named => "tool"u8, _ => "auto"u8 });
        if (tools.Choice == ToolChoice.Named)
            writer.WriteRaw("name"u8, tools.ChosenName);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter writer, ChatRequest request, RequestFaults faults)
    {
        var effort = request.TakeDefault("reasoning_effort") ? null : request.Take("reasoning_effort");
        var format = ChatFormat.Read(request, faults);
        if (effort is null && format is null)
            return;

        writer.WriteStartObject("outputConfig"u8);
        if (format is not null)
        {
            writer.WriteStartObject("textFormat"u8);
            writer.WriteString("type"u8, "json_schema"u8);
            writer.WriteStartObject("structure"u8);
            writer.WriteStartObject("jsonSchema"u8);
            // Here the schema is a string that holds one.
            writer.WriteString("schema"u8, JsonMarshal.GetRawUtf8Value(format.Schema));
            writer.WriteRaw("name"u8, format.Name);
            writer.WriteRaw("description"u8, format.Description);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteRaw("effort"u8, effort);
        writer.WriteEndObject();
    }
}
