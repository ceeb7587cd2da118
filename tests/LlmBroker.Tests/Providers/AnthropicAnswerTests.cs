using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class AnthropicAnswerTests
{
    [Fact]
    public async Task CallAsync_maps_the_message_to_a_chat_completion()
    {
        var result = await CallAsync(
            """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Hi 你 \"é\""}],
             "stop_reason":"end_turn","stop_sequence":null,
             "usage":{"input_tokens":10,"cache_read_input_tokens":20,"cache_creation_input_tokens":30,"output_tokens":4}}
            """);

        Assert.Null(result.Error);
        Assert.Equal("stop", result.FinishReason);
        Assert.Equal("req_1", result.VendorRequestId);
        Assert.Equal(new TokenUsage { InputTokens = 10, CacheReadTokens = 20, CacheWriteTokens = 30, OutputTokens = 4 }, result.Usage);
        AssertJson(
            """
            {"id":"msg_1","object":"chat.completion","created":1772600767,"model":"claude-x",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hi 你 \"é\"","refusal":null},"logprobs":null,"finish_reason":"stop"}],
             "usage":{"prompt_tokens":60,"completion_tokens":4,"total_tokens":64,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":30}}}
            """,
            result.Body);
    }

    [Fact]
    public async Task CallAsync_maps_tool_use_to_tool_calls()
    {
        var result = await CallAsync(
            """
            {"id":"msg_1","model":"m","content":[{"type":"tool_use","id":"t1","name":"f","input":{"x":"a\"b","y":[1.0]}},{"type":"tool_use","id":"t2","name":"g","input":{}}],
             "stop_reason":"tool_use"}
            """);

        Assert.Equal("tool_calls", result.FinishReason);
        Assert.Null(result.Usage);
        Assert.False(result.Body.TryGetProperty("usage", out _));
        AssertJson(
            """
            {"role":"assistant","content":null,"refusal":null,"tool_calls":[
              {"id":"t1","type":"function","function":{"name":"f","arguments":"{\"x\":\"a\\\"b\",\"y\":[1.0]}"}},
              {"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]}
            """,
            result.Body.GetProperty("choices")[0].GetProperty("message"));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("""[{"type":"text","text":"a\n"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"b"}]""", "a\nb")]
    public async Task CallAsync_joins_texts(string content, string expected)
    {
        var result = await CallAsync($$"""{"id":"i","model":"m","content":{{content}},"stop_reason":"end_turn"}""");

        Assert.Equal(expected, result.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("pause_turn", "length")]
    [InlineData("of_the_future", "length")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("refusal", "content_filter")]
    public async Task CallAsync_maps_the_stop_reason(string stopReason, string expected)
    {
        var result = await CallAsync($$"""{"id":"i","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"{{stopReason}}"}""");

        Assert.Equal(expected, result.FinishReason);
        Assert.Equal(expected, result.Body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"i","stop_reason":"end_turn"}""")]
    [InlineData("""{"id":"i","content":[],"stop_reason":null}""")]
    [InlineData("""{"content":[],"stop_reason":"end_turn"}""")]
    [InlineData("""{"id":"i","content":[{"type":"text","text":"\ud800"},{"type":"text","text":"b"}],"stop_reason":"end_turn"}""")]
    [InlineData("""{"id":"i","content":[{"type":"text"}],"stop_reason":"end_turn"}""")]
    public async Task CallAsync_with_a_success_that_cannot_be_read_is_a_malformed_answer(string answer)
    {
        var result = await CallAsync(answer);

        Assert.Equal(ProviderError.MalformedAnswer, result.Error);
        Assert.Equal(200, result.HttpStatus);
    }

    [Fact]
    public async Task CallAsync_with_broken_utf8_is_a_malformed_answer()
    {
        byte[] answer = [.. """{"id":"i","model":"m","content":[{"type":"text","text":" """u8, 0xff, .. "\"}],\"stop_reason\":\"end_turn\"}"u8];
        using var vendor = new StubVendor(() => new HttpResponseMessage { Content = new ByteArrayContent(answer) });
        using var provider = ProviderCalls.Anthropic(vendor);

        Assert.Equal(ProviderError.MalformedAnswer, (await provider.CallAsync(ProviderCalls.Hello)).Error);
    }

    private static async Task<ProviderResult> CallAsync(string answer)
    {
        using var provider = ProviderCalls.Anthropic(StubVendor.Answering(answer, headers: ("request-id", "req_1")));
        return await provider.CallAsync(ProviderCalls.Hello);
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"Expected {expected} but was {actual.GetRawText()}");
}
