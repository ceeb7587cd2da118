using System.Text;
using LlmBroker.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class InputLineParserTests
{
    [Theory]
    [InlineData(
        """{"custom_id":"a","messages":[{"role":"user","content":"你好 <b>"}],"temperature":0}""",
        "chat", """{"messages":[{"role":"user","content":"你好 <b>"}],"temperature":0}""")]
    [InlineData(
        """{ "custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": { "model": "m", "messages": [ {} ], "n": 1.0 } }""",
        "chat", """{"model":"m","messages":[{}],"n":1.0}""")]
    [InlineData(
        """{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"input":["x","y"]}}""",
        "embeddings", """{"input":["x","y"]}""")]
    public void TryParse_reads_both_shapes(string text, string operation, string body)
    {
        Assert.True(InputLineParser.TryParse(Raw(text), out var line, out _));
        Assert.Equal(("a", operation, body), (line.CustomId, line.Operation, line.Body.GetRawText()));
    }

    [Theory]
    [InlineData("no json", null, "is no JSON")]
    [InlineData("""{"custom_id":"a","messages":[""", null, "is no JSON")]
    [InlineData("[]", null, "is no JSON object")]
    [InlineData("""{"messages":[{}]}""", null, "has no 'custom_id'")]
    [InlineData("""{"custom_id":"","messages":[{}]}""", null, "has no 'custom_id'")]
    [InlineData("""{"custom_id":7,"messages":[{}]}""", null, "has no 'custom_id'")]
    [InlineData("""{"custom_id":"a"}""", "a", "has no 'messages'")]
    [InlineData("""{"custom_id":"a","messages":[]}""", "a", "has no 'messages'")]
    [InlineData("""{"custom_id":"a","url":"/v1/images","body":{}}""", "a", "has an unknown 'url'")]
    [InlineData("""{"custom_id":"a","body":{"messages":[{}]}}""", "a", "has an unknown 'url'")]
    [InlineData("""{"custom_id":"a","method":"GET","url":"/v1/embeddings","body":{"input":"x"}}""", "a", "has a 'method' other than POST")]
    [InlineData("""{"custom_id":"a","url":"/v1/chat/completions"}""", "a", "has no 'body'")]
    [InlineData("""{"custom_id":"a","url":"/v1/chat/completions","body":{"input":"x"}}""", "a", "has no 'body.messages'")]
    [InlineData("""{"custom_id":"a","url":"/v1/embeddings","body":{"messages":[{}]}}""", "a", "has no 'body.input'")]
    [InlineData("""{"custom_id":"a","messages":[{"content":"half \ud83d of a pair"}]}""", null, "holds an escape that is no Unicode text")]
    public void TryParse_says_what_is_wrong(string text, string? customId, string start)
    {
        Assert.False(InputLineParser.TryParse(Raw(text), out _, out var fault));
        Assert.Equal(customId, fault.CustomId);
        Assert.StartsWith(start, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_never_quotes_the_text()
    {
        Assert.False(InputLineParser.TryParse(Raw("""{"custom_id":"a","messages":[{"content":"a secret" oops}]}"""), out _, out var fault));
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    private static RawLine Raw(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new RawLine(1, 0, bytes.Length, bytes, TooLong: false);
    }
}
