namespace LlmBroker.Ledger;

/// <summary>What the ledger knew of a request when the router presented it.</summary>
internal enum AcceptState
{
    /// <summary>Never seen: the <c>accepted</c> row is committed (or the refusal is).</summary>
    New,

    /// <summary>Accepted before and not yet taken by a worker: send it on again, the claim keeps it single. The reply address is registered.</summary>
    Waiting,

    /// <summary>A worker has it or it is parked; the reply address is registered, there is nothing else to do.</summary>
    Running,

    /// <summary>Finished: answer from <see cref="AcceptResult.Outcome"/>.</summary>
    Finished,

    /// <summary>The id was used before with another body.</summary>
    Conflict,
}

/// <param name="State">What the ledger knew.</param>
/// <param name="Outcome">The recorded outcome when <see cref="AcceptState.Finished"/>, else null.</param>
internal sealed record AcceptResult(AcceptState State, RecordedOutcome? Outcome = null);
