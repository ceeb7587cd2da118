using System.Text.Json;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class PromptTests
{
    [Fact]
    public void Read_takes_the_system_text_and_the_last_user_message()
    {
        var prompt = Read("""
            { "messages": [
              { "role": "system", "content": "Be brief." },
              { "role": "user", "content": "First" },
              { "role": "assistant", "content": "Yes?" },
              { "role": "user", "content": [{ "type": "text", "text": "Second" }, { "type": "image_url", "image_url": { "url": "data:," } }] }] }
            """);

        Assert.Equal(("Be brief.", "Second\n", 2), (prompt.Classifier.System, prompt.Classifier.Prompt, prompt.Classifier.Turns));
    }

    [Theory]
    [InlineData("""{ "messages": [{ "role": 7 }] }""")]
    [InlineData("""{ "messages": [{ "role": "user" }] }""")]
    [InlineData("""{ "messages": [{ "role": "user", "content": null }] }""")]
    [InlineData("""{ "messages": [{ "role": "user", "content": [7] }] }""")]
    public void Odd_messages_have_no_text_and_do_no_harm(string body) => Assert.Equal("", Read(body).Classifier.Prompt);

    [Theory]
    [InlineData(""" "max_tokens": 100 """, 100)]
    [InlineData(""" "max_completion_tokens": 50, "max_tokens": 100 """, 50)]
    [InlineData(""" "max_tokens": 100, "n": 3 """, 300)]
    [InlineData(""" "max_tokens": 2000000000, "n": 3 """, 6_000_000_000)]
    [InlineData(""" "max_tokens": -1 """, 1000)]
    [InlineData(""" "temperature": 1 """, 1000)]
    [InlineData(""" "n": 8 """, 8000)]
    public void The_most_answer_tokens_are_those_of_all_answers_together(string members, long expected) =>
        Assert.Equal(expected, Read($$"""{ "messages": [{ "role": "user", "content": "Hi" }], {{members}} }""").OutputLimit(1000));

    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog and runs away from the hunters.", 16)]
    [InlineData("今天天气很好，我们一起去公园散步吧。", 18)]
    public void The_token_estimate_is_never_below_what_a_tokenizer_counts(string text, int counted) =>
        Assert.True(Read(JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = text } } }, Unescaped)).Tokens >= counted);

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Prompt Read(string body) => Prompt.Read(JsonSerializer.Deserialize<JsonElement>(body), RequestOperation.Chat);
}
