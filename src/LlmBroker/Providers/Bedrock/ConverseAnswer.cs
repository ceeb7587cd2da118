using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Bedrock;

/// <summary>Maps an answer of Converse to a chat completion.</summary>
internal static class ConverseAnswer
{
    public static ProviderResult Read(VendorAnswer answer, ProviderCall call, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            var usage = Usage(root);
            if (root.Text("stopReason") is not { } stopReason
                || root.Member("output")?.Member("message")?.Member("content") is not { ValueKind: JsonValueKind.Array } content)
                return VendorFailure.Malformed(answer, "the answer has no output.message with content and no stopReason.") with { Usage = usage };
            // The model wrote what the vendor itself could not read: the call is charged, and another may go well.
            if (stopReason is "malformed_model_output" or "malformed_tool_use")
                return VendorFailure.Malformed(answer, $"the model's answer was malformed ({stopReason}).") with { Usage = usage };

            var choice = Choice(content, FinishReason(stopReason));
            return new ProviderResult
            {
                Body = ChatAnswer.Write(answer.RequestId ?? call.AttemptId.ToString(), call.VendorModel, [choice], usage, now, answer.Body.Length),
                FinishReason = choice.FinishReason,
                Usage = usage,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = answer.RequestId,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }
    }

    private static ChatChoice Choice(JsonElement content, string finishReason)
    {
        var texts = new List<JsonElement>(1);
        var calls = new List<ChatToolCall>();
        foreach (var block in content.EnumerateArray())
            if (block.Member("text") is { ValueKind: JsonValueKind.String } text)
                texts.Add(text);
            else if (block.Member("toolUse") is { } use && use.Text("toolUseId") is { } id && use.Member("name") is { ValueKind: JsonValueKind.String } name)
                calls.Add(new ChatToolCall(id, name, use.Member("input")));
        return new ChatChoice { FinishReason = finishReason, Texts = texts, ToolCalls = calls };
    }

    private static string FinishReason(string stopReason) => stopReason switch
    {
        "end_turn" or "stop_sequence" => "stop",
        "tool_use" => "tool_calls",
        "guardrail_intervened" or "content_filtered" => "content_filter",
        // max_tokens, model_context_window_exceeded, and whatever comes to be: never called complete unless known to be.
        _ => "length",
    };

    private static TokenUsage? Usage(JsonElement root)
    {
        if (root.Member("usage") is not { } usage || usage.Count("inputTokens") is not { } input)
            return null;

        return new TokenUsage
        {
            // As at Anthropic, the cache's tokens are beside those of the input.
            InputTokens = input,
            CacheReadTokens = usage.Count("cacheReadInputTokens") ?? 0,
            CacheWriteTokens = usage.Count("cacheWriteInputTokens") ?? 0,
            OutputTokens = usage.Count("outputTokens") ?? 0,
        };
    }
}
