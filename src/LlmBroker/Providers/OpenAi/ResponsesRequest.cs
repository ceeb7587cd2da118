using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.OpenAi;

/// <summary>Maps a chat request to OpenAI's Responses API, for the models that only that one serves.</summary>
internal static class ResponsesRequest
{
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var request = new ChatRequest(call.Body);
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(call.Body).Length + 1024);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("model"u8, call.VendorModel);
        WriteInput(writer, ChatMessages.Read(request.Take("messages"), faults));
        writer.WriteRaw("max_output_tokens"u8, request.TakeMaxTokens());
        foreach (var same in (ReadOnlySpan<string>)["temperature", "top_p", "metadata", "user", "safety_identifier", "prompt_cache_key", "service_tier", "top_logprobs"])
            if (request.Take(same) is { } value)
            {
                writer.WritePropertyName(same);
                writer.WriteRaw(value);
            }

        // Chat completions are not kept unless asked for; responses are unless asked not to.
        writer.WriteBoolean("store"u8, request.Take("store") is { ValueKind: JsonValueKind.True });
        if (request.Take("logprobs") is { ValueKind: JsonValueKind.True })
            writer.WriteRaw("include"u8, s_logprobs);
        if (request.Take("reasoning_effort") is { } effort)
        {
            writer.WriteStartObject("reasoning"u8);
            writer.WriteRaw("effort"u8, effort);
            writer.WriteEndObject();
        }

        WriteText(writer, request, faults);
        WriteTools(writer, ChatTools.Read(request, faults));
        request.RefuseRest(faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    private static readonly JsonElement s_logprobs = JsonElement.Parse("""["message.output_text.logprobs"]""");

    private static void WriteInput(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages)
    {
        writer.WriteStartArray("input"u8);
        foreach (var message in messages)
        {
            var said = message.Parts.Where(part => part is ChatPart.Text or ChatPart.Image).ToList();
            if (said.Count > 0)
                WriteMessage(writer, message.Role, said);
            foreach (var part in message.Parts)
                if (part is ChatPart.ToolCall call)
                    WriteCall(writer, call);
                else if (part is ChatPart.ToolResult result)
                    WriteResult(writer, result);
        }

        writer.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatRole role, List<ChatPart> parts)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, role switch { ChatRole.System => "developer"u8, ChatRole.Assistant => "assistant"u8, _ => "user"u8 });
        // A string is the one form that every role takes without an id of an earlier response.
        if (role != ChatRole.User && parts.TrueForAll(part => part is ChatPart.Text))
        {
            writer.WriteString("content"u8, string.Concat(parts.Cast<ChatPart.Text>().Select(text => text.Value.GetString())));
            writer.WriteEndObject();
            return;
        }

        writer.WriteStartArray("content"u8);
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            if (part is ChatPart.Text text)
            {
                writer.WriteString("type"u8, "input_text"u8);
                writer.WriteRaw("text"u8, text.Value);
            }
            else if (part is ChatPart.Image image)
            {
                writer.WriteString("type"u8, "input_image"u8);
                writer.WriteRaw("image_url"u8, image.Original);
                if (image.Detail is { } detail)
                    writer.WriteRaw("detail"u8, detail);
                else
                    writer.WriteString("detail"u8, "auto"u8);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, ChatPart.ToolCall call)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "function_call"u8);
        writer.WriteRaw("call_id"u8, call.Id);
        writer.WriteRaw("name"u8, call.Name);
        if (call.ArgumentsText is { } text)
            writer.WriteRaw("arguments"u8, text);
        else
            writer.WriteString("arguments"u8, "{}"u8);
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, ChatPart.ToolResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "function_call_output"u8);
        writer.WriteRaw("call_id"u8, result.Id);
        writer.WriteString("output"u8, string.Concat(result.Texts.Select(text => text.GetString())));
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ChatRequest request, RequestFaults faults)
    {
        var verbosity = request.Take("verbosity");
        var isJson = !request.TakeDefault("response_format") && request.Take("response_format") is { } format ? format : (JsonElement?)null;
        if (verbosity is null && isJson is null)
            return;

        writer.WriteStartObject("text"u8);
        writer.WriteRaw("verbosity"u8, verbosity);
        if (isJson is { } wanted)
        {
            writer.WriteStartObject("format"u8);
            writer.WriteRaw("type"u8, wanted.Member("type"));
            if (wanted.Member("json_schema") is { ValueKind: JsonValueKind.Object } schema)
                foreach (var member in schema.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    writer.WriteRaw(member.Value);
                }
            else if (wanted.Member("type")?.Is("json_object") != true)
                faults.Invalid("response_format", "must be json_object, or json_schema with its schema");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools.Tools is [])
            return;

        writer.WriteStartArray("tools"u8);
        foreach (var tool in tools.Tools)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "function"u8);
            writer.WriteRaw("name"u8, tool.Name);
            writer.WriteRaw("description"u8, tool.Description);
            if (tool.Parameters is { } parameters)
                writer.WriteRaw("parameters"u8, parameters);
            else
                writer.WriteNull("parameters"u8);
            // Unsaid means false in a chat completion and true here.
            writer.WriteBoolean("strict"u8, tool.IsStrict);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        switch (tools.Choice)
        {
            case ToolChoice.Auto: writer.WriteString("tool_choice"u8, "auto"u8); break;
            case ToolChoice.None: writer.WriteString("tool_choice"u8, "none"u8); break;
            case ToolChoice.Required: writer.WriteString("tool_choice"u8, "required"u8); break;
            case ToolChoice.Named:
                writer.WriteStartObject("tool_choice"u8);
                writer.WriteString("type"u8, "function"u8);
                writer.WriteRaw("name"u8, tools.ChosenName);
                writer.WriteEndObject();
                break;
        }

        if (tools.OneAtATime)
            writer.WriteBoolean("parallel_tool_calls"u8, false);
    }
}
