namespace LlmBroker.Feedback;

/// <summary>What an answer was found to be: by feedback, or by the checks of a cascade. The words of the wire and of the ledger.</summary>
internal static class FeedbackVerdict
{
    public const string Accepted = "accepted";
    public const string Rejected = "rejected";
}
