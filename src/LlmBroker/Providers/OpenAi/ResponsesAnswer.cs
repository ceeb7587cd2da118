using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.OpenAi;

/// <summary>Maps a response to a chat completion.</summary>
internal static class ResponsesAnswer
{
    public static ProviderResult Read(VendorAnswer answer, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return Read(document.RootElement, answer, now);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }
    }

    private static ProviderResult Read(JsonElement response, VendorAnswer answer, DateTimeOffset now)
    {
        var usage = Usage(response);
        if (response.Text("status") == "failed")
            return Failed(response, answer) with { Usage = usage };
        if (response.Text("id") is not { } id || response.Member("output") is not { ValueKind: JsonValueKind.Array } output)
            return VendorFailure.Malformed(answer, "the answer is no response with id and output.") with { Usage = usage };

        var choice = Choice(response, output);
        return new ProviderResult
        {
            Body = ChatAnswer.Write(id, response.Text("model") ?? "", [choice], usage, now, answer.Body.Length),
            FinishReason = choice.FinishReason,
            Usage = usage,
            HttpStatus = (int)answer.Status!,
            VendorRequestId = answer.RequestId,
            Quota = VendorQuota.Read(answer, now),
        };
    }

    private static ChatChoice Choice(JsonElement response, JsonElement output)
    {
        var texts = new List<JsonElement>(1);
        var calls = new List<ChatToolCall>();
        var logprobs = new List<JsonElement>();
        JsonElement? refusal = null;
        foreach (var item in output.EnumerateArray())
        {
            if (item.Text("type") == "function_call" && item.Text("call_id") is { } callId && item.Member("name") is { ValueKind: JsonValueKind.String } name)
                calls.Add(new ChatToolCall(callId, name, item.Member("arguments")));
            if (item.Text("type") != "message" || item.Member("content") is not { ValueKind: JsonValueKind.Array } parts)
                continue;

            foreach (var part in parts.EnumerateArray())
            {
                if (part.Member("text") is { ValueKind: JsonValueKind.String } text)
                    texts.Add(text);
                if (part.Member("refusal") is { ValueKind: JsonValueKind.String } words)
                    refusal = words;
                if (part.Member("logprobs") is { ValueKind: JsonValueKind.Array } tokens && tokens.GetArrayLength() > 0)
                    logprobs.AddRange(tokens.EnumerateArray());
            }
        }

        return new ChatChoice
        {
            FinishReason = FinishReason(response, calls.Count > 0),
            Texts = texts,
            Refusal = refusal,
            ToolCalls = calls,
            Logprobs = logprobs is [] ? null : writer => WriteLogprobs(writer, logprobs),
        };
    }

    private static void WriteLogprobs(Utf8JsonWriter writer, List<JsonElement> tokens)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("content"u8);
        foreach (var token in tokens)
            writer.WriteRaw(token);
        writer.WriteEndArray();
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
    }

    private static string FinishReason(JsonElement response, bool hasCalls) => (response.Text("status"), response.Member("incomplete_details")?.Text("reason")) switch
    {
        ("completed", _) => hasCalls ? "tool_calls" : "stop",
        (_, "content_filter") => "content_filter",
        // max_output_tokens, and whatever comes to be: never called complete unless known to be.
        _ => "length",
    };

    /// <summary>A failure within a success: the call was made and ended in an error.</summary>
    private static ProviderResult Failed(JsonElement response, VendorAnswer answer)
    {
        var error = new VendorErrorBody { Code = response.Member("error")?.Text("code"), Message = response.Member("error")?.Text("message") };
        return new ProviderResult
        {
            Error = error.Code == "rate_limit_exceeded" ? ProviderError.RateLimited : OpenAiErrors.Classify(500, error),
            ErrorMessage = VendorMessage.From((int)answer.Status!, error, apiKey: null),
            HttpStatus = (int)answer.Status!,
            VendorRequestId = answer.RequestId,
        };
    }

    private static TokenUsage? Usage(JsonElement response)
    {
        if (response.Member("usage") is not { } usage || usage.Count("input_tokens") is not { } input)
            return null;

        var cached = usage.Member("input_tokens_details")?.Count("cached_tokens") ?? 0;
        var written = usage.Member("input_tokens_details")?.Count("cache_write_tokens") ?? 0;
        return new TokenUsage
        {
            InputTokens = Math.Max(0, input - cached - written),
            CacheReadTokens = cached,
            CacheWriteTokens = written,
            OutputTokens = usage.Count("output_tokens") ?? 0,
            ReasoningTokens = usage.Member("output_tokens_details")?.Count("reasoning_tokens") ?? 0,
        };
    }
}
