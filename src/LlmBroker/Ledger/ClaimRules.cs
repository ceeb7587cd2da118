using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>
/// The claim rule: what an operation does to a claim. Pure, and the same for every database; each method adds the rows that it wants written
/// to <see cref="LedgerChanges"/> and returns the operation's result. A record that is null is a request that the ledger does not know.
/// </summary>
/// <remarks>
/// An operation may be carried out again after a commit whose confirmation was lost. It then finds its own work: the open attempt is its
/// attempt, the attempt has its end, the recorded reply is its reply. Such a repeat gives the first result and writes nothing.
/// </remarks>
internal static class ClaimRules
{
    private const string WorkerLost = "its worker was lost; it goes on when its message comes back";

    /// <summary>Whether the decision needs <see cref="ClaimRecord.History"/> and <see cref="ClaimRecord.HolderIsAlive"/>.</summary>
    public static bool NeedsHistory(LedgerOperation operation, Claim claim) => operation switch
    {
        StartOperation { Start: { Previous: { } previous } start } when claim.OpenAttemptId != start.AttemptId =>
            IsHeldByAnother(claim, start.ClaimId) || previous.AttemptId != claim.OpenAttemptId,
        StartOperation { Start: var start } => IsHeldByAnother(claim, start.ClaimId) || LeavesOpen(claim, start.AttemptId),
        TakeOperation { ClaimId: var claimId } => IsHeldByAnother(claim, claimId) || LeavesOpen(claim, null),
        EndOperation { End: var end } => end.AttemptId != claim.OpenAttemptId,
        ReleaseOperation { Attempt: { } end } release => IsOfAnother(claim, release.ClaimId) || end.AttemptId != claim.OpenAttemptId,
        ReleaseOperation { ClaimId: var claimId } => IsOfAnother(claim, claimId) || LeavesOpen(claim, null),
        LapseOperation => claim.State == ClaimState.Running,
        SettleOperation { Settlement: var settlement } =>
            IsOfAnother(claim, settlement.ClaimId) || settlement.Attempt?.AttemptId != claim.OpenAttemptId,
        _ => false,
    };

    /// <summary>Whether the operation changes this claim whatever else is on record: its own holder goes on, or nobody has had it yet.</summary>
    public static bool WillWrite(LedgerOperation operation, Claim claim) => claim.Run == operation.Key.Run && operation switch
    {
        StartOperation { Start: var start } =>
            claim.State == ClaimState.Accepted || (claim.IsHeldBy(start.ClaimId) && claim.OpenAttemptId == start.Previous?.AttemptId),
        EndOperation { End: var end } => claim.OpenAttemptId == end.AttemptId,
        ReleaseOperation { ClaimId: var claimId } => claim.IsHeldBy(claimId),
        SettleOperation { Settlement: var settlement } => claim.IsHeldBy(settlement.ClaimId),
        _ => false,
    };

    /// <summary>Whether the decision needs <see cref="ClaimRecord.Reply"/>.</summary>
    public static bool NeedsReply(LedgerOperation operation, Claim claim) =>
        claim.State == ClaimState.Finished
        && operation is AcceptOperation or RefuseOperation or StartOperation or TakeOperation or ReleaseOperation or SettleOperation;

    /// <summary>The claim of a request that nobody has presented before.</summary>
    public static Claim NewClaim(Acceptance acceptance) => new()
    {
        Key = ClaimKey.Of(acceptance.Key),
        Run = acceptance.Key.Run,
        BodyHash = acceptance.BodyHash,
        State = ClaimState.Accepted,
        Lane = acceptance.Lane,
        Deployment = acceptance.Route?.Deployment,
        ReplyTo = acceptance.ReplyTo,
        GroupId = acceptance.GroupId,
        AcceptedAt = acceptance.AcceptedAt,
        Deadline = acceptance.Deadline,
    };

    /// <summary>The same, of one that is refused.</summary>
    public static Claim NewClaim(Acceptance acceptance, Outcome outcome) => Finish(NewClaim(acceptance), outcome);

