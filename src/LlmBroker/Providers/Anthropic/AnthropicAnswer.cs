using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Anthropic;

/// <summary>Maps a message of the vendor to OpenAI's <c>chat.completion</c> object.</summary>
internal static class AnthropicAnswer
{
    public static ProviderResult Read(VendorAnswer answer, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var message = document.RootElement;
            var usage = Usage(message);
            if (message.Text("id") is not { } id
                || message.Text("stop_reason") is not { } stopReason
                || message.Member("content") is not { ValueKind: JsonValueKind.Array } content
                || !content.EnumerateArray().All(IsWhole))
                return VendorFailure.Malformed(answer, "the answer is no message with id, content and stop_reason.") with { Usage = usage };

            var choice = Choice(content, FinishReason(stopReason));
            return new ProviderResult
            {
                Body = ChatAnswer.Write(id, message.Text("model") ?? "", [choice], usage, now, JsonMarshal.GetRawUtf8Value(message).Length),
                FinishReason = choice.FinishReason,
                Usage = usage,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = answer.RequestId,
                Quota = VendorQuota.Read(answer, now),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is no Unicode text, which the parser does not look into.
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }
    }

    private static bool IsWhole(JsonElement block) => block.Text("type") switch
    {
        "text" => block.Member("text") is { ValueKind: JsonValueKind.String },
        "tool_use" => block.Text("id") is not null && block.Member("name") is { ValueKind: JsonValueKind.String },
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
            ReasoningTokens = usage.Member("output_tokens_details")?.Count("thinking_tokens") ?? 0,
        };
    }

    /// <summary>Thinking is left out: OpenAI's object has no place for it.</summary>
    private static ChatChoice Choice(JsonElement content, string finishReason)
    {
        var texts = new List<JsonElement>(1);
        var calls = new List<ChatToolCall>();
        foreach (var block in content.EnumerateArray())
        {
            var type = block.GetProperty("type");
            if (type.Is("text"))
                texts.Add(block.GetProperty("text"));
            else if (type.Is("tool_use"))
                calls.Add(new ChatToolCall(block.Text("id")!, block.GetProperty("name"), block.Member("input")));
        }

        return new ChatChoice { FinishReason = finishReason, Texts = texts, ToolCalls = calls };
    }
}
