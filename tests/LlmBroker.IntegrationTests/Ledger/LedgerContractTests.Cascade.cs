using LlmBroker.Ledger;

namespace LlmBroker.IntegrationTests.Ledger;

public abstract partial class LedgerContractTests
{
    [Fact]
    public async Task Purpose_verdict_and_costs_of_both_models_are_on_record()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));
        var judge = JudgeAfter(answer, "accepted");
        await Ledger.CommitAsync(new StartOperation(judge));
        var end = Sample.Succeeded(judge) with { Verdict = "accepted", VerdictReason = "judge: 8 of 10" };
        var outcome = Sample.Completed() with { CheapCostUsd = 0.001m, LargeCostUsd = 0.0123456789m };

        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, answer.ClaimId, end, outcome)));

        var attempts = Assert.Single(await Ledger.Queries.GetStatusAsync(null, key.RequestId, CancellationToken)).Attempts;
        Assert.Equal(
            [(answer.AttemptId, null, "accepted"), (judge.AttemptId, "judge", "accepted")],
            attempts.OrderBy(attempt => attempt.Purpose).Select(attempt => (attempt.AttemptId, attempt.Purpose, attempt.Verdict)));
        Assert.Equal(1, await CountAsync("attempt_ends WHERE verdict_reason = 'judge: 8 of 10'"));
        Assert.Equal(1, await CountAsync("outcomes WHERE CAST(cheap_cost_usd AS numeric) = 0.001 AND CAST(large_cost_usd AS numeric) = 0.0123456789"));
    }

    [Fact]
    public async Task A_start_writes_the_end_before_it_in_the_same_commit_and_a_repeat_writes_nothing()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));
        var judge = JudgeAfter(answer, "accepted");

        var started = await Ledger.CommitAsync(new StartOperation(judge));
        var again = await Ledger.CommitAsync(new StartOperation(judge));

        Assert.Equal((StartState.Started, 2, 0.00123456789012m), (started.State, started.RunAttempts, started.SpentUsd));
        Assert.Equal(started, again);
        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((judge.AttemptId, answer.Deployment), (claim.OpenAttemptId, claim.Deployment));
        Assert.Equal(1, await CountAsync("attempt_ends"));
    }

    [Fact]
    public async Task A_start_that_is_refused_writes_the_end_before_it_once()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));
        var judge = JudgeAfter(answer, "accepted") with { MaxAttempts = 1 };

        Assert.Equal(StartState.AttemptsExhausted, (await Ledger.CommitAsync(new StartOperation(judge))).State);
        Assert.Equal(StartState.AttemptsExhausted, (await Ledger.CommitAsync(new StartOperation(judge))).State);

        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((null, 0.00123456789012m, 1), (claim.OpenAttemptId, claim.SpentUsd, claim.Attempts));
        Assert.Equal(1, await CountAsync("attempt_ends WHERE verdict = 'accepted'"));
    }

    [Fact]
    public async Task A_start_after_a_take_over_writes_the_true_end_and_is_superseded()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await Ledger.CommitAsync(new StartOperation(answer));
        await RenewAsync(workerId, TimeSpan.Zero);
        await StartAsync(Guid.NewGuid(), otherWorkerId);
        var taken = await Ledger.ClaimAsync(key);

        var late = await Ledger.CommitAsync(new StartOperation(JudgeAfter(answer, "accepted")));

        Assert.Equal(StartState.Superseded, late.State);
        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((taken.ClaimId, taken.OpenAttemptId, 0.00123456789012m), (claim.ClaimId, claim.OpenAttemptId, claim.SpentUsd));
    }

    [Fact]
    public async Task A_release_writes_the_end_in_the_same_commit_and_a_repeat_writes_nothing()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));

        Assert.Equal(ReleaseState.Released, (await EscalateAsync(answer)).State);
        Assert.Equal(ReleaseState.Released, (await EscalateAsync(answer)).State);

        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((ClaimState.Waiting, "large-1", false, 0.00123456789012m), (claim.State, claim.Deployment, claim.Ambiguous, claim.SpentUsd));
        Assert.Equal(1, await CountAsync("attempt_ends"));
        Assert.Equal(1, await CountAsync("attempt_ends WHERE verdict = 'rejected'"));
    }

    [Fact]
    public async Task The_message_of_before_an_escalation_is_sent_on_and_calls_nobody()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));
        await EscalateAsync(answer);
        var before = await Ledger.ClaimAsync(key);

        var moved = await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), otherWorkerId) with { EscalateTo = ["large-1", "large-2"] }));

        Assert.Equal((StartState.MovedOn, "large-1", "escalated"), (moved.State, moved.MovedTo, moved.MovedBecause));
        Assert.Equal((before.State, before.ClaimId, 1), ((await Ledger.ClaimAsync(key)).State, (await Ledger.ClaimAsync(key)).ClaimId, before.Attempts));
        Assert.Equal(1, await CountAsync("attempts"));
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), otherWorkerId)))).State);
    }

    [Fact]
    public async Task A_call_of_the_large_model_that_was_lost_is_ambiguous_when_the_message_of_before_comes_again()
    {
        await AcceptAsync();
        var answer = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(answer));
        await EscalateAsync(answer);
        await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), workerId) with { Deployment = "large-1" }));
        await RenewAsync(workerId, TimeSpan.Zero);

        var moved = await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), otherWorkerId) with { EscalateTo = ["large-1"] }));

        Assert.Equal((StartState.MovedOn, "large-1"), (moved.State, moved.MovedTo));
        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((null, true), (claim.OpenAttemptId, claim.Ambiguous));
        Assert.Equal(1, await CountAsync("attempt_ends WHERE status = 3"));
    }

    private AttemptStart JudgeAfter(AttemptStart answer, string verdict) => Sample.Start(key, answer.ClaimId, workerId) with
    {
        Deployment = "judge-1",
        Purpose = AttemptPurpose.Judge,
        Previous = Sample.Succeeded(answer) with { Verdict = verdict },
    };

    private Task<ReleaseResult> EscalateAsync(AttemptStart answer) => Ledger.CommitAsync(new ReleaseOperation(
        key, answer.ClaimId, "escalated", "large-1", Sample.Succeeded(answer) with { Verdict = "rejected", VerdictReason = "numbers: 12 is missing" }));
}
