namespace LlmBroker.Ledger;

/// <summary>One group commit: load the claims, decide each operation by <see cref="ClaimRules"/>, write everything.</summary>
internal static class LedgerCommit
{
    public static async Task RunAsync(
        ILedgerTransaction transaction,
        IReadOnlyList<LedgerOperation> operations,
        DateTimeOffset now,
        TimeSpan replyRetention,
        CancellationToken cancellationToken)
    {
        // By key, so that two processes write in the same order.
        var ordered = operations.Select(operation => (Key: ClaimKey.Of(operation.Key), Operation: operation)).ToArray();
        Array.Sort(ordered, (a, b) => Compare(a.Key, b.Key));

        var newcomers = new List<Claim>();
        var keys = new List<ClaimKey>();
        var workers = new HashSet<Guid>();
        foreach (var (key, operation) in ordered)
        {
            switch (operation)
            {
                case AcceptOperation accept:
                    newcomers.Add(ClaimRules.NewClaim(accept.Acceptance));
                    break;
                case RefuseOperation refuse:
                    newcomers.Add(ClaimRules.NewClaim(refuse.Acceptance, refuse.Outcome));
                    break;
                case StartOperation start:
                    workers.Add(start.Start.WorkerId);
                    keys.Add(key);
                    break;
                default:
                    keys.Add(key);
                    break;
            }
        }

        if (workers.Count > 0)
            await transaction.TouchWorkersAsync([.. workers], cancellationToken);
        var claims = await transaction.LoadAsync(newcomers, keys, cancellationToken);
        var records = await CompleteAsync(transaction, ordered, claims, now - replyRetention, cancellationToken);

        var changes = new LedgerChanges();
        foreach (var (key, operation) in ordered)
            Decide(operation, records.GetValueOrDefault(key), now, changes);
        await transaction.WriteAsync(changes, now, cancellationToken);
    }

    private static async Task<Dictionary<ClaimKey, ClaimRecord>> CompleteAsync(
        ILedgerTransaction transaction,
        (ClaimKey Key, LedgerOperation Operation)[] operations,
        Dictionary<ClaimKey, Claim> claims,
        DateTimeOffset repliesSince,
        CancellationToken cancellationToken)
    {
        var records = new Dictionary<ClaimKey, ClaimRecord>(claims.Count);
        var withHistory = new List<Claim>();
        var withReply = new List<Claim>();
        foreach (var (key, operation) in operations)
        {
            if (!claims.TryGetValue(key, out var claim))
                continue;
            records.Add(key, new ClaimRecord(claim));
            if (ClaimRules.NeedsHistory(operation, claim))
                withHistory.Add(claim);
            if (ClaimRules.NeedsReply(operation, claim) && claim.FinishedAt >= repliesSince)
                withReply.Add(claim);
        }

        if (withHistory.Count > 0)
        {
            var history = await transaction.LoadHistoryAsync(withHistory, cancellationToken);
            var holders = withHistory.Where(claim => claim.State == ClaimState.Running).Select(claim => claim.WorkerId!.Value).ToArray();
            var alive = holders.Length > 0 ? await transaction.LoadLiveWorkersAsync(holders, cancellationToken) : [];
            foreach (var claim in withHistory)
            {
                records[claim.Key] = records[claim.Key] with
                {
                    History = [.. history[claim.Key]],
                    HolderIsAlive = claim.WorkerId is { } worker && alive.Contains(worker),
                };
            }
        }

        if (withReply.Count > 0)
        {
            foreach (var (key, reply) in await transaction.LoadRepliesAsync(withReply, cancellationToken))
                records[key] = records[key] with { Reply = reply };
        }

        return records;
    }

    private static void Decide(LedgerOperation operation, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        switch (operation)
        {
            case AcceptOperation accept:
                accept.Result = ClaimRules.Accept(accept.Acceptance, record, changes);
                break;
            case RefuseOperation refuse:
                refuse.Result = ClaimRules.Refuse(refuse.Acceptance, refuse.Outcome, record, changes);
                break;
            case StartOperation start:
                start.Result = ClaimRules.Start(start.Start, record, now, changes);
                break;
            case EndOperation end:
                end.Result = ClaimRules.End(end.End, end.ClaimId, record, changes);
                break;
            case ReleaseOperation release:
                release.Result = ClaimRules.Release(release, record, now, changes);
                break;
            case SettleOperation settle:
                settle.Result = ClaimRules.Settle(settle.Settlement, record, now, changes);
                break;
            case DropPayloadsOperation drop:
                drop.Result = ClaimRules.DropPayloads(drop, record, changes);
                break;
            default:
                throw new NotSupportedException($"The ledger knows no operation {operation.GetType().Name}.");
        }
    }

    private static int Compare(ClaimKey a, ClaimKey b)
    {
        var byTenant = string.CompareOrdinal(a.Tenant, b.Tenant);
        return byTenant != 0 ? byTenant : string.CompareOrdinal(a.RequestId, b.RequestId);
    }
}
