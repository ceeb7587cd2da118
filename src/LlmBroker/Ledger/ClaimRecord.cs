namespace LlmBroker.Ledger;

/// <summary>A claim as it was found, with what a decision on it needs.</summary>
internal sealed record ClaimRecord(Claim Claim)
{
    /// <summary>The worker that holds it has a valid lease; read only where <see cref="ClaimRules.NeedsHistory"/>.</summary>
    public bool HolderIsAlive { get; init; }

    /// <summary>All attempts of the request; read only where <see cref="ClaimRules.NeedsHistory"/>.</summary>
    public IReadOnlyList<RecordedAttempt> History { get; init; } = [];

    /// <summary>The reply of a finished run, null when it is no longer kept; read only where <see cref="ClaimRules.NeedsReply"/>.</summary>
    public byte[]? Reply { get; init; }

    /// <summary>The outcome of a finished claim.</summary>
    public RecordedOutcome Outcome => new(Claim.Run, Claim.Failure, Claim.ReplyId.GetValueOrDefault(), Reply, Claim.FinishedAt.GetValueOrDefault())
    {
        Askers = Claim.Askers,
    };

    /// <summary>Whether the claim once held this run and another took it over.</summary>
    public bool WasTakenFrom(Guid claimId) =>
        Claim.ClaimId != claimId && History.Any(attempt => attempt.Run == Claim.Run && attempt.ClaimId == claimId);
}
