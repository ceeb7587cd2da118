using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Maps a message of the vendor to OpenAI's <c>chat.completion</c> object.</summary>
internal static class AnthropicAnswer
{
    public static ProviderResult Read(VendorAnswer answer, DateTimeOffset now)
    {
        var requestId = answer.Header(AnthropicProvider.RequestIdHeader);
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var message = document.RootElement;
            var usage = Usage(message);
            if (message.Text("id") is null
                || message.Text("stop_reason") is not { } stopReason
                || message.Member("content") is not { ValueKind: JsonValueKind.Array } content
                || !content.EnumerateArray().All(IsWhole))
                return VendorFailure.Malformed(answer, "the answer is no message with id, content and stop_reason.", requestId) with { Usage = usage };

            var finishReason = FinishReason(stopReason);
            return new ProviderResult
            {
                Body = Map(message, content, finishReason, usage, now),
                FinishReason = finishReason,
                Usage = usage,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = requestId,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is no Unicode text, which the parser does not look into.
            return VendorFailure.Malformed(answer, "the answer is not JSON.", requestId);
        }
    }

    private static bool IsWhole(JsonElement block) => block.Text("type") switch
    {
        "text" => block.Member("text") is { ValueKind: JsonValueKind.String },
        "tool_use" => block.Text("id") is not null && block.Text("name") is not null,
        var type => type is not null,
    };

    private static string FinishReason(string stopReason) => stopReason switch
    {
        "end_turn" or "stop_sequence" => "stop",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        // max_tokens, model_context_window_exceeded, pause_turn, and whatever comes to be: never called complete unless known to be.
        _ => "length",
    };

    private static TokenUsage? Usage(JsonElement message)
    {
        if (message.Member("usage") is not { } usage || usage.Count("input_tokens") is not { } input)
            return null;

        return new TokenUsage
        {
            // Here, unlike at OpenAI, the classes do not overlap.
            InputTokens = input,
            CacheReadTokens = usage.Count("cache_read_input_tokens") ?? 0,
            CacheWriteTokens = usage.Count("cache_creation_input_tokens") ?? 0,
            OutputTokens = usage.Count("output_tokens") ?? 0,
        };
    }

    private static JsonElement Map(JsonElement message, JsonElement content, string finishReason, TokenUsage? usage, DateTimeOffset now)
    {
        using var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(message).Length + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        AnthropicRequest.WriteRaw(writer, "id"u8, message.GetProperty("id"));
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, now.ToUnixTimeSeconds());
        writer.WriteString("model"u8, message.Text("model") ?? "");
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        WriteMessage(writer, content);
        writer.WriteNull("logprobs"u8);
        writer.WriteString("finish_reason"u8, finishReason);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (usage is not null)
            WriteUsage(writer, usage);
        writer.WriteEndObject();
        writer.Flush();
        return JsonElement.Parse(buffer.Written.Span);
    }

    private static void WriteMessage(Utf8JsonWriter writer, JsonElement content)
    {
        // Thinking is left out: OpenAI's object has no place for it.
        var texts = Blocks(content, "text");
        var calls = Blocks(content, "tool_use");
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WritePropertyName("content"u8);
        if (texts is [var only])
            AnthropicRequest.WriteRaw(writer, only.GetProperty("text"));
        else if (texts is [] && calls is not [])
            writer.WriteNullValue();
        else
            writer.WriteStringValue(string.Concat(texts.Select(text => text.Text("text"))));

        writer.WriteNull("refusal"u8);
        if (calls is not [])
            WriteToolCalls(writer, calls);
        writer.WriteEndObject();
    }

    private static List<JsonElement> Blocks(JsonElement content, string type)
    {
        var blocks = new List<JsonElement>(1);
        foreach (var block in content.EnumerateArray())
            if (block.Member("type")?.Is(type) == true)
                blocks.Add(block);
        return blocks;
    }

    private static void WriteToolCalls(Utf8JsonWriter writer, List<JsonElement> calls)
    {
        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, call.Text("id"));
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, call.Text("name"));
            writer.WriteString("arguments"u8, call.Member("input") is { } input ? JsonMarshal.GetRawUtf8Value(input) : "{}"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter writer, TokenUsage usage)
    {
        var prompt = usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens;
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, prompt);
        writer.WriteNumber("completion_tokens"u8, usage.OutputTokens);
        writer.WriteNumber("total_tokens"u8, prompt + usage.OutputTokens);
        writer.WriteStartObject("prompt_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, usage.CacheReadTokens);
        writer.WriteNumber("cache_write_tokens"u8, usage.CacheWriteTokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
