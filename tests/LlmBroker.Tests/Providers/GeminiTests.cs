using System.Net;
using LlmBroker.Contracts;
using LlmBroker.Providers;
using LlmBroker.Providers.Google;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class GeminiTests
{
    private const string Call = """{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}EXTRA}""";

    [Fact]
    public async Task Thoughts_are_counted_beside_the_answer_and_the_cache_within_the_prompt()
    {
        var result = await CallAsync(
            """
            {"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"Hi"},{"text":" there"}]},"finishReason":"STOP","index":0}],
             "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":30,"candidatesTokenCount":5,"thoughtsTokenCount":20,"totalTokenCount":125},
             "modelVersion":"gemini-x","responseId":"r1"}
            """);

        Assert.Equal(new TokenUsage { InputTokens = 70, CacheReadTokens = 30, OutputTokens = 25, ReasoningTokens = 20 }, result.Usage);
        Assert.Equal("Hi there", result.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(20, result.Body.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal("r1", result.VendorRequestId);
    }

    [Fact]
    public async Task A_blocked_prompt_is_filtered_and_its_tokens_are_counted()
    {
        var result = await CallAsync("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9}}""");

        Assert.Equal(ProviderError.ContentFiltered, result.Error);
        Assert.Equal(9, result.Usage?.InputTokens);
    }

    [Theory]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("SPII", "content_filter")]
    [InlineData("OTHER", "length")]
    [InlineData("OF_THE_FUTURE", "length")]
    public async Task Finish_reasons_are_mapped(string reason, string expected)
    {
        var result = await CallAsync($$$"""{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"{{{reason}}}"}]}""");

        Assert.Equal(expected, result.FinishReason);
    }

    [Theory]
    [InlineData("""{"candidates":[]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}""")]
    [InlineData("[")]
    public async Task An_answer_without_an_answer_is_malformed(string answer) => Assert.Equal(ProviderError.MalformedAnswer, (await CallAsync(answer)).Error);

    [Fact]
    public async Task A_thought_signature_travels_with_its_call_and_comes_back()
    {
        var result = await CallAsync(
            """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"c2ln"}]},"finishReason":"STOP"}],"responseId":"r1"}""");
        var call = result.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0];
        using var vendor = StubVendor.Answering("{}");
        using var provider = Provider(vendor);

        await CallAsync(provider, $$"""{"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{{call}}]},{"role":"tool","tool_call_id":"{{call.GetProperty("id")}}","content":"{\"y\":2}"}]}""");

        Assert.Equal("tool_calls", result.FinishReason);
        Assert.Contains("\"args\":{\"x\":1}},\"thoughtSignature\":\"c2ln\"", vendor.Body, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"f\",\"response\":{\"y\":2}", vendor.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_of_another_vendors_model_gets_the_word_that_Google_gives_for_it()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = Provider(vendor);

        await CallAsync(provider, $$"""{"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{{Call.Replace("EXTRA", "", StringComparison.Ordinal)}}]},{"role":"tool","tool_call_id":"c1","content":"ok"}]}""");

        Assert.Contains("\"thoughtSignature\":\"skip_thought_signature_validator\"", vendor.Body, StringComparison.Ordinal);
        Assert.Contains("\"response\":{\"output\":\"ok\"}", vendor.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}""", ProviderError.KeyRefused)]
    [InlineData(400, """{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (5).","status":"INVALID_ARGUMENT"}}""", ProviderError.ContextTooLong)]
    [InlineData(400, """{"error":{"code":400,"message":"Invalid value at 'contents'","status":"INVALID_ARGUMENT"}}""", ProviderError.BadRequest)]
    [InlineData(400, """{"error":{"code":400,"message":"User location is not supported","status":"FAILED_PRECONDITION"}}""", ProviderError.KeyRefused)]
    [InlineData(429, """{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}}""", ProviderError.QuotaExhausted)]
    [InlineData(429, """{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinute"}]}]}}""", ProviderError.RateLimited)]
    [InlineData(503, """[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]""", ProviderError.Overloaded)]
    [InlineData(504, """{"error":{"code":504,"message":"x","status":"DEADLINE_EXCEEDED"}}""", ProviderError.Timeout)]
    [InlineData(500, "<html>", ProviderError.ServerError)]
    public async Task Errors_are_classified_by_Googles_words(int status, string body, ProviderError expected) =>
        Assert.Equal(expected, (await CallAsync(body, (HttpStatusCode)status)).Error);

    [Fact]
    public async Task How_long_to_wait_stands_in_the_body()
    {
        var result = await CallAsync(
            """{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}""",
            HttpStatusCode.TooManyRequests);

        Assert.Equal(TimeSpan.FromSeconds(34.5), result.RetryAfter);
    }

    [Theory]
    [InlineData("gemini-2.5-pro", "high", "\"thinkingConfig\":{\"thinkingBudget\":24576}")]
    [InlineData("gemini-2.5-pro", "none", "\"thinkingConfig\":{\"thinkingBudget\":0}")]
    [InlineData("gemini-3-pro", "high", "\"thinkingConfig\":{\"thinkingLevel\":\"HIGH\"}")]
    public async Task Effort_is_a_budget_or_a_level(string model, string effort, string expected)
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = Provider(vendor);

        await CallAsync(provider, $$"""{"messages":[{"role":"user","content":"a"}],"reasoning_effort":"{{effort}}"}""", model);

        Assert.Contains(expected, vendor.Body, StringComparison.Ordinal);
    }

    private static GeminiProvider Provider(StubVendor vendor) => GeminiProvider.ForKey(ProviderCalls.Account(), vendor, new FakeTimeProvider(ProviderCalls.Now));

    private static async Task<ProviderResult> CallAsync(string answer, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var provider = Provider(StubVendor.Answering(answer, status));
        return await CallAsync(provider, ProviderCalls.Hello);
    }

    private static Task<ProviderResult> CallAsync(GeminiProvider provider, string body, string model = "gemini-3-pro") =>
        provider.CallAsync(ProviderCalls.Call(body) with { VendorModel = model }, TestContext.Current.CancellationToken);
}
