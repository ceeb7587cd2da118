using LlmBroker.Learning;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class AnswerLabelTests
{
    [Theory]
    [InlineData("cheap", 0, 1, 2, 0, null, true, true)]    // The large model's answer was accepted; the cheap one was rejected before.
    [InlineData("cheap", 1, 0, 0, 1, null, true, true)]    // People count before the cascade.
    [InlineData("cheap", 1, 0, 0, 0, null, true, false)]
    [InlineData("cheap", 0, 0, 1, 1, 1.0, true, true)]     // A tie accepts nothing.
    [InlineData("cheap", 0, 0, 0, 0, 0.4, true, true)]
    [InlineData("large", 0, 0, 1, 0, null, false, false)]
    [InlineData("large", 0, 0, 0, 0, 0.9, false, false)]
    public void Of_says_whose_answer_is_meant_and_whether_it_was_bad(
        string tier, long passed, long rejected, long accepts, long rejects, double? score, bool ofCheap, bool bad) =>
        Assert.Equal((ofCheap, bad), AnswerLabel.Of(tier, passed, rejected, accepts, rejects, score));

    [Fact]
    public void Of_nothing_said_is_null()
    {
        Assert.Null(AnswerLabel.Of("cheap", 0, 0, 0, 0, null));
        Assert.Null(AnswerLabel.Of("large", 1, 0, 0, 0, null));
    }
}