    public static AcceptResult Accept(Acceptance acceptance, ClaimRecord? record, LedgerChanges changes)
    {
        if (record is null)
        {
            changes.Requests.Add(new RequestFact(acceptance, Refused: false));
            KeepBody(acceptance, changes);
            if (acceptance.Features is { } features)
                changes.RequestBodies.Add(new PayloadFact(acceptance.Key, PayloadKind.Features, acceptance.AcceptedAt, features));
            return new AcceptResult(AcceptState.New);
        }

        var claim = record.Claim;
        if (Find(acceptance, record) is { } known)
            return known;

        if (claim.State == ClaimState.Accepted && IsSameInstant(claim.AcceptedAt, acceptance.AcceptedAt) && claim.ReplyTo == acceptance.ReplyTo)
            return new AcceptResult(AcceptState.New);

        RegisterReplyAddress(acceptance.ReplyTo, claim, changes);
        if (claim.State != ClaimState.Accepted)
            return new AcceptResult(AcceptState.Running);

        KeepBody(acceptance, changes);
        return new AcceptResult(AcceptState.Waiting);
    }

    public static AcceptResult Refuse(Acceptance acceptance, Outcome outcome, ClaimRecord? record, LedgerChanges changes)
    {
        if (record is null)
        {
            changes.Requests.Add(new RequestFact(acceptance, Refused: true));
            changes.Outcomes.Add(new OutcomeFact(acceptance.Key, outcome, Attempts: 0, CostUsd: 0));
            return new AcceptResult(AcceptState.New);
        }

        if (record.Claim.State == ClaimState.Finished && record.Claim.ReplyId == outcome.ReplyId)
            return new AcceptResult(AcceptState.New);
        if (Find(acceptance, record) is { } known)
            return known;

        RegisterReplyAddress(acceptance.ReplyTo, record.Claim, changes);
        // A duplicate from elsewhere, such as one whose own expiration ran out, does not end the request that waits.
        var isSameDelivery = acceptance.ReplyTo is null ? record.Claim.ReplyTo is null : IsSameAddress(acceptance.ReplyTo, record.Claim.ReplyTo);
        return new AcceptResult(record.Claim.State == ClaimState.Accepted && isSameDelivery ? AcceptState.Waiting : AcceptState.Running);
    }

    public static StartResult Start(AttemptStart start, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        var original = record?.Claim;
        var claim = original ?? Unannounced(start.Key, start.StartedAt) with { Deadline = start.Deadline };
        if (claim.Run == start.Key.Run && claim.IsHeldBy(start.ClaimId) && claim.OpenAttemptId == start.AttemptId)
            return Result(StartState.Started, claim);
        if (start.Previous is { } end)
            claim = RecordEnd(end, ref record, claim, changes);
        if (FindObstacle(start.Key, start.ClaimId, start.WorkerId, record, ref claim, now, changes) is { } obstacle)
        {
            WriteChanged(claim, original, changes);
            return obstacle;
        }

        if (HasMovedOn(start, claim))
        {
            WriteChanged(claim, original, changes);
            return Result(StartState.MovedOn, claim) with { MovedTo = claim.Deployment, MovedBecause = claim.Reason };
        }

        // Whatever comes now, the claim is ours: who may not call settles.
        claim = claim with { State = ClaimState.Running, ClaimId = start.ClaimId, WorkerId = start.WorkerId, Reason = null };
        var refusal = Refusal(start, claim, now);
        if (refusal is null)
        {
            changes.Attempts.Add(start);
            claim = claim with
            {
                // A judge is asked from where the request is.
                Deployment = start.Purpose is null ? start.Deployment : claim.Deployment,
                OpenAttemptId = start.AttemptId,
                Attempts = claim.Attempts + 1,
                AttemptsTotal = claim.AttemptsTotal + 1,
            };
        }

        Write(claim, record, changes);
        return Result(refusal ?? StartState.Started, claim);
    }

    public static StartResult Take(TakeOperation take, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        var claim = record?.Claim ?? Unannounced(take.Key, take.At);
        if (FindObstacle(take.Key, take.ClaimId, take.WorkerId, record, ref claim, now, changes) is { } obstacle)
            return obstacle;

        claim = claim with { State = ClaimState.Running, ClaimId = take.ClaimId, WorkerId = take.WorkerId, Reason = null };
        Write(claim, record, changes);
        return Result(StartState.Taken, claim);
    }

    public static bool End(AttemptEnd end, Guid claimId, ClaimRecord? record, LedgerChanges changes)
    {
        if (record is null)
        {
            changes.AttemptEnds.Add(end);
            return false;
        }

        var claim = RecordEnd(end, record, record.Claim, changes);
        if (claim != record.Claim)
            Write(claim, record, changes);
        return claim.Run == end.Key.Run && claim.IsHeldBy(claimId);
    }

