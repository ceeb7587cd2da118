using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class OpenAiSchemaTests
{
    private const string Request =
        """
        {"model":"m","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}],
         "max_completion_tokens":9,"temperature":0.5,"stop":["x"],"metadata":{"a":"b"},
         "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"auto"}
        """;

    [Fact]
    public async Task What_the_OpenAI_adapter_sends_is_a_chat_completion_request()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = ProviderCalls.OpenAi(vendor);
        await provider.CallAsync(Request);

        Assert.Empty(await OpenAiSchema.FaultsAsync("CreateChatCompletionRequest", vendor.Body));
    }

    [Fact]
    public async Task What_the_OpenAI_adapter_sends_is_an_embeddings_request()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = ProviderCalls.OpenAi(vendor);
        await provider.CallAsync("""{"input":["a","b"],"dimensions":8}""", "embeddings");

        Assert.Empty(await OpenAiSchema.FaultsAsync("CreateEmbeddingRequest", vendor.Body));
    }

    [Theory]
    [InlineData("""[{"type":"text","text":"Hi"}]""", "end_turn")]
    [InlineData("[]", "refusal")]
    [InlineData("""[{"type":"text","text":"Hi"},{"type":"tool_use","id":"t","name":"f","input":{"x":1}}]""", "tool_use")]
    [InlineData("""[{"type":"tool_use","id":"t","name":"f","input":{}}]""", "max_tokens")]
    public async Task What_the_Anthropic_adapter_answers_is_a_chat_completion(string content, string stopReason)
    {
        using var provider = ProviderCalls.Anthropic(StubVendor.Answering(
            $$$"""{"id":"msg_1","model":"m","content":{{{content}}},"stop_reason":"{{{stopReason}}}","usage":{"input_tokens":1,"output_tokens":2}}"""));
        var answer = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Empty(await OpenAiSchema.FaultsAsync("CreateChatCompletionResponse", answer.Body.GetRawText()));
    }

    [Fact]
    public async Task The_schema_does_find_faults()
    {
        Assert.NotEmpty(await OpenAiSchema.FaultsAsync("CreateChatCompletionResponse", """{"id":"x"}"""));
        Assert.NotEmpty(await OpenAiSchema.FaultsAsync("CreateChatCompletionRequest", """{"model":"m","messages":[]}"""));
    }
}
