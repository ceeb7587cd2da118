using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>One thing to write, waiting for the group commit that carries it.</summary>
internal abstract class LedgerOperation(RunKey key)
{
    private volatile bool isGivenUp;

    public RunKey Key { get; } = key;

    /// <summary>Payload that the commit has to carry.</summary>
    public virtual int Bytes => 0;

    /// <summary>
    /// Nobody waits for it any more. What only asks for leave need not be written then, since its delivery comes again; what says that
    /// something happened is.
    /// </summary>
    public bool IsVoid => isGivenUp && this is (AcceptOperation or RefuseOperation);

    public void GiveUp() => isGivenUp = true;

    /// <summary>Tells the waiter that the operation failed for good.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Lets the waiter go on; called after the commit.</summary>
    public abstract void Complete();
}

/// <summary>An operation whose store sets <see cref="Result"/> before the commit.</summary>
internal abstract class LedgerOperation<TResult>(RunKey key) : LedgerOperation(key)
{
    private readonly TaskCompletionSource<TResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TResult? Result { get; set; }

    public Task<TResult> Completion => completion.Task;

    public override void Fail(Exception exception) => completion.TrySetException(exception);

    public override void Complete() => completion.TrySetResult(Result!);
}

/// <summary>Records that a request was accepted, unless it is known.</summary>
internal sealed class AcceptOperation(Acceptance acceptance) : LedgerOperation<AcceptResult>(acceptance.Key)
{
    public Acceptance Acceptance { get; } = acceptance;
    public override int Bytes => (Acceptance.StoredBody?.Length ?? 0) + (Acceptance.Features?.Length ?? 0);
}

/// <summary>Records that the router refused a request, with its outcome, unless it is known.</summary>
internal sealed class RefuseOperation(Acceptance acceptance, Outcome outcome) : LedgerOperation<AcceptResult>(acceptance.Key)
{
    public Acceptance Acceptance { get; } = acceptance;
    public Outcome Outcome { get; } = outcome;
    public override int Bytes => Outcome.Reply.Length;
}

/// <summary>Claims a request, or checks the claim, and records that an attempt starts.</summary>
internal sealed class StartOperation(AttemptStart start) : LedgerOperation<StartResult>(start.Key)
{
    public AttemptStart Start { get; } = start;
}

/// <summary>Claims a request without an attempt, to end it. The result is what a start gets, with <see cref="StartState.Taken"/> where it may go on.</summary>
internal sealed class TakeOperation(RunKey key, Guid claimId, Guid workerId, DateTimeOffset at) : LedgerOperation<StartResult>(key)
{
    public Guid ClaimId { get; } = claimId;
    public Guid WorkerId { get; } = workerId;

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset At { get; } = at;
}

/// <summary>Records how an attempt ended while the run goes on. The result tells whether the claim still stands.</summary>
internal sealed class EndOperation(AttemptEnd end, Guid claimId) : LedgerOperation<bool>(end.Key)
{
    public AttemptEnd End { get; } = end;
    public Guid ClaimId { get; } = claimId;
}

/// <summary>Lets a request go because it waits, or goes to another deployment; also one that nobody holds.</summary>
internal sealed class ReleaseOperation(RunKey key, Guid claimId, string reason, string deployment, AttemptEnd? attempt = null)
    : LedgerOperation<ReleaseResult>(key)
{
    public Guid ClaimId { get; } = claimId;

    /// <summary>Why it waits, for <c>status</c> and for ops.</summary>
    public string Reason { get; } = reason;

    /// <summary>Where it goes next.</summary>
    public string Deployment { get; } = deployment;

    /// <summary>The last attempt's end, where that waited to be written; recorded whether or not the request may be sent on.</summary>
    public AttemptEnd? Attempt { get; } = attempt;
}

/// <summary>
/// Takes a request off a worker whose lease has lapsed, though nobody is there to take it over: what it left open is ambiguous.
/// The result is false when there was nothing to do.
/// </summary>
internal sealed class LapseOperation(RunKey key) : LedgerOperation<bool>(key);

/// <summary>
/// Drops the reply of a finished run, and the stored body of its request, once the reply was delivered to those addresses.
/// The result is false when somebody who asked is not among them, or the run is not the last.
/// </summary>
internal sealed class DropPayloadsOperation(RunKey key, Guid replyId, IReadOnlyList<ReplyAddress> delivered) : LedgerOperation<bool>(key)
{
    public Guid ReplyId { get; } = replyId;
    public IReadOnlyList<ReplyAddress> Delivered { get; } = delivered;
}

/// <summary>Ends a run.</summary>
internal sealed class SettleOperation(Settlement settlement) : LedgerOperation<SettleResult>(settlement.Key)
{
    public Settlement Settlement { get; } = settlement;
    public override int Bytes => Settlement.Outcome.Reply.Length + (Settlement.DeadLetter?.Body.Length ?? 0);
}
