namespace LlmBroker.Ledger;

/// <summary>Whether a request may be sent on.</summary>
internal enum ReleaseState
{
    /// <summary>Nobody holds it now: send it on.</summary>
    Released,

    /// <summary>Another worker holds it and is alive: look again later.</summary>
    Held,

    /// <summary>This claim was taken over by another worker, or a newer run was opened: drop the delivery.</summary>
    Superseded,

    /// <summary>The run has its outcome: answer from it.</summary>
    Finished,
}

/// <param name="State">Whether to send it on.</param>
/// <param name="Outcome">When <see cref="ReleaseState.Finished"/>.</param>
internal sealed record ReleaseResult(ReleaseState State, RecordedOutcome? Outcome = null);
