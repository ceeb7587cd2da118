using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>A row of <c>claims</c>: what is known of a request now, and the counters that its caps are checked against.</summary>
internal sealed record Claim
{
    public required ClaimKey Key { get; init; }
    public required int Run { get; init; }

    /// <summary>Empty when a worker met the request before any router did; matches every body.</summary>
    public byte[] BodyHash { get; init; } = [];

    public required ClaimState State { get; init; }
    public string? Lane { get; init; }
    public string? Deployment { get; init; }

    /// <summary>Who holds it while it is running, else who held it last.</summary>
    public Guid? ClaimId { get; init; }

    public Guid? WorkerId { get; init; }

    /// <summary>The attempt that was started and has not ended.</summary>
    public Guid? OpenAttemptId { get; init; }

    /// <summary>Attempts of this run.</summary>
    public int Attempts { get; init; }

    public int AttemptsTotal { get; init; }

    /// <summary>Over all runs; ambiguous attempts at their estimate, <see cref="UnpricedAttempts"/> not at all.</summary>
    public decimal SpentUsd { get; init; }

    public int UnpricedAttempts { get; init; }

    /// <summary>An attempt of this run may have been carried out by the vendor, and nobody knows.</summary>
    public bool Ambiguous { get; init; }

    public bool CancelRequested { get; init; }
    public ReplyAddress? ReplyTo { get; init; }

    /// <summary>Addresses of duplicates.</summary>
    public IReadOnlyList<ReplyAddress> AlsoReplyTo { get; init; } = [];

    /// <summary>
    /// Everybody who waits for the outcome. The message that a worker has may be a duplicate's, while the request's own died with its router.
    /// </summary>
    public IReadOnlyList<ReplyAddress> Askers => ReplyTo is { } first ? [first, .. AlsoReplyTo] : AlsoReplyTo;

    /// <summary>Why it waits.</summary>
    public string? Reason { get; init; }

    public string? GroupId { get; init; }
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Of the run; written with the claim and not read back, since every message carries it.</summary>
    public DateTimeOffset? Deadline { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
    public FailureReason? Failure { get; init; }
    public Guid? ReplyId { get; init; }

    /// <summary>What the request has cost, null when that is not known.</summary>
    public decimal? CostUsd => UnpricedAttempts > 0 ? null : SpentUsd;

    public bool IsHeldBy(Guid? claimId) => State == ClaimState.Running && ClaimId == claimId;

    /// <summary>The same request at a later run, as nobody has taken it yet.</summary>
    public Claim OpenRun(int run) => this with
    {
        Run = run,
        State = ClaimState.Accepted,
        ClaimId = null,
        WorkerId = null,
        OpenAttemptId = null,
        Attempts = 0,
        Ambiguous = false,
        CancelRequested = false,
        Reason = null,
        FinishedAt = null,
        Failure = null,
        ReplyId = null,
    };
}
