using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>How an attempt ended.</summary>
internal enum AttemptStatus
{
    Unknown = 0,
    Succeeded = 1,
    Failed = 2,

    /// <summary>Whether the vendor did the work is not known, since the worker, the connection or the time was gone; its cost is the estimate.</summary>
    Ambiguous = 3,

    /// <summary>Aborted by us, and the run with it: cancelled, or past its deadline. Or never made, at no cost.</summary>
    Aborted = 4,
}

/// <summary>The row that closes an attempt. Written once; a late one, after the attempt was called ambiguous, is kept beside it.</summary>
internal sealed record AttemptEnd
{
    public required RunKey Key { get; init; }
    public required Guid AttemptId { get; init; }
    public required AttemptStatus Status { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required TimeSpan Latency { get; init; }

    /// <summary>Kind of the failure out of a closed set (name of <c>ProviderError</c>); null when succeeded.</summary>
    public string? Error { get; init; }

    /// <summary>The vendor's words, without prompt text or secret, at most 500 characters.</summary>
    public string? ErrorMessage { get; init; }

    public int? HttpStatus { get; init; }

    /// <summary>Which of the account's keys was used, such as <c>#2</c>; null when it has one.</summary>
    public string? ProviderKey { get; init; }
    public string? VendorRequestId { get; init; }
    public string? FinishReason { get; init; }
    public TokenUsage? Usage { get; init; }

    /// <summary>The price that was applied, USD per million tokens; null when unknown.</summary>
    public Models.Price? Price { get; init; }

    /// <summary>0 when the vendor does not charge for this end; null when the price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>
    /// What the run's answer was found to be worth, <c>accepted</c> or <c>rejected</c>; null when nobody looked. The answer's own end has the word
    /// of the validators, a judge's end has the judge's: of two the later one counts.
    /// </summary>
    public string? Verdict { get; init; }

    /// <summary>By whom and why, such as <c>numbers: 1,250 is missing</c>.</summary>
    public string? VerdictReason { get; init; }
}
