using LlmBroker.Ledger;

namespace LlmBroker.Tests.Ledger;

/// <summary>
/// A ledger of one request in memory, decided by the same group commit as the real ones: only what <see cref="ClaimRules"/> asks for is read,
/// and facts that are there stay as they are.
/// </summary>
internal sealed class MemoryLedger : ILedgerUnderRules, ILedgerTransaction
{
    private readonly HashSet<Guid> alive = [];
    private readonly List<AttemptStart> starts = [];
    private readonly List<AttemptEnd> ends = [];
    private readonly List<OutcomeFact> outcomes = [];
    private Claim? current;

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async Task<TResult> CommitAsync<TResult>(LedgerOperation<TResult> operation)
    {
        await LedgerCommit.RunAsync(this, [operation], Now, TimeSpan.FromDays(1), CancellationToken.None);
        return operation.Result!;
    }

    public Task RenewLeaseAsync(Guid workerId, bool isAlive)
    {
        if (isAlive)
            alive.Add(workerId);
        else
            alive.Remove(workerId);
        return Task.CompletedTask;
    }

    public Task CancelAsync()
    {
        if (current is { State: not ClaimState.Finished })
            current = current with { CancelRequested = true };
        return Task.CompletedTask;
    }

    public Task<bool> RedriveAsync()
    {
        if (current is not { State: ClaimState.Finished, Failure: not null })
            return Task.FromResult(false);
        current = current.OpenRun(current.Run + 1);
        return Task.FromResult(true);
    }

    public Task<LedgerFacts> ReadAsync(RunKey key) => Task.FromResult(new LedgerFacts(
        current,
        [.. starts.Select(start => new RecordedAttempt(
            start.AttemptId,
            start.Key.Run,
            start.ClaimId,
            start.StartedAt,
            start.EstimatedCostUsd,
            [.. ends.Where(end => end.AttemptId == start.AttemptId).Select(end => new RecordedEnd(end.Status, end.CostUsd))]))],
        [.. outcomes.Select(outcome => outcome.Key.Run)]));

    public Claim? Recall(LedgerOperation operation) => current is { } claim && ClaimRules.WillWrite(operation, claim) ? claim : null;

    public Task<Dictionary<ClaimKey, Claim>> LoadAsync(
        IReadOnlyList<Claim> newcomers, IReadOnlyList<ClaimKey> keys, CancellationToken cancellationToken)
    {
        var known = current;
        current ??= newcomers.Count > 0 ? newcomers[0] : null;
        return Task.FromResult(known is null || newcomers.Count + keys.Count == 0 ? [] : new Dictionary<ClaimKey, Claim> { [known.Key] = known });
    }

    public Task<HashSet<Guid>> LoadLiveWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken) =>
        Task.FromResult(workerIds.Where(alive.Contains).ToHashSet());

    public async Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken) =>
        (await ReadAsync(default)).Attempts.ToLookup(_ => claims[0].Key);

    public Task<Dictionary<ClaimKey, byte[]>> LoadRepliesAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken) =>
        Task.FromResult(claims.ToDictionary(claim => claim.Key, claim => outcomes.Last(outcome => outcome.Key.Run == claim.Run).Outcome.Reply));

    public Task TouchWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(LedgerChanges changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (changes.NewClaims.Concat(changes.ChangedClaims).LastOrDefault() is { } claim)
            current = claim;
        starts.AddRange(changes.Attempts.Where(start => starts.All(known => known.AttemptId != start.AttemptId)));
        ends.AddRange(changes.AttemptEnds.Where(
            end => !ends.Any(known => known.AttemptId == end.AttemptId && known.Status == end.Status && known.EndedAt == end.EndedAt)));
        outcomes.AddRange(changes.Outcomes.Where(
            outcome => !outcomes.Any(known => known.Key == outcome.Key && known.Outcome.SettledAt == outcome.Outcome.SettledAt)));
        return Task.CompletedTask;
    }
}
