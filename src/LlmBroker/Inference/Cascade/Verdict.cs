namespace LlmBroker.Inference.Cascade;

/// <summary>What a cascade found of an answer.</summary>
/// <param name="IsAccepted">Whether it may go to its asker.</param>
/// <param name="Reason">Whose word that is, and why.</param>
internal readonly record struct Verdict(bool IsAccepted, string? Reason)
{
    public const string Accepted = "accepted";
    public const string Rejected = "rejected";

    /// <summary>An answer that passed the validators and lies before the judge: should its worker die now, it is gone and is asked for again.</summary>
    public const string Judging = "judging";

    public string Word => IsAccepted ? Accepted : Rejected;
}
