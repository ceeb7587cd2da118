using LlmBroker.Learning;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class AnswerLabelTests
{
    [Theory]
    [InlineData("cheap", 0, 1, 2, 0, null, true, true, "cascade")]    // The large model's answer was accepted; the cheap one was rejected before.
    [InlineData("cheap", 1, 0, 0, 1, null, true, true, "verdict")]    // People count before the cascade.
    [InlineData("cheap", 1, 0, 0, 0, null, true, false, "cascade")]
    [InlineData("cheap", 0, 0, 1, 1, 1.0, true, true, "verdict")]     // A tie accepts nothing.
    [InlineData("cheap", 0, 0, 0, 0, 0.4, true, true, "score")]
    [InlineData("large", 0, 0, 1, 0, null, false, false, "verdict")]
    [InlineData("large", 0, 0, 0, 0, 0.9, false, false, "score")]
    public void Of_says_whose_answer_is_meant_whether_it_was_bad_and_what_said_so(
        string tier, long passed, long rejected, long accepts, long rejects, double? score, bool ofCheap, bool bad, string source) =>
        Assert.Equal(new AnswerLabel(ofCheap, bad, source), AnswerLabel.Of(tier, passed, rejected, accepts, rejects, score));

    [Fact]
    public void Of_nothing_said_is_null()
    {
        Assert.Null(AnswerLabel.Of("cheap", 0, 0, 0, 0, null));
        Assert.Null(AnswerLabel.Of("large", 1, 0, 0, 0, null));
    }
}
