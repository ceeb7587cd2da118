using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class VendorMessageTests
{
    [Theory]
    [InlineData("Invalid type for 'messages[0].content': expected a string.", "HTTP 400 t c at p: Invalid type for 'messages[0].content': expected a string.")]
    [InlineData("First sentence. The rest quotes things.", "HTTP 400 t c at p: First sentence.")]
    [InlineData("First line\nsecond", "HTTP 400 t c at p: First line")]
    [InlineData("Invalid value: 'my secret diary. It says'. Supported: 'a'", "HTTP 400 t c at p: Invalid value: '…'.")]
    [InlineData("Invalid value: \"my secret diary", "HTTP 400 t c at p: Invalid value: '…'")]
    [InlineData("This model's limit isn't that high", "HTTP 400 t c at p: This model's limit isn't that high")]
    [InlineData("[{'loc': ('body',), 'input': 'diary'}]", "HTTP 400 t c at p")]
    [InlineData("{\"prompt\":\"diary\"}", "HTTP 400 t c at p")]
    [InlineData(null, "HTTP 400 t c at p")]
    public void From_keeps_the_vendors_words_and_not_the_callers(string? message, string expected)
    {
        var error = new VendorErrorBody { Type = "t", Code = "c", Param = "p", Message = message };

        Assert.Equal(expected, VendorMessage.From(400, error, ProviderCalls.Key));
    }

    [Theory]
    [InlineData("Incorrect API key provided: " + ProviderCalls.Key)]
    [InlineData("Incorrect API key provided: sk-test-****************ijkl")]
    [InlineData("bad token Bearer 0123456789abcdefghijkl")]
    [InlineData("no such key sk-ant-api03-0123456789abcdefghijkl")]
    [InlineData("no such key 0123456789abcdefghijkl0123456789abcdefghijkl")]
    public void From_masks_what_looks_like_a_key(string message)
    {
        var text = VendorMessage.From(401, new VendorErrorBody { Message = message }, ProviderCalls.Key);

        Assert.EndsWith("***", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ijkl", text, StringComparison.Ordinal);
    }

    [Fact]
    public void From_masks_the_accounts_key_whatever_it_looks_like()
    {
        var text = VendorMessage.From(401, new VendorErrorBody { Code = "open-sesame", Message = "not open-sesame" }, "open-sesame");

        Assert.Equal("HTTP 401 ***: not ***", text);
    }

    [Fact]
    public void From_leaves_names_of_models_alone()
    {
        var text = VendorMessage.From(404, new VendorErrorBody { Message = "model: claude-3-5-sonnet-20241022-v2-with-a-long-name" }, null);

        Assert.Equal("HTTP 404: model: claude-3-5-sonnet-20241022-v2-with-a-long-name", text);
    }

    [Fact]
    public void From_is_at_most_500_characters_and_splits_no_letter()
    {
        var text = VendorMessage.From(500, new VendorErrorBody { Message = string.Concat(Enumerable.Repeat("😀", 400)) }, null);

        Assert.InRange(text.Length, 498, 500);
        Assert.EndsWith("😀…", text, StringComparison.Ordinal);
    }
}
