using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Providers.OpenAi;

/// <summary>Reads a successful answer: the object itself stays as the vendor wrote it, tokens and finish reason are picked out of it.</summary>
internal static class OpenAiAnswer
{
    public static ProviderResult Read(VendorAnswer answer, string list, DateTimeOffset now)
    {
        JsonElement body;
        try
        {
            body = JsonElement.Parse(answer.Body.Span);
        }
        catch (JsonException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }

        var usage = Usage(body);
        if (body.Member(list) is not { ValueKind: JsonValueKind.Array } items || items.GetArrayLength() == 0)
            return VendorFailure.Malformed(answer, $"the answer has no '{list}'.") with { Usage = usage };

        return new ProviderResult
        {
            Body = body,
            FinishReason = items[0].Text("finish_reason"),
            Usage = usage,
            HttpStatus = (int)answer.Status!,
            VendorRequestId = answer.RequestId,
            Quota = VendorQuota.Read(answer, now),
        };
    }

    public static TokenUsage? Usage(JsonElement body)
    {
        if (body.Member("usage") is not { } usage || usage.Count("prompt_tokens") is not { } prompt)
            return null;

        var promptDetails = usage.Member("prompt_tokens_details");
        // DeepSeek and Moonshot count the same beside the details.
        var cacheRead = promptDetails?.Count("cached_tokens") ?? usage.Count("prompt_cache_hit_tokens") ?? usage.Count("cached_tokens") ?? 0;
        var cacheWrite = promptDetails?.Count("cache_write_tokens") ?? 0;
        return new TokenUsage
        {
            // The prompt's tokens hold those of the cache.
            InputTokens = Math.Max(0, prompt - cacheRead - cacheWrite),
            CacheReadTokens = cacheRead,
            CacheWriteTokens = cacheWrite,
            OutputTokens = usage.Count("completion_tokens") ?? 0,
            ReasoningTokens = usage.Member("completion_tokens_details")?.Count("reasoning_tokens") ?? 0,
        };
    }
}
