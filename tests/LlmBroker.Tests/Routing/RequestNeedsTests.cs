using System.Text.Json;
using LlmBroker.Providers;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class RequestNeedsTests
{
    [Theory]
    [InlineData("\"x\":1", "chat")]
    [InlineData("\"n\":1,\"logprobs\":false,\"temperature\":1,\"stop\":null,\"frequency_penalty\":0,\"logit_bias\":{},\"reasoning_effort\":\"none\"", "chat")]
    [InlineData("\"response_format\":{\"type\":\"text\"},\"tools\":[],\"parallel_tool_calls\":false", "chat")]
    [InlineData("\"n\":2,\"seed\":1,\"stop\":\"x\"", "chat, stop, seed, n")]
    [InlineData("\"top_logprobs\":2", "chat, logprobs")]
    [InlineData("\"temperature\":0.2,\"presence_penalty\":1,\"logit_bias\":{\"1\":2},\"reasoning_effort\":\"low\"", "chat, logitBias, penalties, sampling, reasoningEffort")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "chat, jsonSchema")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "chat, jsonObject")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "chat, tools")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}],\"parallel_tool_calls\":false", "chat, tools, singleTool, strictTools")]
    [InlineData("\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]", "chat, tools")]
    [InlineData("\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{},{}]}]", "chat, tools, parallelTools")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,x\"}}]}]", "chat, vision")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\"}}]}]", "chat, vision, imageUrls")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]", "chat, audio")]
    [InlineData("\"messages\":[7,{\"content\":[7]}],\"tools\":7,\"stop\":7", "chat, stop")]
    public void Of_reads_what_a_body_asks_for(string members, string expected) =>
        Assert.Equal(expected, CapabilityNames.Of(RequestNeeds.Of(JsonElement.Parse($"{{{members}}}"), null)));

    [Fact]
    public void Of_embeddings_are_embeddings() =>
        Assert.Equal(ModelCapabilities.Embeddings, RequestNeeds.Of(JsonElement.Parse("""{"input":"x"}"""), RequestOperation.Embeddings));
}
