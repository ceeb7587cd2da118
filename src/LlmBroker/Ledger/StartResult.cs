namespace LlmBroker.Ledger;

/// <summary>Whether a vendor may be called now. From <see cref="Cancelled"/> on the claim is this delivery's all the same, to settle.</summary>
internal enum StartState
{
    /// <summary>The row is committed: call.</summary>
    Started,

    /// <summary>The claim is this delivery's, without an attempt: settle or release. Only a take is answered so.</summary>
    Taken,

    /// <summary>The run has its outcome: answer from it.</summary>
    Finished,

    /// <summary>Another worker holds it and is alive: look again later.</summary>
    Held,

    /// <summary>This claim was taken over by another worker, or a newer run was opened: drop the delivery.</summary>
    Superseded,

    /// <summary>
    /// An earlier answer was rejected and the run sent on to <see cref="StartResult.MovedTo"/>: go there. The claim is not this delivery's.
    /// </summary>
    MovedOn,

    /// <summary>Its cancellation was asked for.</summary>
    Cancelled,

    /// <summary>Its deadline has passed.</summary>
    Expired,

    /// <summary>The cap on attempts is reached.</summary>
    AttemptsExhausted,

    /// <summary>The estimate would pass the cap on spend.</summary>
    CostLimit,

    /// <summary>An earlier call may have been carried out, and the request is at-most-once. That attempt is recorded as ambiguous.</summary>
    Ambiguous,
}

/// <param name="State">Whether to call.</param>
/// <param name="Attempts">Attempts over all runs, this one included when started.</param>
/// <param name="SpentUsd">Spent over all runs before this attempt: ended attempts at cost, ambiguous ones at their estimate.</param>
/// <param name="PriceUnknown">At least one earlier attempt has no known cost, so <paramref name="SpentUsd"/> is a lower bound.</param>
/// <param name="Outcome">When <see cref="StartState.Finished"/>.</param>
internal sealed record StartResult(
    StartState State, int Attempts = 0, decimal SpentUsd = 0, bool PriceUnknown = false, RecordedOutcome? Outcome = null)
{
    /// <summary>Attempts of this run, this one included when started.</summary>
    public int RunAttempts { get; init; }

    /// <summary>The deployment, when <see cref="StartState.MovedOn"/>.</summary>
    public string? MovedTo { get; init; }

    /// <summary>Why, when <see cref="StartState.MovedOn"/>.</summary>
    public string? MovedBecause { get; init; }
}
