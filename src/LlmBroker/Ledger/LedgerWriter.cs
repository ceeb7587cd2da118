namespace LlmBroker.Ledger;

/// <summary>
/// The one writer of a process: collects operations for a moment, commits them together, then lets all their waiters go on.
/// While the database is away operations wait, in order; a waiter that gives up leaves an operation that may still be carried out.
/// </summary>
internal sealed class LedgerWriter
{
    public Task<AcceptResult> AcceptAsync(Acceptance acceptance, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<AcceptResult> RefuseAsync(Acceptance acceptance, Outcome outcome, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StartResult> StartAsync(AttemptStart start, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> EndAsync(AttemptEnd end, Guid claimId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ReleaseAsync(RunKey key, Guid? claimId, string reason, string deployment, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw new NotSupportedException();

    public bool IsAvailable { get; } = true;
    public DateTimeOffset? UnavailableSince { get; }
}
