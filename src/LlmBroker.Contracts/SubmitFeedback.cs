namespace LlmBroker.Contracts;

/// <summary>
/// What an answer was worth. Publish it to the exchange <c>llm.feedback</c> with the tenant as routing key. Nobody is answered; one that
/// cannot be used is dead-lettered with the reason. Of what one source says about one run, the latest counts.
/// </summary>
public sealed record SubmitFeedback
{
    /// <summary>The request whose answer is meant; one of this tenant's that the ledger still knows.</summary>
    public string? RequestId { get; init; }

    /// <summary>The run whose answer is meant. Default: the newest.</summary>
    public int? Run { get; init; }

    /// <summary><c>accepted</c> or <c>rejected</c>. At least one of this and <see cref="Score"/> is given.</summary>
    public string? Verdict { get; init; }

    /// <summary>How good the answer is, 0 (useless) to 1 (perfect).</summary>
    public double? Score { get; init; }

    /// <summary>Who judges, such as <c>reviewer</c> or <c>unit-test</c>; at most 50 characters. Default: <c>user</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Why, for people; at most 500 characters. It is kept as long as the usage, so no personal data.</summary>
    public string? Comment { get; init; }
}
