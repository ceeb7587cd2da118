using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Google;

/// <summary>Maps an answer of <c>generateContent</c> to a chat completion.</summary>
internal static class GeminiAnswer
{
    public static ProviderResult Read(VendorAnswer answer, ProviderCall call, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return Read(document.RootElement, answer, call, now);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }
    }

    private static ProviderResult Read(JsonElement root, VendorAnswer answer, ProviderCall call, DateTimeOffset now)
    {
        var usage = Usage(root);
        var id = root.Text("responseId") ?? answer.RequestId;
        if (root.Member("candidates") is not { ValueKind: JsonValueKind.Array } candidates || candidates.GetArrayLength() == 0)
            return root.Member("promptFeedback")?.Text("blockReason") is { } reason
                ? new ProviderResult
                {
                    Error = ProviderError.ContentFiltered,
                    ErrorMessage = $"HTTP {(int)answer.Status!}: the prompt was blocked ({reason}).",
                    Usage = usage,
                    HttpStatus = (int)answer.Status!,
                    VendorRequestId = id,
                }
                : VendorFailure.Malformed(answer, "the answer has no candidates.") with { Usage = usage };

        var choices = new List<ChatChoice>(candidates.GetArrayLength());
        foreach (var candidate in candidates.EnumerateArray())
        {
            // The model wrote what Google itself could not read, or called what is not there: charged, and another may go well.
            if (candidate.Text("finishReason") is null or "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "MALFORMED_RESPONSE")
                return VendorFailure.Malformed(answer, $"the model's answer was malformed ({candidate.Text("finishReason") ?? "no finishReason"}).") with { Usage = usage };
            choices.Add(Choice(candidate, id ?? call.AttemptId.ToString(), choices.Count));
        }

        return new ProviderResult
        {
            Body = ChatAnswer.Write(id ?? call.AttemptId.ToString(), root.Text("modelVersion") ?? call.VendorModel, choices, usage, now, answer.Body.Length),
            FinishReason = choices[0].FinishReason,
            Usage = usage,
            HttpStatus = (int)answer.Status!,
            VendorRequestId = id,
        };
    }

    private static ChatChoice Choice(JsonElement candidate, string id, int index)
    {
        var texts = new List<JsonElement>(1);
        var calls = new List<ChatToolCall>();
        if (candidate.Member("content")?.Member("parts") is { ValueKind: JsonValueKind.Array } parts)
            foreach (var part in parts.EnumerateArray())
            {
                // Thoughts have no place in OpenAI's object.
                if (part.Member("thought") is { ValueKind: JsonValueKind.True })
                    continue;
                if (part.Member("text") is { ValueKind: JsonValueKind.String } text)
                    texts.Add(text);
                else if (part.Member("functionCall") is { } call && call.Member("name") is { ValueKind: JsonValueKind.String } name)
                    calls.Add(new ChatToolCall(
                        call.Text("id") ?? $"call_{id}_{index}_{calls.Count}", name, call.Member("args"), Signature(part.Member("thoughtSignature"))));
            }

        return new ChatChoice
        {
            FinishReason = FinishReason(candidate.Text("finishReason")!, calls.Count > 0),
            Texts = texts,
            ToolCalls = calls,
            Logprobs = candidate.Member("logprobsResult") is { } result ? writer => GeminiLogprobs.Write(writer, result) : null,
        };
    }

    /// <summary>Where Google's own OpenAI endpoint puts it; it must come back with the call.</summary>
    private static Action<Utf8JsonWriter>? Signature(JsonElement? signature) => signature is not { } value ? null : writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("google"u8);
        writer.WriteRaw("thought_signature"u8, value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    };

    private static string FinishReason(string reason, bool hasCalls) => reason switch
    {
        "STOP" => hasCalls ? "tool_calls" : "stop",
        "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT" or "IMAGE_RECITATION"
            or "MODEL_ARMOR" => "content_filter",
        // MAX_TOKENS, LANGUAGE, OTHER, and whatever comes to be: never called complete unless known to be.
        _ => "length",
    };

    private static TokenUsage? Usage(JsonElement root)
    {
        if (root.Member("usageMetadata") is not { } usage || usage.Count("promptTokenCount") is not { } prompt)
            return null;

        var cached = usage.Count("cachedContentTokenCount") ?? 0;
        var thoughts = usage.Count("thoughtsTokenCount") ?? 0;
        return new TokenUsage
        {
            // The prompt holds the cache's tokens; those of the thoughts come on top of the candidates'.
            InputTokens = Math.Max(0, prompt - cached) + (usage.Count("toolUsePromptTokenCount") ?? 0),
            CacheReadTokens = cached,
            OutputTokens = (usage.Count("candidatesTokenCount") ?? 0) + thoughts,
            ReasoningTokens = thoughts,
        };
    }
}