    public static ReleaseResult Release(ReleaseOperation release, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        var original = record?.Claim;
        if (release.Attempt is { } end)
            RecordEnd(end, ref record, original, changes);
        // Of a run that the ledger does not know yet there is nothing to let go.
        if (record is null || record.Claim.Run < release.Key.Run)
            return new ReleaseResult(ReleaseState.Released);
        if (Obstacle(release, record) is { } obstacle)
        {
            WriteChanged(record.Claim, original, changes);
            return obstacle;
        }

        // The last holder stays in claim_id, so that the repeat of a release is known from the release of a claim that was lost.
        var claim = Displace(record, release.ClaimId, ending: null, now, changes) with
        {
            State = ClaimState.Waiting,
            ClaimId = release.ClaimId,
            WorkerId = null,
            Reason = release.Reason,
            Deployment = release.Deployment,
        };
        Write(claim, record, changes);
        return new ReleaseResult(ReleaseState.Released);
    }

    private static ReleaseResult? Obstacle(ReleaseOperation release, ClaimRecord record)
    {
        if (record.Claim.Run > release.Key.Run)
            return new ReleaseResult(ReleaseState.Superseded);
        if (record.Claim.State == ClaimState.Finished)
            return new ReleaseResult(ReleaseState.Finished, record.Outcome);
        if (record.WasTakenFrom(release.ClaimId))
            return new ReleaseResult(ReleaseState.Superseded);
        return MayTake(record, release.ClaimId) ? null : new ReleaseResult(ReleaseState.Held);
    }

    public static bool Lapse(LapseOperation lapse, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        if (record is null || record.Claim.Run != lapse.Key.Run || record.Claim.State != ClaimState.Running || record.HolderIsAlive)
            return false;

        // The holder stays in claim_id: should it live after all, and nobody have taken the request, its outcome is the one that counts.
        var claim = TakeOver(record, ending: null, now, changes);
        Write(claim with { State = ClaimState.Waiting, WorkerId = null, Reason = WorkerLost }, record, changes);
        return true;
    }

    public static SettleResult Settle(Settlement settlement, ClaimRecord? record, DateTimeOffset now, LedgerChanges changes)
    {
        var claim = record?.Claim ?? Unannounced(settlement.Key, settlement.Outcome.SettledAt);
        if (claim.Run < settlement.Key.Run)
        {
            claim = claim.OpenRun(settlement.Key.Run);
            record = record! with { Claim = claim };
        }

        var isOurs = claim.Run == settlement.Key.Run
            && claim.State != ClaimState.Finished
            && (record is null || MayTake(record, settlement.ClaimId));
        if (isOurs && record is not null)
            claim = Displace(record, settlement.ClaimId, settlement.Attempt?.AttemptId, now, changes);
        if (settlement.Attempt is { } end)
            claim = record is null ? Charge(claim, end.CostUsd) : RecordEnd(end, record, claim, changes);
        if (settlement.Attempt is not null && record is null)
            changes.AttemptEnds.Add(settlement.Attempt);

        if (isOurs)
        {
            changes.Outcomes.Add(new OutcomeFact(settlement.Key, settlement.Outcome, claim.AttemptsTotal, claim.CostUsd));
            if (settlement.DeadLetter is { } letter)
                changes.DeadLetters.Add(letter);
            Write(Finish(claim, settlement.Outcome) with { ClaimId = settlement.ClaimId ?? claim.ClaimId }, record, changes);
            return new SettleResult(SettleState.Settled, claim.Askers);
        }

        if (claim != record!.Claim)
            Write(claim, record, changes);
        if (claim.Run != settlement.Key.Run || claim.State != ClaimState.Finished)
            return new SettleResult(SettleState.Superseded, []);
        return claim.ReplyId == settlement.Outcome.ReplyId
            ? new SettleResult(SettleState.Settled, claim.Askers)
            : new SettleResult(SettleState.Finished, [], record.Outcome);
    }

    public static bool DropPayloads(DropPayloadsOperation drop, ClaimRecord? record, LedgerChanges changes)
    {
        if (record is not { Claim: { State: ClaimState.Finished } claim } || claim.ReplyId != drop.ReplyId)
            return false;
        if (claim.Askers.Any(address => !drop.Delivered.Any(delivered => IsSameAddress(delivered, address))))
            return false;

        changes.DroppedPayloads.Add(claim);
        return true;
    }

    private static AcceptResult? Find(Acceptance acceptance, ClaimRecord record)
    {
        var claim = record.Claim;
        if (claim.BodyHash.Length > 0 && !claim.BodyHash.AsSpan().SequenceEqual(acceptance.BodyHash))
            return new AcceptResult(AcceptState.Conflict);
        return claim.State == ClaimState.Finished ? new AcceptResult(AcceptState.Finished, record.Outcome) : null;
    }

