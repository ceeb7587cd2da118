namespace LlmBroker.Learning;

/// <summary>What was said of an answer. <see cref="Of"/> is pure.</summary>
/// <param name="OfCheap">Whether the cheap model's answer is meant, and not the large one's.</param>
/// <param name="Bad">Whether it was not good enough.</param>
/// <param name="Source">What said so: <see cref="Cascade"/>, <see cref="Verdict"/> or <see cref="Score"/>.</param>
internal readonly record struct AnswerLabel(bool OfCheap, bool Bad, string Source)
{
    /// <summary>The cascade's checks.</summary>
    public const string Cascade = "cascade";

    /// <summary>Feedback that accepts or rejects.</summary>
    public const string Verdict = "verdict";

    /// <summary>Feedback with a score alone.</summary>
    public const string Score = "score";

    /// <summary>A mean score below this is a rejection, where no verdict was given.</summary>
    private const double LeastGoodScore = 0.5;

    /// <param name="tier">The tier to which the run was sent first.</param>
    /// <param name="cascadeAccepted">Cheap answers that the cascade's checks let through.</param>
    /// <param name="cascadeRejected">Cheap answers that they did not.</param>
    /// <param name="feedbackAccepts">Sources whose latest verdict accepts the answer that was given.</param>
    /// <param name="feedbackRejects">Sources whose latest verdict rejects it.</param>
    /// <param name="score">Mean of the sources' latest scores; null: none.</param>
    /// <returns>
    /// Null when nothing was said. People's word on the answer that they got counts before the cascade's checks, which see form more than content.
    /// What the cascade rejected was bad and nobody but the cascade saw it: feedback is then on the large model's answer, and the label is still that of
    /// the cheap one's.
    /// </returns>
    public static AnswerLabel? Of(string? tier, long cascadeAccepted, long cascadeRejected, long feedbackAccepts, long feedbackRejects, double? score)
    {
        var ofCheap = tier == "cheap";
        if (ofCheap && cascadeRejected > 0)
            return new AnswerLabel(true, true, Cascade);
        if (feedbackAccepts + feedbackRejects > 0)
            return new AnswerLabel(ofCheap, feedbackAccepts <= feedbackRejects, Verdict);
        if (score is { } mean)
            return new AnswerLabel(ofCheap, mean < LeastGoodScore, Score);
        return ofCheap && cascadeAccepted > 0 ? new AnswerLabel(true, false, Cascade) : null;
    }
}
