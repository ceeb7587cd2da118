using LlmBroker.Contracts;
using LlmBroker.DeadLetters;

namespace LlmBroker.Ledger;

/// <summary>Ends a run: last attempt, outcome, reply and dead letter in one commit.</summary>
internal sealed record Settlement
{
    public required RunKey Key { get; init; }

    /// <summary>The claim that settles; null where no worker holds it (expired in a queue).</summary>
    public Guid? ClaimId { get; init; }

    /// <summary>The attempt that ended the run, if one did.</summary>
    public AttemptEnd? Attempt { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>Stored with the outcome when an operator can act on it.</summary>
    public DeadLetter? DeadLetter { get; init; }
}

/// <summary>Whether a settlement took effect.</summary>
internal enum SettleState
{
    /// <summary>This is the outcome of the run; send the reply to <see cref="SettleResult.Askers"/>.</summary>
    Settled,

    /// <summary>The run has another outcome already. The attempt was recorded; reply from <see cref="SettleResult.Outcome"/>.</summary>
    Finished,

    /// <summary>Another worker took the request over. The attempt was recorded; send nothing.</summary>
    Superseded,
}

/// <param name="State">Whether it took effect.</param>
/// <param name="Askers">Everybody who waits for the outcome.</param>
/// <param name="Outcome">When <see cref="SettleState.Finished"/>.</param>
internal sealed record SettleResult(SettleState State, IReadOnlyList<ReplyAddress> Askers, RecordedOutcome? Outcome = null);
