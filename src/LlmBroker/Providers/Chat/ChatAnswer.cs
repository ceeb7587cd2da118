using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Providers.Chat;

/// <summary>One answer among <c>choices</c>, as another vendor gave it.</summary>
internal sealed record ChatChoice
{
    /// <summary>In OpenAI's words: stop, length, tool_calls or content_filter.</summary>
    public required string FinishReason { get; init; }

    /// <summary>Pieces of the text; they are put together without anything between.</summary>
    public IReadOnlyList<JsonElement> Texts { get; init; } = [];

    public JsonElement? Refusal { get; init; }
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>Writes the value of <c>logprobs</c>; null when there is none.</summary>
    public Action<Utf8JsonWriter>? Logprobs { get; init; }
}

/// <summary>
/// One call of a function. <paramref name="Arguments"/> is an object or a string that holds one; <paramref name="Extra"/> writes the value of
/// <c>extra_content</c>, which must come back with the call, and is null when there is none.
/// </summary>
internal sealed record ChatToolCall(string Id, JsonElement Name, JsonElement? Arguments, Action<Utf8JsonWriter>? Extra = null);

/// <summary>Writes OpenAI's <c>chat.completion</c> object out of what another vendor answered.</summary>
internal static class ChatAnswer
{
    public static JsonElement Write(string id, string model, IReadOnlyList<ChatChoice> choices, TokenUsage? usage, DateTimeOffset created, int sizeHint)
    {
        using var buffer = new PooledBuffer(sizeHint + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, created.ToUnixTimeSeconds());
        writer.WriteString("model"u8, model);
        writer.WriteStartArray("choices"u8);
        foreach (var (index, choice) in choices.Index())
            WriteChoice(writer, index, choice);
        writer.WriteEndArray();
        if (usage is not null)
            WriteUsage(writer, usage);
        writer.WriteEndObject();
        writer.Flush();
        return JsonElement.Parse(buffer.Written.Span);
    }

    private static void WriteChoice(Utf8JsonWriter writer, int index, ChatChoice choice)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, index);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        WriteContent(writer, choice);
        if (choice.Refusal is { } refusal)
            writer.WriteRaw("refusal"u8, refusal);
        else
            writer.WriteNull("refusal"u8);
        if (choice.ToolCalls is not [])
            WriteToolCalls(writer, choice.ToolCalls);
        writer.WriteEndObject();
        writer.WritePropertyName("logprobs"u8);
        if (choice.Logprobs is { } logprobs)
            logprobs(writer);
        else
            writer.WriteNullValue();
        writer.WriteString("finish_reason"u8, choice.FinishReason);
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, ChatChoice choice)
    {
        writer.WritePropertyName("content"u8);
        if (choice.Texts is [var only])
            writer.WriteRaw(only);
        else if (choice.Texts is [] && (choice.ToolCalls is not [] || choice.Refusal is not null))
            writer.WriteNullValue();
        else
            writer.WriteStringValue(string.Concat(choice.Texts.Select(text => text.GetString())));
    }

    private static void WriteToolCalls(Utf8JsonWriter writer, IReadOnlyList<ChatToolCall> calls)
    {
        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, call.Id);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteRaw("name"u8, call.Name);
            if (call.Arguments is { ValueKind: JsonValueKind.String } text)
                writer.WriteRaw("arguments"u8, text);
            else
                writer.WriteString("arguments"u8, call.Arguments is { } input ? System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(input) : "{}"u8);
            writer.WriteEndObject();
            if (call.Extra is { } extra)
            {
                writer.WritePropertyName("extra_content"u8);
                extra(writer);
            }

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
        if (usage.ReasoningTokens > 0)
        {
            writer.WriteStartObject("completion_tokens_details"u8);
            writer.WriteNumber("reasoning_tokens"u8, usage.ReasoningTokens);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
