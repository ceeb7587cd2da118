using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("0.5s", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("00:00:30", 30_000)]
    [InlineData("1.00:00:00.5", 86_400_500)]
    [InlineData("0s", 0)]
    public void TryParse_reads_what_people_write(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
        Assert.True(DurationText.TryParse(DurationText.Format(duration), out var again));
        Assert.Equal(duration, again);
        Assert.Matches(DurationText.Pattern, text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("30 s")]
    [InlineData("-30s")]
    [InlineData("-00:00:30")]
    [InlineData("1,5s")]
    [InlineData("1w")]
    [InlineData("00:30")]
    [InlineData("24:00:00")]
    [InlineData("00:60:00")]
    [InlineData("30s\n")]
    [InlineData("99999999999999999999d")]
    [InlineData("99999999d")]
    public void TryParse_refuses_what_could_be_misread(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData(90, "90s")]
    [InlineData(120, "2m")]
    [InlineData(86_400, "1d")]
    [InlineData(0.0000001, "00:00:00.0000001")]
    public void Format_takes_the_largest_unit_that_fits(double seconds, string expected) =>
        Assert.Equal(expected, DurationText.Format(TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))));
}
