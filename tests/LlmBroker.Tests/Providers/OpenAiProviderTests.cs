using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class OpenAiProviderTests
{
    private const string Answer =
        """
        { "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "x_new": [1.50, "é"],
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": null}, "logprobs": null, "finish_reason": "length"}],
          "usage": {"prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140,
            "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 6}, "completion_tokens_details": {"reasoning_tokens": 30}} }
        """;

    [Fact]
    public async Task CallAsync_sends_the_body_with_the_vendors_model_and_nothing_else_touched()
    {
        using var vendor = StubVendor.Answering(Answer);
        using var provider = ProviderCalls.OpenAi(vendor);

        await provider.CallAsync("""{"messages":[{"role":"user","content":"你好 <b> \u00e9 \/"}], "model":"a", "temperature":0.70, "x_unknown":{"y":[1e2]},"model":"b"}""");

        Assert.Equal(
            """{"model":"vendor-model","messages":[{"role":"user","content":"你好 <b> \u00e9 \/"}],"temperature":0.70,"x_unknown":{"y":[1e2]}}""",
            vendor.Body);
    }

    [Theory]
    [InlineData("chat", "https://api.openai.com/v1/chat/completions")]
    [InlineData("embeddings", "https://api.openai.com/v1/embeddings")]
    public async Task CallAsync_posts_to_the_operations_address_with_key_and_attempt_id(string operation, string address)
    {
        using var vendor = StubVendor.Answering(Answer);
        using var provider = ProviderCalls.OpenAi(vendor);

        await provider.CallAsync(ProviderCalls.Hello, operation);

        Assert.Equal(address, vendor.Address?.AbsoluteUri);
        Assert.Equal($"Bearer {ProviderCalls.Key}", vendor.Headers["Authorization"]);
        Assert.Equal(ProviderCalls.AttemptId.ToString(), vendor.Headers["X-LlmBroker-Attempt-Id"]);
    }

    [Fact]
    public async Task CallAsync_without_a_key_sends_no_authorization()
    {
        using var vendor = StubVendor.Answering(Answer);
        using var provider = new LlmBroker.Providers.OpenAi.OpenAiProvider(
            new ProviderSettings { Account = "local", BaseAddress = new Uri("http://127.0.0.1:8000/v1/") }, vendor, TimeProvider.System);

        await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal("http://127.0.0.1:8000/v1/chat/completions", vendor.Address?.AbsoluteUri);
        Assert.DoesNotContain("Authorization", vendor.Headers.Keys);
    }

    [Fact]
    public async Task CallAsync_keeps_the_answer_as_the_vendor_wrote_it()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(Answer, headers: ("x-request-id", "req_1")));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Null(result.Error);
        Assert.Equal(Answer.Trim(), result.Body.GetRawText());
        Assert.Equal("length", result.FinishReason);
        Assert.Equal(200, result.HttpStatus);
        Assert.Equal("req_1", result.VendorRequestId);
    }

    [Fact]
    public async Task CallAsync_splits_the_usage_into_classes_that_do_not_overlap()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(Answer));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(
            new TokenUsage { InputTokens = 30, CacheReadTokens = 64, CacheWriteTokens = 6, OutputTokens = 40, ReasoningTokens = 30 },
            result.Usage);
    }

    [Theory]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]}""", null)]
    [InlineData("""{"choices":[{}],"usage":null}""", null)]
    [InlineData("""{"choices":[{}],"usage":{"prompt_tokens":"7"}}""", null)]
    [InlineData("""{"choices":[{}],"usage":{"prompt_tokens":7}}""", 7L)]
    [InlineData("""{"choices":[{}],"usage":{"prompt_tokens":7,"prompt_tokens_details":null}}""", 7L)]
    [InlineData("""{"choices":[{}],"usage":{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":9}}}""", 0L)]
    public async Task CallAsync_takes_usage_as_far_as_it_is_there(string answer, long? input)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(answer));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Null(result.Error);
        Assert.Equal(input, result.Usage?.InputTokens);
    }

    [Fact]
    public async Task CallAsync_reads_embeddings()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}"""));

        var result = await provider.CallAsync("""{"model":"m","input":"x"}""", "embeddings");

        Assert.Null(result.Error);
        Assert.Null(result.FinishReason);
        Assert.Equal(new TokenUsage { InputTokens = 5 }, result.Usage);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"choices\":[")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("<html>")]
    public async Task CallAsync_with_a_success_that_cannot_be_read_is_a_malformed_answer(string answer)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(answer));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(ProviderError.MalformedAnswer, result.Error);
        Assert.Equal(JsonValueKind.Undefined, result.Body.ValueKind);
    }

    [Fact]
    public async Task CallAsync_with_broken_utf8_is_a_malformed_answer()
    {
        byte[] answer = [.. """{"choices":[{"message":{"content":" """u8, 0xff, .. "\"}}]}"u8];
        using var vendor = new StubVendor(() => new HttpResponseMessage { Content = new ByteArrayContent(answer) });
        using var provider = ProviderCalls.OpenAi(vendor);

        Assert.Equal(ProviderError.MalformedAnswer, (await provider.CallAsync(ProviderCalls.Hello)).Error);
    }

    [Fact]
    public async Task CallAsync_reports_the_usage_of_an_answer_without_choices()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering("""{"usage":{"prompt_tokens":7,"completion_tokens":2}}"""));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(ProviderError.MalformedAnswer, result.Error);
        Assert.Equal(new TokenUsage { InputTokens = 7, OutputTokens = 2 }, result.Usage);
    }

    [Theory]
    [InlineData("images", ProviderCalls.Hello, ProviderError.Unsupported)]
    [InlineData("chat", "[1]", ProviderError.BadRequest)]
    [InlineData("chat", """{"\ud800":1}""", ProviderError.BadRequest)]
    public async Task CallAsync_refuses_what_cannot_be_sent_without_sending(string operation, string body, ProviderError expected)
    {
        using var vendor = StubVendor.Answering(Answer);
        using var provider = ProviderCalls.OpenAi(vendor);

        Assert.Equal(expected, (await provider.CallAsync(body, operation)).Error);
        Assert.Equal(0, vendor.Calls);
    }
}
