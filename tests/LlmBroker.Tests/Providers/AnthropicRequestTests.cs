using LlmBroker.Providers;
using LlmBroker.Providers.Anthropic;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class AnthropicRequestTests
{
    private const string User = """{"role":"user","content":"Hi"}""";
    private const string UserTurn = """{"role":"user","content":[{"type":"text","text":"Hi"}]}""";

    [Fact]
    public void Write_takes_the_vendors_model_and_the_least_that_the_vendor_demands()
    {
        Assert.Equal(
            $$"""{"model":"vendor-model","max_tokens":777,"messages":[{{UserTurn}}]}""",
            Write($$"""{"model":"any","messages":[{{User}}]}"""));
    }

    [Theory]
    // system
    [InlineData("""{"role":"system","content":"Be brief."}, {"role":"user","content":"Hi"}""", """{"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}""")]
    [InlineData(
        """{"role":"developer","content":[{"type":"text","text":"A 你"},{"type":"text","text":""}]}, {"role":"user","content":"Hi"}, {"role":"system","content":"B"}""",
        """{"system":"A 你\n\nB","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}""")]
    // turns
    [InlineData(
        """{"role":"user","content":"a\u00e9"}, {"role":"user","content":[{"type":"text","text":"b"}]}, {"role":"assistant","content":"c","refusal":null,"annotations":[]}, {"role":"user","content":""}, {"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}, {"role":"user","content":"d"}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"a\u00e9"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"no"}]},{"role":"user","content":[{"type":"text","text":"d"}]}]}""")]
    [InlineData(
        """{"role":"user","content":"a"}, {"role":"assistant","content":null,"refusal":"I won't"}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"I won't"}]}]}""")]
    // images
    [InlineData(
        """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVB+/w=="}},{"type":"image_url","image_url":{"url":"https://x/y.png?a=1&b=2","detail":"auto"}}]}""",
        """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVB+/w=="}},{"type":"image","source":{"type":"url","url":"https://x/y.png?a=1&b=2"}}]}]}""")]
    // tools
    [InlineData(
        """{"role":"user","content":"a"}, {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\": [1.0, \"é\"]}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}, {"role":"tool","tool_call_id":"c1","content":"r1"}, {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"r2"}]}, {"role":"user","content":"b"}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"x":[1.0,"é"]}},{"type":"tool_use","id":"c2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r1"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r2"}]},{"type":"text","text":"b"}]}]}""")]
    public void Write_maps_messages(string messages, string expected)
    {
        Assert.Equal("""{"model":"vendor-model","max_tokens":777,""" + expected[1..], Write($$"""{"messages":[{{messages}}]}"""));
    }

    [Theory]
    [InlineData("\"temperature\":0.30,\"top_p\":0.9", "\"temperature\":0.30,\"top_p\":0.9")]
    [InlineData("\"temperature\":1", "\"temperature\":1")]
    [InlineData("\"stop\":\"END\"", "\"stop_sequences\":[\"END\"]")]
    [InlineData("\"stop\":[\"A\",\"B\"]", "\"stop_sequences\":[\"A\",\"B\"]")]
    [InlineData("\"user\":\"u1\"", "\"metadata\":{\"user_id\":\"u1\"}")]
    [InlineData("\"user\":\"u1\",\"safety_identifier\":\"s1\"", "\"metadata\":{\"user_id\":\"s1\"}")]
    [InlineData("\"reasoning_effort\":\"high\"", "\"output_config\":{\"effort\":\"high\"}")]
    [InlineData("\"reasoning_effort\":\"minimal\"", "\"output_config\":{\"effort\":\"low\"}")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"object\"}}}",
        "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}")]
    [InlineData(
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]",
        "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":{}},\"strict\":true}]")]
    public void Write_maps_parameters(string parameter, string expected)
    {
        Assert.Equal(
            $$"""{"model":"vendor-model","max_tokens":777,"messages":[{{UserTurn}}],{{expected}}}""",
            Write($$"""{"messages":[{{User}}],{{parameter}}}"""));
    }

    [Theory]
    [InlineData("\"max_tokens\":5", 5)]
    [InlineData("\"max_completion_tokens\":6", 6)]
    [InlineData("\"max_completion_tokens\":6,\"max_tokens\":5", 6)]
    [InlineData("\"max_tokens\":null", 777)]
    public void Write_always_names_a_maximum_of_tokens(string parameter, int expected)
    {
        Assert.Equal(
            $$"""{"model":"vendor-model","max_tokens":{{expected}},"messages":[{{UserTurn}}]}""",
            Write($$"""{"messages":[{{User}}],{{parameter}}}"""));
    }

    [Theory]
    [InlineData("\"tool_choice\":\"auto\"", ",\"tool_choice\":{\"type\":\"auto\"}")]
    [InlineData("\"tool_choice\":\"none\"", ",\"tool_choice\":{\"type\":\"none\"}")]
    [InlineData("\"tool_choice\":\"required\"", ",\"tool_choice\":{\"type\":\"any\"}")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", ",\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}")]
    [InlineData("\"parallel_tool_calls\":false", ",\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}")]
    [InlineData("\"parallel_tool_calls\":false,\"tool_choice\":\"required\"", ",\"tool_choice\":{\"type\":\"any\",\"disable_parallel_tool_use\":true}")]
    [InlineData("\"parallel_tool_calls\":false,\"tool_choice\":\"none\"", ",\"tool_choice\":{\"type\":\"none\"}")]
    [InlineData("\"parallel_tool_calls\":true", "")]
    public void Write_maps_tools_and_the_choice_among_them(string parameter, string expected)
    {
        const string Tools = """[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":false}},{"type":"function","function":{"name":"g"}}]""";

        const string Mapped = """[{"name":"f","description":"d","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object","properties":{}}}]""";

        Assert.Equal(
            $$"""{"model":"vendor-model","max_tokens":777,"messages":[{{UserTurn}}],"tools":{{Mapped}}{{expected}}}""",
            Write($$"""{"messages":[{{User}}],"tools":{{Tools}},{{parameter}}}"""));
    }

    [Theory]
    [InlineData("\"n\":1")]
    [InlineData("\"store\":false")]
    [InlineData("\"stream\":false")]
    [InlineData("\"logprobs\":false,\"top_logprobs\":0")]
    [InlineData("\"frequency_penalty\":0,\"presence_penalty\":0.0")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"reasoning_effort\":\"none\"")]
    [InlineData("\"verbosity\":\"medium\"")]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"modalities\":[\"text\"]")]
    [InlineData("\"logit_bias\":{}")]
    [InlineData("\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"prompt_cache_key\":\"k\"")]
    [InlineData("\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":false")]
    [InlineData("\"seed\":null,\"whatever\":null")]
    public void Write_leaves_out_what_changes_nothing(string parameter)
    {
        Assert.Equal(
            $$"""{"model":"vendor-model","max_tokens":777,"messages":[{{UserTurn}}]}""",
            Write($$"""{"messages":[{{User}}],{{parameter}}}"""));
    }

    [Theory]
    [InlineData("temperature", "\"temperature\":1.1")]
    [InlineData("n", "\"n\":2")]
    [InlineData("seed", "\"seed\":7")]
    [InlineData("logprobs", "\"logprobs\":true")]
    [InlineData("top_logprobs", "\"top_logprobs\":3")]
    [InlineData("frequency_penalty", "\"frequency_penalty\":0.1")]
    [InlineData("presence_penalty", "\"presence_penalty\":-0.1")]
    [InlineData("logit_bias", "\"logit_bias\":{\"5\":1}")]
    [InlineData("response_format", "\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("verbosity", "\"verbosity\":\"low\"")]
    [InlineData("service_tier", "\"service_tier\":\"flex\"")]
    [InlineData("modalities", "\"modalities\":[\"text\",\"audio\"]")]
    [InlineData("audio", "\"audio\":{}")]
    [InlineData("store", "\"store\":true")]
    [InlineData("stream", "\"stream\":true")]
    [InlineData("functions", "\"functions\":[]")]
    [InlineData("web_search_options", "\"web_search_options\":{}")]
    [InlineData("brand_new", "\"brand_new\":false")]
    [InlineData("tools[0].type", "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]")]
    [InlineData("tool_choice", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":{\"type\":\"allowed_tools\"}")]
    public void Write_names_the_parameter_that_the_vendor_cannot_do(string member, string parameter)
    {
        var fault = Fault($$"""{"messages":[{{User}}],{{parameter}}}""");

        Assert.Equal(ProviderError.Unsupported, fault.Error);
        Assert.StartsWith(member + " ", fault.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProviderError.Unsupported, "messages[0].name", """{"role":"user","content":"x","name":"Bob"}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].role", """{"role":"function","content":"x"}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].content[1].type", """{"role":"user","content":[{"type":"text","text":"x"},{"type":"input_audio"}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].content[0].type", """{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].content[0].cache_control", """{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].content[0].image_url.detail", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x","detail":"high"}}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/svg+xml,<svg/>"}}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].tool_calls[0].type", """{"role":"assistant","tool_calls":[{"id":"c","type":"custom"}]}""")]
    [InlineData(ProviderError.Unsupported, "messages[0].audio", """{"role":"assistant","audio":{"id":"a"}}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///x"}}]}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].role", """{"role":"robot","content":"x"}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].role", "\"hello\"")]
    [InlineData(ProviderError.BadRequest, "messages[0].content", """{"role":"user"}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].content", """{"role":"user","content":7}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].content[0].text", """{"role":"user","content":[{"type":"text"}]}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].tool_call_id", """{"role":"tool","content":"x"}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].tool_calls", """{"role":"assistant","tool_calls":{}}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].tool_calls[0]", """{"role":"assistant","tool_calls":[{"id":"c"}]}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].tool_calls[0].function.arguments", """{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[1]"}}]}""")]
    [InlineData(ProviderError.BadRequest, "messages[0].tool_calls[0].function.arguments", """{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{"}}]}""")]
    public void Write_names_the_part_of_a_message_that_cannot_be_mapped(ProviderError error, string member, string message)
    {
        var fault = Fault($$"""{"messages":[{{message}}]}""");

        Assert.Equal(error, fault.Error);
        Assert.StartsWith(member + " ", fault.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("messages", "{}")]
    [InlineData("messages", """{"messages":[]}""")]
    [InlineData("messages", """{"messages":"Hi"}""")]
    [InlineData("stop", """{"messages":[{"role":"user","content":"x"}],"stop":7}""")]
    [InlineData("tools", """{"messages":[{"role":"user","content":"x"}],"tools":{}}""")]
    [InlineData("tools[0].function.name", """{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}""")]
    [InlineData("tool_choice", """{"messages":[{"role":"user","content":"x"}],"tool_choice":"required"}""")]
    public void Write_refuses_what_is_no_chat_request(string member, string body)
    {
        var fault = Fault(body);

        Assert.Equal(ProviderError.BadRequest, fault.Error);
        Assert.StartsWith(member + " ", fault.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallAsync_sends_nothing_that_it_cannot_map()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = ProviderCalls.Anthropic(vendor);

        Assert.Equal(ProviderError.Unsupported, (await provider.CallAsync("""{"input":"x"}""", "embeddings")).Error);
        Assert.Equal(ProviderError.Unsupported, (await provider.CallAsync($$"""{"messages":[{{User}}],"seed":1}""")).Error);
        Assert.Equal(ProviderError.BadRequest, (await provider.CallAsync("""{"messages":[{"role":"system","content":"\ud800"}]}""")).Error);
        Assert.Equal(ProviderError.BadRequest, (await provider.CallAsync("[]")).Error);
        Assert.Equal(0, vendor.Calls);
    }

    [Fact]
    public async Task CallAsync_posts_to_messages_with_key_version_and_attempt_id()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = ProviderCalls.Anthropic(vendor);

        await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal("https://api.anthropic.com/v1/messages", vendor.Address?.AbsoluteUri);
        Assert.Equal(ProviderCalls.Key, vendor.Headers["x-api-key"]);
        Assert.Equal("2023-06-01", vendor.Headers["anthropic-version"]);
        Assert.Equal(ProviderCalls.AttemptId.ToString(), vendor.Headers["X-LlmBroker-Attempt-Id"]);
        Assert.DoesNotContain("Authorization", vendor.Headers.Keys);
    }

    private static string Write(string body)
    {
        var faults = new RequestFaults();
        using var written = AnthropicRequest.Write(ProviderCalls.Call(body), faults);
        Assert.Null(faults.First);
        return System.Text.Encoding.UTF8.GetString(written.Written.Span);
    }

    private static ProviderResult Fault(string body)
    {
        var faults = new RequestFaults();
        using var written = AnthropicRequest.Write(ProviderCalls.Call(body), faults);
        Assert.NotNull(faults.First);
        return faults.First;
    }
}
