using LlmBroker.Ledger;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class StoredTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("你好 😀", "你好 😀")]
    [InlineData("a\0b", "a\ufffdb")]
    [InlineData(null, null)]
    public void Clean_replaces_what_no_database_takes(string? text, string? expected) => Assert.Equal(expected, StoredText.Clean(text));

    // Not theory data: the runner carries that as UTF-8, which has no lone surrogates.
    [Fact]
    public void Clean_replaces_lone_surrogates() => Assert.Equal("a\ufffdb\ufffd", StoredText.Clean("a\ud800b\udc00"));
}
