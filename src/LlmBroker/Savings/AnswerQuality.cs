namespace LlmBroker.Savings;

/// <summary>What feedback says of the answers of one tier, or of the policy's choices.</summary>
/// <param name="Of"><c>cheap</c> or <c>large</c>: where the lot fell on that tier; <c>routed</c>: where the policy decided.</param>
/// <param name="Runs">That were answered.</param>
/// <param name="Judged">Of those, the ones with a verdict.</param>
/// <param name="Accepted">Share of the verdicts that accept; null when too few.</param>
/// <param name="Scored">Of the runs, the ones with a score.</param>
/// <param name="Score">Mean score, 0 to 1; null when too few.</param>
internal sealed record AnswerQuality(string Of, long Runs, long Judged, Estimate? Accepted, long Scored, Estimate? Score)
{
    public const string Routed = "routed";

    public static AnswerQuality Sum(string of, IReadOnlyCollection<SavingsCell> cells)
    {
        var accepted = cells.Sum(cell => cell.FeedbackAccepted);
        var judged = accepted + cells.Sum(cell => cell.FeedbackRejected);
        var scored = cells.Sum(cell => cell.Scores);
        return new AnswerQuality(
            of,
            cells.Sum(cell => cell.Runs),
            judged,
            Estimate.OfShare(accepted, judged),
            scored,
            Estimate.OfMean(scored, cells.Sum(cell => cell.ScoreSum), cells.Sum(cell => cell.ScoreSquares)));
    }
}
