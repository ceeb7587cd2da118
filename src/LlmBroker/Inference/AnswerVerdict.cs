using LlmBroker.Feedback;
using LlmBroker.Ledger;

namespace LlmBroker.Inference;

/// <summary>What a cheap model's answer was found to be worth.</summary>
/// <param name="IsAccepted">Whether it is the answer of the run.</param>
/// <param name="By">Who decided: a validator, or <c>judge</c>.</param>
/// <param name="Reason">Why, in a few words.</param>
internal sealed record AnswerVerdict(bool IsAccepted, string By, string? Reason = null)
{
    /// <summary>All who looked.</summary>
    public const string All = "all";

    public const string Judge = "judge";

    /// <summary>While the judge was to be asked the ledger said that the request is not this delivery's any more: nothing is to be made of the answer.</summary>
    public StartResult? Refused { get; init; }

    public string Name => IsAccepted ? FeedbackVerdict.Accepted : FeedbackVerdict.Rejected;

    /// <summary>As it stands in the ledger, such as <c>numbers: 1,250 is missing</c>.</summary>
    public string Words => Reason is null ? By : $"{By}: {Reason}";

    /// <summary>An attempt's end that says so; it says why only where there is something to say.</summary>
    public AttemptEnd? On(AttemptEnd? end) => end is null ? null : end with { Verdict = Name, VerdictReason = Reason is null ? null : Words };
}
