using LlmBroker.Contracts;

namespace LlmBroker.Feedback;

/// <summary>What published feedback must fulfil before it is stored. Pure.</summary>
internal static class FeedbackRules
{
    public const string DefaultSource = "user";

    private const int MaxIdLength = 200;
    private const int MaxSourceLength = 50;
    private const int MaxCommentLength = 500;

    /// <summary>The first broken rule, for people; null when there is none.</summary>
    public static string? FindFault(SubmitFeedback feedback)
    {
        if (string.IsNullOrEmpty(feedback.RequestId))
            return "'requestId' is missing; it names the request whose answer is meant.";

        if (feedback.RequestId.Length > MaxIdLength || feedback.RequestId.Contains('\0'))
            return $"'requestId' has {feedback.RequestId.Length} characters; at most {MaxIdLength} are allowed, and no NUL.";

        if (feedback.Run is < 1)
            return $"'run' is {feedback.Run}; runs are numbered from 1, leave it out for the newest.";

        if (feedback is { Verdict: null, Score: null })
            return "Neither 'verdict' nor 'score' is set; set at least one of them.";

        if (feedback.Verdict is not (null or FeedbackVerdict.Accepted or FeedbackVerdict.Rejected))
            return $"'verdict' is '{feedback.Verdict}'; use '{FeedbackVerdict.Accepted}' or '{FeedbackVerdict.Rejected}'.";

        if (feedback.Score is not (null or (>= 0 and <= 1)))
            return $"'score' is {feedback.Score}; it is between 0 and 1.";

        if (feedback.Source is { } source && source.Length is 0 or > MaxSourceLength)
            return $"'source' has {feedback.Source!.Length} characters; 1 to {MaxSourceLength} are allowed.";

        if (feedback.Comment?.Length > MaxCommentLength)
            return $"'comment' has {feedback.Comment.Length} characters; at most {MaxCommentLength} are allowed.";

        return null;
    }
}
