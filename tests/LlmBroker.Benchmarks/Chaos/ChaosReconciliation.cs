using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Providers;
using LlmBroker.Simulation.CallLog;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Holds what the producer, the ledger and the vendor know against each other. Pure.</summary>
internal sealed class ChaosReconciliation
{
    private readonly ChaosFacts facts;
    private readonly List<ChaosFinding> findings = [];
    private readonly ILookup<string, ReceivedReply> repliesByMessage;
    private readonly ILookup<string, LedgerOutcome> outcomes;
    private readonly ILookup<string, LedgerAttempt> attempts;
    private readonly ILookup<Guid, LedgerEnd> ends;
    private readonly ILookup<Guid, VendorCall> calls;

    private ChaosReconciliation(ChaosFacts facts)
    {
        this.facts = facts;
        repliesByMessage = facts.Replies.ToLookup(reply => reply.CorrelationId);
        outcomes = facts.Outcomes.ToLookup(outcome => outcome.RequestId);
        attempts = facts.Attempts.ToLookup(attempt => attempt.RequestId);
        ends = facts.Ends.ToLookup(end => end.AttemptId);
        calls = facts.Calls.Where(call => Guid.TryParse(call.AttemptId, out _)).ToLookup(call => Guid.Parse(call.AttemptId!));
    }

    public static ChaosVerdict Run(ChaosFacts facts) => new ChaosReconciliation(facts).Run();

    private ChaosVerdict Run()
    {
        CheckMessages();
        CheckOutcomes();
        CheckCalls();
        CheckRepeats();
        var difference = CheckCosts();
        CheckClaims();
        CheckLetters();
        var ambiguous = facts.Attempts.Where(attempt => ends[attempt.AttemptId].Any(end => end.Status == AttemptStatus.Ambiguous)).ToArray();
        return new ChaosVerdict
        {
            Findings = findings,
            CostDifferenceUsd = difference,
            Attempts = facts.Attempts.Count,
            Calls = facts.Calls.Count,
            RepeatedCalls = facts.Calls.Count - facts.Attempts.Where(attempt => calls.Contains(attempt.AttemptId)).Select(attempt => (attempt.RequestId, attempt.Run)).Distinct().Count(),
            Ambiguous = ambiguous.Length,
            AmbiguousUsd = ambiguous.Sum(attempt => Final(attempt) is { Status: AttemptStatus.Ambiguous, CostUsd: { } cost } ? cost : 0),
            AmbiguousBilledUsd = ambiguous.Sum(attempt => Final(attempt) is { Status: AttemptStatus.Ambiguous } ? Billed(attempt) : 0),
            Duplicates = facts.Sent.Count - facts.Sent.Select(message => message.RequestId).Distinct().Count() + facts.Sent.Sum(message => message.Publishes - 1),
            Redelivered = CountRedelivered(),
            Cancelled = facts.Outcomes.Count(outcome => outcome.Failure == nameof(FailureReason.Cancelled)),
            Outcomes = facts.Outcomes.GroupBy(outcome => outcome.Failure ?? "Completed").ToDictionary(group => group.Key, group => group.Count()),
            ResumeSeconds = [.. facts.Returns.Select(back => (back.Server, Resume(back)))],
        };
    }

    private void CheckMessages()
    {
        foreach (var group in facts.Sent.GroupBy(message => message.RequestId))
        {
            if (!outcomes.Contains(group.Key))
                Add(ChaosGuarantee.NothingLost, group.Key, "has no outcome");

            foreach (var message in group)
            {
                if (!repliesByMessage.Contains(message.CorrelationId))
                    Add(ChaosGuarantee.NothingLost, group.Key, $"message {message.CorrelationId} has no reply");
            }

            var refused = group.Count(message => repliesByMessage[message.CorrelationId].Any(IsConflict));
            var expected = facts.Requests[group.Key].Repetition == Repetition.OtherBody && group.Count() > 1 ? 1 : 0;
            // Which of two bodies comes first is not the producer's to say, but one of them is refused.
            if (refused != expected)
                Add(ChaosGuarantee.AnswersFit, group.Key, $"{refused} of {group.Count()} messages were refused as conflicts, not {expected}");
        }
    }

