using LlmBroker.Contracts;
using LlmBroker.Feedback;
using Xunit;

namespace LlmBroker.Tests.Feedback;

public sealed class FeedbackRulesTests
{
    private static readonly SubmitFeedback Good = new() { RequestId = "r", Verdict = "accepted", Score = 1, Source = "test", Comment = "fine", Run = 1 };

    [Fact]
    public void FindFault_of_a_verdict_a_score_or_both_is_null()
    {
        Assert.Null(FeedbackRules.FindFault(Good));
        Assert.Null(FeedbackRules.FindFault(new SubmitFeedback { RequestId = "r", Verdict = "rejected" }));
        Assert.Null(FeedbackRules.FindFault(new SubmitFeedback { RequestId = "r", Score = 0 }));
    }

    [Fact]
    public void FindFault_names_what_is_wrong_and_what_is_allowed()
    {
        Assert.Contains("'requestId' is missing", FeedbackRules.FindFault(Good with { RequestId = "" }), StringComparison.Ordinal);
        Assert.Contains("201 characters", FeedbackRules.FindFault(Good with { RequestId = new string('x', 201) }), StringComparison.Ordinal);
        Assert.Contains("'run' is 0", FeedbackRules.FindFault(Good with { Run = 0 }), StringComparison.Ordinal);
        Assert.Contains("at least one", FeedbackRules.FindFault(Good with { Verdict = null, Score = null }), StringComparison.Ordinal);
        Assert.Contains("'verdict' is 'good'", FeedbackRules.FindFault(Good with { Verdict = "good" }), StringComparison.Ordinal);
        Assert.Contains("'score' is 7", FeedbackRules.FindFault(Good with { Score = 7 }), StringComparison.Ordinal);
        Assert.Contains("'score' is NaN", FeedbackRules.FindFault(Good with { Score = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("'source' has 0", FeedbackRules.FindFault(Good with { Source = "" }), StringComparison.Ordinal);
        Assert.Contains("at most 500", FeedbackRules.FindFault(Good with { Comment = new string('x', 501) }), StringComparison.Ordinal);
    }
}