    /// <summary>Each acceptance that is sent on keeps its own body: what it refers to is then there, whatever became of an earlier one's.</summary>
    private static void KeepBody(Acceptance acceptance, LedgerChanges changes)
    {
        if (acceptance.StoredBody is { } body)
            changes.RequestBodies.Add(new PayloadFact(acceptance.Key, PayloadKind.RequestBody, acceptance.AcceptedAt, body));
    }

    private static void RegisterReplyAddress(ReplyAddress? address, Claim claim, LedgerChanges changes)
    {
        if (address is null || IsSameAddress(address, claim.ReplyTo) || claim.AlsoReplyTo.Any(known => IsSameAddress(address, known)))
            return;
        changes.ChangedClaims.Add(claim with { AlsoReplyTo = [.. claim.AlsoReplyTo, address] });
    }

    /// <summary>Why the claim cannot be had; null when it can, with what its last holder left open called ambiguous.</summary>
    private static StartResult? FindObstacle(
        RunKey key, Guid claimId, Guid workerId, ClaimRecord? record, ref Claim claim, DateTimeOffset now, LedgerChanges changes)
    {
        if (claim.Run > key.Run)
            return new StartResult(StartState.Superseded);
        if (claim.Run < key.Run)
            claim = claim.OpenRun(key.Run);
        if (claim.State == ClaimState.Finished)
            return Result(StartState.Finished, claim) with { Outcome = record!.Outcome };

        if (IsHeldByAnother(claim, claimId))
        {
            if (record!.WasTakenFrom(claimId))
                return new StartResult(StartState.Superseded);
            if (record.HolderIsAlive || claim.WorkerId == workerId)
                return new StartResult(StartState.Held);
            claim = TakeOver(record, ending: null, now, changes);
        }
        else if (LeavesOpen(claim, null))
        {
            claim = TakeOver(record!, ending: null, now, changes);
        }

        return null;
    }

    private static StartState? Refusal(AttemptStart start, Claim claim, DateTimeOffset now)
    {
        if (claim.CancelRequested)
            return StartState.Cancelled;
        if (start.Deadline <= now)
            return StartState.Expired;
        if (start.AtMostOnce && claim.Ambiguous)
            return StartState.Ambiguous;
        if (claim.Attempts >= start.MaxAttempts)
            return StartState.AttemptsExhausted;

        // An estimate that is unknown could be any sum, so no cap allows it.
        return start.MaxCostUsd is { } cap && (start.EstimatedCostUsd is not { } estimate || claim.SpentUsd + estimate > cap)
            ? StartState.CostLimit
            : null;
    }

    /// <summary>
    /// Whether the run was sent on to one of the deployments that are asked where an answer is rejected, and this is the message from before:
    /// the worker died before it was acked.
    /// </summary>
    private static bool HasMovedOn(AttemptStart start, Claim claim) =>
        claim.State is ClaimState.Waiting or ClaimState.Running
        && claim.ClaimId != start.ClaimId
        && claim.Deployment is { } deployment
        && start.EscalateTo.Contains(deployment);

    /// <summary>Records the end of a claim's own attempt before it goes on to something else.</summary>
    private static Claim RecordEnd(AttemptEnd end, ref ClaimRecord? record, Claim? claim, LedgerChanges changes)
    {
        if (record is null || claim is null)
        {
            changes.AttemptEnds.Add(end);
            return Charge(claim ?? Unannounced(end.Key, end.EndedAt), end.CostUsd);
        }

        claim = RecordEnd(end, record, claim, changes);
        record = record with { Claim = claim };
        return claim;
    }

    /// <summary>Adds an attempt's end to what the request has cost, once; the true end of an attempt called ambiguous replaces its estimate.</summary>
    private static Claim RecordEnd(AttemptEnd end, ClaimRecord record, Claim claim, LedgerChanges changes)
    {
        var isAmbiguous = end.Status == AttemptStatus.Ambiguous;
        if (isAmbiguous && claim.Run == end.Key.Run)
            claim = claim with { Ambiguous = true };
        if (claim.OpenAttemptId == end.AttemptId)
        {
            changes.AttemptEnds.Add(end);
            return Charge(claim, end.CostUsd) with { OpenAttemptId = null };
        }

        var ends = record.History.FirstOrDefault(attempt => attempt.AttemptId == end.AttemptId)?.Ends ?? [];
        if (ends.Any(known => isAmbiguous || known.Status != AttemptStatus.Ambiguous))
            return claim;

        changes.AttemptEnds.Add(end);
        if (ends is [var assumed, ..])
            claim = claim with
            {
                SpentUsd = claim.SpentUsd - (assumed.CostUsd ?? 0),
                UnpricedAttempts = claim.UnpricedAttempts - (assumed.CostUsd is null ? 1 : 0),
            };
        return Charge(claim, end.CostUsd);
    }

