namespace LlmBroker.Learning;

/// <summary>Turns what was said of a run into a label. Pure.</summary>
internal static class AnswerLabel
{
    /// <summary>A mean score below this is a rejection, where no verdict was given.</summary>
    private const double LeastGoodScore = 0.5;

    /// <param name="tier">The tier to which the run was sent first.</param>
    /// <param name="cascadeAccepted">Cheap answers that the cascade's checks let through.</param>
    /// <param name="cascadeRejected">Cheap answers that they did not.</param>
    /// <param name="feedbackAccepts">Sources whose latest verdict accepts the answer that was given.</param>
    /// <param name="feedbackRejects">Sources whose latest verdict rejects it.</param>
    /// <param name="score">Mean of the sources' latest scores; null: none.</param>
    /// <returns>
    /// Whether the cheap model's answer is meant, and whether it was bad; null when nothing was said. People's word on the answer that they got
    /// counts before the cascade's checks, which see form more than content. What the cascade rejected was bad and nobody but the cascade saw it:
    /// feedback is then on the large model's answer, and the label is still that of the cheap one's.
    /// </returns>
    public static (bool OfCheap, bool Bad)? Of(string? tier, long cascadeAccepted, long cascadeRejected, long feedbackAccepts, long feedbackRejects, double? score)
    {
        var ofCheap = tier == "cheap";
        if (ofCheap && cascadeRejected > 0)
            return (true, true);
        if (feedbackAccepts + feedbackRejects > 0)
            return (ofCheap, feedbackAccepts <= feedbackRejects);
        if (score is { } mean)
            return (ofCheap, mean < LeastGoodScore);
        return ofCheap && cascadeAccepted > 0 ? (true, false) : null;
    }
}
