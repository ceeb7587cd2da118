using System.Text.Json;
using LlmBroker.DeadLetters;
using Xunit;

namespace LlmBroker.Tests.DeadLetters;

public sealed class MergePatchTests
{
    /// <summary>The cases of RFC 7396, appendix A.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("[1,2]", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void The_cases_of_the_standard(string target, string patch, string expected) => Assert.Equal(expected, Apply(target, patch));

    [Theory]
    [InlineData("""{"n":1.0,"big":12345678901234567890.123456789,"t":"a\u00e9\"b"}""")]
    [InlineData("""{"n":1e400,"text":"日本 <b>"}""")]
    public void What_is_not_named_keeps_its_value_to_the_last_digit(string target)
    {
        using var before = JsonDocument.Parse(target);
        using var after = JsonDocument.Parse(Apply(target, """{"added":true}"""));

        foreach (var member in before.RootElement.EnumerateObject())
            Assert.True(JsonElement.DeepEquals(member.Value, after.RootElement.GetProperty(member.Name)), member.Name);
        Assert.Equal(
            before.RootElement.TryGetProperty("big", out var big) ? big.GetRawText() : null,
            after.RootElement.TryGetProperty("big", out var kept) ? kept.GetRawText() : null);
    }

    private static string Apply(string target, string patch) =>
        MergePatch.Apply(JsonElement.Parse(target), JsonElement.Parse(patch)).GetRawText();
}