    private static Claim Charge(Claim claim, decimal? costUsd) => costUsd is { } cost
        ? claim with { SpentUsd = claim.SpentUsd + cost }
        : claim with { UnpricedAttempts = claim.UnpricedAttempts + 1 };

    /// <summary>Whether a claim that holds the request, or any claim where nobody alive holds it, may end the hold.</summary>
    private static bool MayTake(ClaimRecord record, Guid? claimId)
    {
        if (claimId is { } id && record.WasTakenFrom(id))
            return false;
        return record.Claim.State != ClaimState.Running || record.Claim.ClaimId == claimId || !record.HolderIsAlive;
    }

    private static Claim Displace(ClaimRecord record, Guid? claimId, Guid? ending, DateTimeOffset now, LedgerChanges changes) =>
        IsHeldByAnother(record.Claim, claimId) || LeavesOpen(record.Claim, ending) ? TakeOver(record, ending, now, changes) : record.Claim;

    /// <summary>Nobody is left who knows: attempts without an end are ambiguous, at their estimate, but for the one that ends now.</summary>
    private static Claim TakeOver(ClaimRecord record, Guid? ending, DateTimeOffset now, LedgerChanges changes)
    {
        var claim = record.Claim with { OpenAttemptId = null };
        foreach (var attempt in record.History.Where(attempt => attempt.Run == claim.Run && attempt.Ends.Count == 0 && attempt.AttemptId != ending))
        {
            changes.AttemptEnds.Add(new AttemptEnd
            {
                Key = new RunKey(claim.Key.Tenant, claim.Key.RequestId, claim.Run),
                AttemptId = attempt.AttemptId,
                Status = AttemptStatus.Ambiguous,
                EndedAt = now,
                Latency = now - attempt.StartedAt,
                CostUsd = attempt.EstimatedCostUsd,
            });
            claim = Charge(claim, attempt.EstimatedCostUsd) with { Ambiguous = true };
        }

        return claim;
    }

    private static Claim Finish(Claim claim, Outcome outcome) => claim with
    {
        State = ClaimState.Finished,
        WorkerId = null,
        Reason = null,
        FinishedAt = outcome.SettledAt,
        Failure = outcome.Failure,
        ReplyId = outcome.ReplyId,
    };

    /// <summary>The claim of a request of which the ledger lost, or never had, the acceptance.</summary>
    private static Claim Unannounced(RunKey key, DateTimeOffset at) => new()
    {
        Key = ClaimKey.Of(key),
        Run = key.Run,
        State = ClaimState.Accepted,
        AcceptedAt = at,
    };

    private static void Write(Claim claim, ClaimRecord? record, LedgerChanges changes) =>
        (record is null ? changes.NewClaims : changes.ChangedClaims).Add(claim);

    private static void WriteChanged(Claim claim, Claim? original, LedgerChanges changes)
    {
        if (original is not null && claim != original)
            changes.ChangedClaims.Add(claim);
    }

    private static StartResult Result(StartState state, Claim claim) =>
        new(state, claim.AttemptsTotal, claim.SpentUsd, claim.UnpricedAttempts > 0) { RunAttempts = claim.Attempts };

    private static bool IsHeldByAnother(Claim claim, Guid? claimId) => claim.State == ClaimState.Running && claim.ClaimId != claimId;

    /// <summary>Whether an attempt other than the one that ends now has no end yet.</summary>
    private static bool LeavesOpen(Claim claim, Guid? ending) => claim.OpenAttemptId is { } open && open != ending;

    private static bool IsOfAnother(Claim claim, Guid? claimId) => claim.ClaimId is { } holder && holder != claimId;

    /// <summary>Whether a reply to the one is a reply to the other.</summary>
    public static bool IsSameAddress(ReplyAddress address, ReplyAddress? other) =>
        other is not null
        && address.Queue == other.Queue
        && address.CorrelationId == other.CorrelationId
        && address.MassTransitRequestId == other.MassTransitRequestId;

    /// <summary>Postgres keeps microseconds.</summary>
    private static bool IsSameInstant(DateTimeOffset a, DateTimeOffset b) =>
        a.UtcTicks / TimeSpan.TicksPerMicrosecond == b.UtcTicks / TimeSpan.TicksPerMicrosecond;
}