    private void CheckOutcomes()
    {
        foreach (var run in facts.Outcomes.GroupBy(outcome => (outcome.RequestId, outcome.Run)).Where(run => run.Count() > 1))
            Add(ChaosGuarantee.OneOutcome, run.Key.RequestId, $"run {run.Key.Run} has {run.Count()} outcomes");

        foreach (var reply in facts.Replies.Where(reply => !IsConflict(reply)))
        {
            if (outcomes[reply.RequestId].FirstOrDefault(outcome => outcome.Run == reply.Run) is not { } outcome)
                Add(ChaosGuarantee.OneOutcome, reply.RequestId, $"reply {reply.ReplyId} of run {reply.Run} is of no outcome on record");
            else if (outcome.ReplyId.ToString() != reply.ReplyId || outcome.Failure != reply.Reason)
                Add(ChaosGuarantee.OneOutcome, reply.RequestId, $"reply {reply.ReplyId} ({reply.Reason ?? "completed"}) is not the outcome's {outcome.ReplyId} ({outcome.Failure ?? "completed"})");
        }

        foreach (var outcome in facts.Outcomes.Where(outcome => outcome.Failure is nameof(FailureReason.Internal) or nameof(FailureReason.Poison) or nameof(FailureReason.Unreadable)))
            Add(ChaosGuarantee.AnswersFit, outcome.RequestId, $"run {outcome.Run} failed as {outcome.Failure}");
    }

    private void CheckCalls()
    {
        var known = facts.Attempts.ToDictionary(attempt => attempt.AttemptId);
        foreach (var call in facts.Calls)
        {
            if (!Guid.TryParse(call.AttemptId, out var id) || !known.ContainsKey(id))
                Add(ChaosGuarantee.CallsOnRecord, "?", $"call {call.Sequence} at {call.At:O} of attempt '{call.AttemptId}' is not on record");
        }

        foreach (var attempt in facts.Attempts)
        {
            if (calls[attempt.AttemptId].Count() > 1)
                Add(ChaosGuarantee.RepeatsExplained, attempt.RequestId, $"attempt {attempt.AttemptId} made {calls[attempt.AttemptId].Count()} calls");
            if (!ends.Contains(attempt.AttemptId))
                Add(ChaosGuarantee.AttemptsEnded, attempt.RequestId, $"attempt {attempt.AttemptId} has no end");
        }
    }

    private void CheckRepeats()
    {
        foreach (var run in facts.Attempts.GroupBy(attempt => (attempt.RequestId, attempt.Run)))
        {
            var isAtMostOnce = facts.Requests.TryGetValue(run.Key.RequestId, out var request) && request.AtMostOnce;
            // One for which the ledger gave leave too late made no call; whoever died before it could say so counts as ambiguous.
            var made = run.Where(attempt => calls.Contains(attempt.AttemptId) || Final(attempt) is not { Status: AttemptStatus.Aborted, CostUsd: 0 }).ToArray();
            // A worker that was stopped before its start was committed dates it before one that another made meanwhile; one that was stopped
            // after that calls later than the other. So only what neither order explains is unexplained.
            var unexplained = UnexplainedOf(made, isAtMostOnce);
            if (unexplained is not null
                && UnexplainedOf([.. made.OrderBy(attempt => calls[attempt.AttemptId].Select(call => call.At).DefaultIfEmpty(attempt.StartedAt).First())], isAtMostOnce) is not null)
                Add(ChaosGuarantee.RepeatsExplained, run.Key.RequestId, unexplained);
        }
    }

    private string? UnexplainedOf(IReadOnlyList<LedgerAttempt> made, bool isAtMostOnce)
    {
        foreach (var (attempt, next) in made.Zip(made.Skip(1)))
        {
            if (!ends[attempt.AttemptId].Any(end => MayBeRepeated(end, isAtMostOnce)))
                return $"attempt {next.AttemptId} follows {attempt.AttemptId}, which asked for no other";
        }

        return null;
    }

    private decimal CheckCosts()
    {
        var difference = 0m;
        foreach (var attempt in facts.Attempts)
        {
            var billed = Billed(attempt);
            switch (Final(attempt))
            {
                case { Status: AttemptStatus.Succeeded or AttemptStatus.Failed } end when end.CostUsd != billed:
                    difference += Math.Abs((end.CostUsd ?? 0) - billed);
                    Add(ChaosGuarantee.CostsAgree, attempt.RequestId, $"attempt {attempt.AttemptId} ({end.Status}) costs {end.CostUsd} on record and {billed} at the vendor");
                    break;
                case { Status: AttemptStatus.Ambiguous or AttemptStatus.Aborted } end when end.CostUsd is { } cost && cost < billed:
                    Add(ChaosGuarantee.CostsAgree, attempt.RequestId, $"attempt {attempt.AttemptId} ({end.Status}) is estimated at {cost}, below the vendor's {billed}");
                    break;
            }
        }

        return difference;
    }

    private void CheckClaims()
    {
        foreach (var claim in facts.Claims)
        {
            if (claim.State != ClaimState.Finished)
                Add(ChaosGuarantee.NothingLost, claim.RequestId, $"is still {claim.State}");

            var spent = attempts[claim.RequestId].Sum(attempt => Final(attempt)?.CostUsd ?? 0);
            if (claim.SpentUsd is { } known && known != spent)
                Add(ChaosGuarantee.CostsAgree, claim.RequestId, $"has spent {known} by its claim and {spent} by its attempts");
            if (facts.Requests.TryGetValue(claim.RequestId, out var request) && request.MaxCostUsd < spent)
                Add(ChaosGuarantee.CapsHold, claim.RequestId, $"has spent {spent}, more than its cap {request.MaxCostUsd}");
        }
    }

