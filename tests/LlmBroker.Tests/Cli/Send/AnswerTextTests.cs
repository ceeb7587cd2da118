using System.Text.Json;
using LlmBroker.Cli.Send;
using LlmBroker.Tests.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Send;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"Hi <b>"}}]}""", "Hi <b>")]
    [InlineData("""{"choices":[{"message":{"content":null,"tool_calls":[1]}}]}""", """{"content":null,"tool_calls":[1]}""")]
    [InlineData("""{"choices":[]}""", """{"choices":[]}""")]
    [InlineData("""{"data":[{"embedding":[1]}]}""", """{"data":[{"embedding":[1]}]}""")]
    [InlineData("7", "7")]
    public void TextIn_gives_the_text_or_else_the_JSON(string body, string text) =>
        Assert.Equal(text, AnswerText.TextIn(JsonElement.Parse(body)));

    [Fact]
    public void FactsOf_tells_model_tokens_cost_latency_and_why()
    {
        Assert.Equal(
            "small · 13 in, 5 out · $0.250000 · 1,500 ms · policy auto: task translation → cheap · truncated",
            AnswerText.FactsOf(SampleReplies.Completed("r", finishReason: "length"), TimeSpan.FromMilliseconds(1500)));
        Assert.Contains("cost unknown", AnswerText.FactsOf(SampleReplies.Completed("r", costUsd: null), TimeSpan.Zero), StringComparison.Ordinal);
    }
}
