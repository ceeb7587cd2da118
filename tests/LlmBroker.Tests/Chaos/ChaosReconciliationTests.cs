using LlmBroker.Benchmarks.Chaos;
using LlmBroker.Ledger;
using LlmBroker.Simulation.CallLog;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Chaos;

/// <summary>Each guarantee is seen to be broken; a tool that finds nothing could as well look at nothing.</summary>
public sealed class ChaosReconciliationTests
{
    private static readonly Guid First = Guid.Parse("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Second = Guid.Parse("00000000-0000-0000-0000-000000000002");
    private static readonly Guid ReplyId = Guid.Parse("00000000-0000-0000-0000-0000000000aa");
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    // 100 tokens in, 40 of them cached, 10 out, of gpt-large.
    private const decimal Cost = (60 * 2.5m + 40 * 1.25m + 10 * 10m) / 1_000_000m;

    private static readonly ChaosFacts Good = new()
    {
        Requests = new Dictionary<string, ChaosRequest> { ["r"] = new() { Id = "r", Lane = "bulk", Prompt = "" } },
        Sent = [new("r", "r first", 1)],
        Replies = [Reply("r first")],
        Calls = [Call(First)],
        Claims = [new("r", 1, ClaimState.Finished, Cost)],
        Attempts = [Attempt(First)],
        Ends = [new(First, AttemptStatus.Succeeded, null, Cost)],
        Outcomes = [new("r", 1, null, ReplyId, Noon)],
        Letters = [],
    };

    private static readonly ChaosFacts TakenOver = Good with
    {
        Calls = [Call(First), Call(Second)],
        Claims = [new("r", 1, ClaimState.Finished, 0.5m + Cost)],
        Attempts = [Attempt(First), Attempt(Second)],
        Ends = [new(First, AttemptStatus.Ambiguous, null, 0.5m), new(Second, AttemptStatus.Succeeded, null, Cost)],
    };

    [Fact]
    public void A_request_that_went_well_breaks_nothing_and_proves_nothing()
    {
        var verdict = ChaosReconciliation.Run(Good);

        Assert.Empty(verdict.Findings);
        Assert.Equal((0m, 0, false), (verdict.CostDifferenceUsd, verdict.RepeatedCalls, verdict.ProvesSomething));
    }

    [Fact]
    public void A_call_after_an_ambiguous_one_is_explained_and_counted_apart()
    {
        var verdict = ChaosReconciliation.Run(TakenOver);

        Assert.Empty(verdict.Findings);
        Assert.Equal((1, 1, 0.5m, Cost), (verdict.RepeatedCalls, verdict.Ambiguous, verdict.AmbiguousUsd, verdict.AmbiguousBilledUsd));
    }

    [Fact]
    public void The_true_end_of_an_ambiguous_attempt_counts_instead_of_its_estimate() => Assert.Empty(ChaosReconciliation.Run(TakenOver with
    {
        Claims = [new("r", 1, ClaimState.Finished, Cost + Cost)],
        Ends = [.. TakenOver.Ends, new(First, AttemptStatus.Succeeded, null, Cost)],
    }).Findings);

    [Fact]
    public void A_missing_reply_outcome_or_end_of_a_claim_is_a_loss()
    {
        AssertBroken(ChaosGuarantee.NothingLost, Good with { Replies = [] });
        AssertBroken(ChaosGuarantee.NothingLost, Good with { Outcomes = [], Replies = [] });
        AssertBroken(ChaosGuarantee.NothingLost, Good with { Claims = [new("r", 1, ClaimState.Waiting, Cost)] });
        AssertBroken(ChaosGuarantee.NothingLost, Good with { Sent = [.. Good.Sent, new("r", "r later", 1)] });
    }

    [Fact]
    public void A_second_outcome_or_another_reply_breaks_the_one_outcome()
    {
        AssertBroken(ChaosGuarantee.OneOutcome, Good with { Outcomes = [.. Good.Outcomes, new("r", 1, null, Second, Noon)] });
        AssertBroken(ChaosGuarantee.OneOutcome, Good with { Replies = [.. Good.Replies, Reply("r first") with { ReplyId = $"{Second}" }] });
        AssertBroken(ChaosGuarantee.OneOutcome, Good with { Replies = [.. Good.Replies, Reply("r first") with { Reason = "Expired" }] });
    }

    [Fact]
    public void A_call_without_a_row_and_a_second_call_of_one_row_are_found()
    {
        AssertBroken(ChaosGuarantee.CallsOnRecord, Good with { Calls = [.. Good.Calls, Call(Second)] });
        AssertBroken(ChaosGuarantee.RepeatsExplained, Good with { Calls = [.. Good.Calls, Call(First)] });
    }

    [Fact]
    public void A_call_after_one_that_succeeded_is_not_explained() =>
        AssertBroken(ChaosGuarantee.RepeatsExplained, TakenOver with { Ends = [new(First, AttemptStatus.Succeeded, null, Cost), TakenOver.Ends[1]] });

    [Fact]
    public void A_call_after_an_attempt_that_made_none_is_no_repeat() => Assert.Empty(ChaosReconciliation.Run(TakenOver with
    {
        Calls = [Call(Second)],
        Claims = [new("r", 1, ClaimState.Finished, Cost)],
        Ends = [new(First, AttemptStatus.Aborted, "Aborted", 0), TakenOver.Ends[1]],
    }).Findings);

    [Fact]
    public void A_call_after_an_ambiguous_one_is_not_explained_where_there_must_be_one_at_most() => AssertBroken(
        ChaosGuarantee.RepeatsExplained,
        TakenOver with { Requests = new Dictionary<string, ChaosRequest> { ["r"] = Good.Requests["r"] with { AtMostOnce = true } } });

    [Fact]
    public void A_cost_that_differs_from_the_vendors_by_a_millionth_of_a_cent_is_found()
    {
        var verdict = ChaosReconciliation.Run(Good with { Ends = [new(First, AttemptStatus.Succeeded, null, Cost + 0.00000001m)] });

        Assert.Contains(verdict.Findings, finding => finding.Guarantee == ChaosGuarantee.CostsAgree);
        Assert.Equal(0.00000001m, verdict.CostDifferenceUsd);
    }

    [Fact]
    public void An_estimate_below_what_was_billed_and_a_claim_that_does_not_add_up_are_found()
    {
        AssertBroken(ChaosGuarantee.CostsAgree, TakenOver with { Ends = [new(First, AttemptStatus.Ambiguous, null, Cost / 2), TakenOver.Ends[1]] });
        AssertBroken(ChaosGuarantee.CostsAgree, Good with { Claims = [new("r", 1, ClaimState.Finished, Cost + Cost)] });
    }

    [Fact]
    public void Spend_over_the_cap_an_attempt_without_an_end_and_dead_letters_that_do_not_fit_are_found()
    {
        AssertBroken(
            ChaosGuarantee.CapsHold,
            Good with { Requests = new Dictionary<string, ChaosRequest> { ["r"] = Good.Requests["r"] with { MaxCostUsd = Cost / 2 } } });
        AssertBroken(ChaosGuarantee.AttemptsEnded, Good with { Ends = [] });
        AssertBroken(ChaosGuarantee.DeadLettersAgree, Good with { Letters = [new(First, "r", 1, "Exhausted")] });
        AssertBroken(
            ChaosGuarantee.DeadLettersAgree,
            Good with { Outcomes = [new("r", 1, "Exhausted", ReplyId, Noon)], Replies = [Reply("r first") with { Reason = "Exhausted" }] });
    }

    [Fact]
    public void A_failure_of_our_own_and_a_conflict_that_nobody_provoked_are_found()
    {
        AssertBroken(ChaosGuarantee.AnswersFit, Good with { Outcomes = [new("r", 1, "Internal", ReplyId, Noon)] });
        AssertBroken(ChaosGuarantee.AnswersFit, Good with { Replies = [.. Good.Replies, Reply("r first") with { Reason = "IdempotencyConflict" }] });
    }

    [Fact]
    public void Work_flows_again_when_the_last_of_claim_outcome_and_reply_has_come()
    {
        var verdict = ChaosReconciliation.Run(Good with
        {
            Returns = [new("RabbitMQ", Noon.AddSeconds(-2)), new("Postgres", Noon.AddSeconds(5))],
            Outcomes = [new("r", 1, null, ReplyId, Noon.AddSeconds(1))],
        });

        Assert.Equal([("RabbitMQ", 4.0), ("Postgres", null)], verdict.ResumeSeconds);
    }

    private static void AssertBroken(ChaosGuarantee guarantee, ChaosFacts facts) =>
        Assert.Contains(ChaosReconciliation.Run(facts).Findings, finding => finding.Guarantee == guarantee && finding.RequestId is "r" or "?");

    private static LedgerAttempt Attempt(Guid id) => new("r", 1, id, id, "gpt-large", Noon, 0.5m);

    private static ReceivedReply Reply(string correlationId) => new(correlationId, $"{ReplyId}", "r", 1, null, null, Noon.AddSeconds(2));

    private static VendorCall Call(Guid attemptId) => new()
    {
        At = Noon,
        Vendor = Vendor.OpenAi,
        AttemptId = $"{attemptId}",
        RequestId = "req",
        InputTokens = 100,
        CachedTokens = 40,
        OutputTokens = 10,
        Billed = true,
    };
}