    private void CheckLetters()
    {
        var letters = facts.Letters.ToLookup(letter => (letter.RequestId, letter.Run));
        foreach (var outcome in facts.Outcomes)
        {
            var expected = outcome.Failure is nameof(FailureReason.Exhausted) or nameof(FailureReason.Ambiguous) or nameof(FailureReason.KeyRefused)
                or nameof(FailureReason.Poison) or nameof(FailureReason.Internal) ? 1 : 0;
            var found = letters[(outcome.RequestId, outcome.Run)].ToArray();
            if (found.Length != expected || found.Any(letter => letter.Reason != outcome.Failure))
                Add(ChaosGuarantee.DeadLettersAgree, outcome.RequestId, $"ended as {outcome.Failure ?? "completed"} with {found.Length} dead letters");
        }

        var settled = facts.Outcomes.Select(outcome => (outcome.RequestId, outcome.Run)).ToHashSet();
        foreach (var letter in facts.Letters.Where(letter => letter.RequestId is null || !settled.Contains((letter.RequestId, letter.Run))))
            Add(ChaosGuarantee.DeadLettersAgree, letter.RequestId ?? "?", $"dead letter {letter.Id} ({letter.Reason}) is of no outcome");

        var ids = facts.Letters.Select(letter => letter.Id).ToHashSet();
        foreach (var reply in facts.Replies.Where(reply => reply.DeadLetterId is { } id && !ids.Contains(id)))
            Add(ChaosGuarantee.DeadLettersAgree, reply.RequestId, $"the reply names dead letter {reply.DeadLetterId}, which is not there");
    }

    /// <summary>Requests of which a second delivery was called again or answered again.</summary>
    private int CountRedelivered()
    {
        var takenOver = facts.Attempts
            .GroupBy(attempt => (attempt.RequestId, attempt.Run))
            .Where(run => run.Zip(run.Skip(1)).Any(pair =>
                pair.First.ClaimId != pair.Second.ClaimId && ends[pair.First.AttemptId].Any(end => end is { Status: AttemptStatus.Ambiguous, Error: null })))
            .Select(run => run.Key.RequestId);
        var answeredAgain = facts.Replies.GroupBy(reply => reply.CorrelationId).Where(group => group.Count() > 1).Select(group => group.First().RequestId);
        return takenOver.Union(answeredAgain).Count();
    }

    /// <summary>
    /// From the moment at which the server accepted a connection until all of these have happened: a delivery was claimed, an outcome was
    /// settled, a reply arrived. Null when the run ended before.
    /// </summary>
    private double? Resume(ServerReturn back)
    {
        var claimed = facts.Attempts.GroupBy(attempt => attempt.ClaimId).Select(claim => claim.Min(attempt => attempt.StartedAt)).Where(at => at > back.At);
        var settled = facts.Outcomes.Select(outcome => outcome.SettledAt).Where(at => at > back.At);
        var replied = facts.Replies.Select(reply => reply.At).Where(at => at > back.At);
        DateTimeOffset?[] firsts = [First(claimed), First(settled), First(replied)];
        return firsts.Contains(null) ? null : firsts.Max(at => (at!.Value - back.At).TotalSeconds);

        static DateTimeOffset? First(IEnumerable<DateTimeOffset> times) => times.Select(at => (DateTimeOffset?)at).Min();
    }

    private static bool MayBeRepeated(LedgerEnd end, bool isAtMostOnce)
    {
        if (end.Status == AttemptStatus.Ambiguous)
            return !isAtMostOnce;
        return end is { Status: AttemptStatus.Failed, Error: { } name }
            && Enum.TryParse<ProviderError>(name, out var error)
            && ProviderErrors.IsTransient(error)
            && !(isAtMostOnce && ProviderErrors.MayHaveRun(error));
    }

    /// <summary>The end that counts: the true one where an attempt was called ambiguous first.</summary>
    private LedgerEnd? Final(LedgerAttempt attempt) =>
        ends[attempt.AttemptId].OrderBy(end => end.Status == AttemptStatus.Ambiguous).FirstOrDefault();

    private decimal Billed(LedgerAttempt attempt) => calls[attempt.AttemptId]
        .Where(call => call.Billed)
        .Sum(call => ChaosModel.Named(attempt.Model).CostOf(call.InputTokens, call.CachedTokens, call.OutputTokens));

    private static bool IsConflict(ReceivedReply reply) => reply.Reason == nameof(FailureReason.IdempotencyConflict);

    private void Add(ChaosGuarantee guarantee, string requestId, string what) => findings.Add(new ChaosFinding(guarantee, requestId, what));
}
