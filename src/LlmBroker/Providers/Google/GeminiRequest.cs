using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Google;

/// <summary>Maps a chat request to <c>generateContent</c>. What it has no place for is a fault that names the member.</summary>
internal static class GeminiRequest
{
    /// <summary>Google's own word for a call whose signature got lost, since another vendor's model made it.</summary>
    private const string NoSignature = "skip_thought_signature_validator";

    public static PooledBuffer Write(ProviderCall call, RequestFaults faults, bool isVertex)
    {
        var request = new ChatRequest(call.Body);
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(call.Body).Length + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        var messages = ChatMessages.Read(request.Take("messages"), faults);
        WriteSystem(writer, messages);
        WriteContents(writer, messages, call.VendorModel, isVertex, faults);
        WriteTools(writer, ChatTools.Read(request, faults), faults);
        WriteGeneration(writer, request, call, faults);
        request.RefuseRest(faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    private static void WriteSystem(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages)
    {
        var texts = ChatMessages.SystemTexts(messages).ToList();
        if (texts is [])
            return;

        writer.WriteStartObject("systemInstruction"u8);
        writer.WriteStartArray("parts"u8);
        foreach (var text in texts)
            WriteText(writer, text);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteContents(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages, string model, bool isVertex, RequestFaults faults)
    {
        // Results are told apart by the function's name, which OpenAI's messages only give with the call.
        var names = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        writer.WriteStartArray("contents"u8);
        foreach (var turn in ChatMessages.Turns(messages))
        {
            var needsSignature = model.Contains("gemini-3", StringComparison.OrdinalIgnoreCase);
            writer.WriteStartObject();
            writer.WriteString("role"u8, turn.Role == ChatRole.Assistant ? "model"u8 : "user"u8);
            writer.WriteStartArray("parts"u8);
            foreach (var part in turn.Parts)
                switch (part)
                {
                    case ChatPart.Text text:
                        WriteText(writer, text.Value);
                        break;
                    case ChatPart.Image image:
                        WriteImage(writer, image, faults);
                        break;
                    case ChatPart.ToolCall call:
                        names[call.Id.GetString()!] = call.Name;
                        WriteCall(writer, call, needsSignature, isVertex);
                        // Only the first of several calls carries one.
                        needsSignature = false;
                        break;
                    case ChatPart.ToolResult result:
                        WriteResult(writer, result, names, isVertex, faults);
                        break;
                }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
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
        writer.WriteStartObject();
        writer.WriteStartObject("inlineData"u8);
        writer.WriteString("mimeType"u8, image.MediaType);
        writer.WriteString("data"u8, image.Base64.Span);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, ChatPart.ToolCall call, bool needsSignature, bool isVertex)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionCall"u8);
        if (!isVertex)
            writer.WriteRaw("id"u8, call.Id);
        writer.WriteRaw("name"u8, call.Name);
        writer.WriteRaw("args"u8, call.Arguments);
        writer.WriteEndObject();
        if (call.Extra?.Member("google")?.Member("thought_signature") is { } signature)
            writer.WriteRaw("thoughtSignature"u8, signature);
        else if (needsSignature)
            writer.WriteString("thoughtSignature"u8, NoSignature);
        writer.WriteEndObject();
    }

    private static void WriteResult(
        Utf8JsonWriter writer, ChatPart.ToolResult result, Dictionary<string, JsonElement> names, bool isVertex, RequestFaults faults)
    {
        if (!names.TryGetValue(result.Id.GetString()!, out var name))
        {
            faults.Invalid($"{result.Path}.tool_call_id", "must be the id of a call in an earlier message");
            return;
        }

        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse"u8);
        if (!isVertex)
            writer.WriteRaw("id"u8, result.Id);
        writer.WriteRaw("name"u8, name);
        writer.WritePropertyName("response"u8);
        WriteResponse(writer, string.Concat(result.Texts.Select(text => text.GetString())));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>An object as it is; anything else as the one member that Google's guide names.</summary>
    private static void WriteResponse(Utf8JsonWriter writer, string text)
    {
        if (text.AsSpan().TrimStart().StartsWith('{'))
            try
            {
                writer.WriteRaw(JsonElement.Parse(text));
                return;
            }
            catch (JsonException)
            {
                // Text that begins like an object and is none.
            }

        writer.WriteStartObject();
        writer.WriteString("output"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, ChatTools tools, RequestFaults faults)
    {
        tools.RefuseOneAtATime(faults);
        if (tools.Tools is [])
            return;

        writer.WriteStartArray("tools"u8);
        writer.WriteStartObject();
        writer.WriteStartArray("functionDeclarations"u8);
        foreach (var tool in tools.Tools)
        {
            if (tool.IsStrict)
                faults.Unsupported($"{tool.Path}.function.strict");
            writer.WriteStartObject();
            writer.WriteRaw("name"u8, tool.Name);
            writer.WriteRaw("description"u8, tool.Description);
            writer.WriteRaw("parametersJsonSchema"u8, tool.Parameters);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (tools.Choice == ToolChoice.Unsaid)
            return;

        writer.WriteStartObject("toolConfig"u8);
        writer.WriteStartObject("functionCallingConfig"u8);
        writer.WriteString("mode"u8, tools.Choice switch { ToolChoice.None => "NONE"u8, ToolChoice.Auto => "AUTO"u8, _ => "ANY"u8 });
        if (tools.Choice == ToolChoice.Named)
        {
            writer.WriteStartArray("allowedFunctionNames"u8);
            writer.WriteRaw(tools.ChosenName);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteGeneration(Utf8JsonWriter writer, ChatRequest request, ProviderCall call, RequestFaults faults)
    {
        writer.WriteStartObject("generationConfig"u8);
        writer.WriteRaw("maxOutputTokens"u8, request.TakeMaxTokens());
        writer.WriteRaw("temperature"u8, request.Take("temperature"));
        writer.WriteRaw("topP"u8, request.Take("top_p"));
        writer.WriteRaw("seed"u8, request.Take("seed"));
        writer.WriteRaw("presencePenalty"u8, request.Take("presence_penalty"));
        writer.WriteRaw("frequencyPenalty"u8, request.Take("frequency_penalty"));
        ChatStop.Write(writer, "stopSequences"u8, request.Take("stop"), faults);
        if (!request.TakeDefault("n"))
            writer.WriteRaw("candidateCount"u8, request.Take("n"));
        if (!request.TakeDefault("logprobs") && request.Take("logprobs") is not null)
        {
            writer.WriteBoolean("responseLogprobs"u8, true);
            writer.WriteRaw("logprobs"u8, request.Take("top_logprobs"));
        }

        WriteFormat(writer, request, faults);
        if (request.Take("reasoning_effort") is { } effort)
            WriteThinking(writer, effort, call.VendorModel, faults);
        writer.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter writer, ChatRequest request, RequestFaults faults)
    {
        if (request.Take("response_format") is not { } format || format.Member("type")?.Is("text") == true)
            return;

        var schema = format.Member("type")?.Is("json_schema") == true ? format.Member("json_schema")?.Member("schema") : null;
        if (schema is null && format.Member("type")?.Is("json_object") != true)
            faults.Invalid("response_format", "must be text, json_object, or json_schema with its schema");
        writer.WriteString("responseMimeType"u8, "application/json"u8);
        writer.WriteRaw("responseJsonSchema"u8, schema);
    }

    /// <summary>Gemini 2.5 thinks for a number of tokens, later ones at a level. Figures: Google's table for OpenAI's levels.</summary>
    private static void WriteThinking(Utf8JsonWriter writer, JsonElement effort, string model, RequestFaults faults)
    {
        var (level, budget) = effort.ValueKind == JsonValueKind.String
            ? effort.GetString() switch
            {
                "none" => (null, 0),
                "minimal" => ("MINIMAL", 1024),
                "low" => ("LOW", 1024),
                "medium" => ("MEDIUM", 8192),
                "high" => ("HIGH", 24576),
                _ => (null, -1),
            }
            : (null, -1);
        var hasBudget = model.Contains("gemini-2", StringComparison.OrdinalIgnoreCase);
        if (hasBudget ? budget < 0 : level is null)
        {
            faults.Unsupported("reasoning_effort", "has a value that is not supported by this model");
            return;
        }

        writer.WriteStartObject("thinkingConfig"u8);
        if (hasBudget)
            writer.WriteNumber("thinkingBudget"u8, budget);
        else
            writer.WriteString("thinkingLevel"u8, level);
        writer.WriteEndObject();
    }
}
