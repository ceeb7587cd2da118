using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Savings;

namespace LlmBroker.IntegrationTests.Ledger;

public abstract partial class LedgerContractTests
{
    private static readonly SavingsFilter ByPolicy = new() { By = SavingsDimension.Policy, Since = Sample.Now.AddMinutes(-1), Until = Sample.Now.AddDays(1) };

    [Fact]
    public async Task Savings_count_every_call_of_a_run_and_compare_with_what_its_answer_costs_elsewhere()
    {
        // The answer of the cheap model after a failure that cost something; one of the large model; one that was rejected, judged and escalated.
        await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.0005m, AttemptStatus.Failed), Call(0.001m));
        await ChooseAsync("p", "large", 0.002m, 0.02m, Call(0.02m));
        await ChooseAsync("p", "cheap", 0.003m, 0.03m, Call(0.003m, verdict: "rejected"), Call(0.0001m, purpose: "judge"), Call(0.03m));
        await ChooseAsync("q", "cheap", 0.001m, 0.01m, Call(0.004m, AttemptStatus.Ambiguous), Call(0.001m, verdict: "accepted"));

        var report = await Ledger.Savings.GetAsync(ByPolicy, CancellationToken);

        Assert.Equal(["p", "q"], report.Rows.Select(row => row.Name!));
        var p = report.Rows[0];
        Assert.Equal((3, 1, 1, 1), (p.Compared, p.Cheap, p.Large, p.Escalated));
        Assert.Equal((0.0546m, 0.06m, 0.006m), (p.CostUsd, p.AllLargeUsd, p.AllCheapUsd));
        Assert.Equal((0.0005m, 0.003m, 0.0001m, 0m), (p.FailedCallsUsd, p.RejectedUsd, p.JudgeUsd, p.AmbiguousUsd));
        Assert.Equal((0.0054m, 1, 0), (p.SavedUsd, p.CascadeChecked, report.Rows[1].Escalated));
        Assert.Equal((0.005m, 0.004m, 1), (report.Rows[1].CostUsd, report.Rows[1].AmbiguousUsd, report.Rows[1].CascadeChecked));
        Assert.Equal((4, 0.07m), (report.Total.Compared, report.Total.AllLargeUsd));
        Assert.Equal(1.959964 * Math.Sqrt(2.0 / 9 * ((0.009 * 0.009) + (0.018 * 0.018) + (0.027 * 0.027))), p.ShuffledReachUsd, 6);
    }

    [Fact]
    public async Task Savings_leave_out_and_count_what_cannot_be_compared()
    {
        await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m));
        await ChooseAsync("p", "cheap", null, null, Call(0.001m));
        await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(null, AttemptStatus.Failed), Call(0.001m));
        await ChooseAsync("p", "cheap", null, null, FailureReason.Exhausted, Call(0.005m, AttemptStatus.Failed));
        await ChooseAsync("p", "cheap", null, null, failure: null, settles: false, calls: Call(0.007m, AttemptStatus.Failed));
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(Sample.NewKey())));

        var row = Assert.Single((await Ledger.Savings.GetAsync(ByPolicy, CancellationToken)).Rows);

        Assert.Equal((5, 1, 2, 1, 1), (row.Runs, row.Compared, row.Unpriced, row.Unanswered, row.Open));
        Assert.Equal((0.006m, 0.005m, 0.004m), (row.CostUsd, row.UnansweredUsd, row.SavedUsd));
    }

    [Fact]
    public async Task Savings_count_the_true_end_of_a_call_that_was_called_ambiguous()
    {
        var request = await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.004m, AttemptStatus.Ambiguous), Call(0.001m));
        await ExecuteAsync(
            """
            INSERT INTO attempt_ends (tenant, request_id, run, attempt_id, status, ended_at, latency_us, cost_usd)
            SELECT tenant, request_id, run, attempt_id, 1, ended_at, latency_us, @cost FROM attempt_ends WHERE status = 3 AND request_id = @RequestId
            """,
            new { cost = 0.002m, request.RequestId });

        var row = (await Ledger.Savings.GetAsync(ByPolicy, CancellationToken)).Total;

        Assert.Equal((0.003m, 0m), (row.CostUsd, row.AmbiguousUsd));
    }

    [Fact]
    public async Task Savings_take_the_latest_feedback_of_each_source_and_tell_the_arms_apart()
    {
        for (var i = 0; i < 31; i++)
        {
            var large = await ChooseAsync("p", "large", 0.001m, 0.01m, Call(0.01m));
            await SetArmAsync(large, "large");
            await SayAsync(large, "user", i == 0 ? "rejected" : "accepted", 0.5);
        }

        var routed = await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m));
        await SayAsync(routed, "user", "accepted", 1);
        await SayAsync(routed, "user", "rejected", 0.25);
        await SayAsync(routed, "test", "accepted", 0.75);

        var row = (await Ledger.Savings.GetAsync(ByPolicy, CancellationToken)).Total;

        var byLot = row.Quality.Single(quality => quality.Of == "large");
        Assert.Equal((31, 31, 30.0 / 31, 0.5), (byLot.Runs, byLot.Judged, byLot.Accepted!.Value, byLot.Score!.Value));
        // One accepts and one rejects: that accepts nothing.
        var chosen = row.Quality.Single(quality => quality.Of == "routed");
        Assert.Equal((1, 1, null, 1), (chosen.Runs, chosen.Judged, chosen.Accepted, chosen.Scored));
        Assert.Equal((32 * 0.01) - 0.311, row.SavedByLotUsd!.Value, 9);
    }

    [Theory]
    [InlineData((int)SavingsDimension.Day, "2030-05-17")]
    [InlineData((int)SavingsDimension.Task, "translation")]
    [InlineData((int)SavingsDimension.Tenant, "acme")]
    [InlineData((int)SavingsDimension.Policy, "p")]
    [InlineData((int)SavingsDimension.Model, "small | big")]
    public async Task Savings_are_summed_up_by_each_dimension_and_of_one_group_alone(int by, string name)
    {
        await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m));
        var other = await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m));
        await ExecuteAsync("UPDATE requests SET group_id = 'group-2' WHERE request_id = @RequestId", new { other.RequestId });

        var both = await Ledger.Savings.GetAsync(new SavingsFilter { By = (SavingsDimension)by }, CancellationToken);
        var one = await Ledger.Savings.GetAsync(new SavingsFilter { By = (SavingsDimension)by, Tenant = "acme", GroupId = "group-2" }, CancellationToken);
        var none = await Ledger.Savings.GetAsync(new SavingsFilter { Until = Sample.Now.AddDays(-1) }, CancellationToken);

        Assert.Equal((name, 2), (Assert.Single(both.Rows).Name, both.Total.Compared));
        Assert.Equal((name, 1), (Assert.Single(one.Rows).Name, one.Total.Compared));
        Assert.False(none.HasChoices);
    }

    private static (decimal? Cost, AttemptStatus Status, string? Purpose, string? Verdict) Call(
        decimal? cost, AttemptStatus status = AttemptStatus.Succeeded, string? purpose = null, string? verdict = null) => (cost, status, purpose, verdict);

    private Task<RunKey> ChooseAsync(
        string policy, string tier, decimal? cheapUsd, decimal? largeUsd, params (decimal? Cost, AttemptStatus Status, string? Purpose, string? Verdict)[] calls) =>
        ChooseAsync(policy, tier, cheapUsd, largeUsd, failure: null, calls);

    private Task<RunKey> ChooseAsync(
        string policy, string tier, decimal? cheapUsd, decimal? largeUsd, FailureReason? failure, params (decimal? Cost, AttemptStatus Status, string? Purpose, string? Verdict)[] calls) =>
        ChooseAsync(policy, tier, cheapUsd, largeUsd, failure, settles: true, calls);

    /// <summary>A request under a policy that had a choice, with these calls.</summary>
    private async Task<RunKey> ChooseAsync(
        string policy,
        string tier,
        decimal? cheapUsd,
        decimal? largeUsd,
        FailureReason? failure,
        bool settles,
        params (decimal? Cost, AttemptStatus Status, string? Purpose, string? Verdict)[] calls)
    {
        var request = Sample.NewKey();
        var claimId = Guid.NewGuid();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(request) with { Route = Sample.Route with { Policy = policy, Tier = tier } }));
        for (var i = 0; i < calls.Length; i++)
        {
            var start = Sample.Start(request, claimId, workerId) with { StartedAt = Sample.Now.AddSeconds(i + 1) };
            await Ledger.CommitAsync(new StartOperation(start));
            var end = Sample.Succeeded(start, calls[i].Cost) with { Status = calls[i].Status, EndedAt = Sample.Now.AddSeconds(i + 1.5) };
            if (i + 1 == calls.Length && settles)
            {
                var outcome = failure is { } reason ? Sample.Failure(reason) : Sample.Completed();
                await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(request, claimId, end, outcome with { SettledAt = Sample.Now.AddSeconds(30) })));
            }
            else
            {
                await Ledger.CommitAsync(new EndOperation(end, claimId));
            }

            var call = new { start.AttemptId, calls[i].Purpose, calls[i].Verdict };
            await ExecuteAsync("UPDATE attempts SET purpose = @Purpose WHERE attempt_id = @AttemptId", call);
            await ExecuteAsync("UPDATE attempt_ends SET verdict = @Verdict WHERE attempt_id = @AttemptId", call);
        }

        await ExecuteAsync("UPDATE requests SET cheap_model = 'small', large_model = 'big' WHERE request_id = @RequestId", new { request.RequestId });
        await ExecuteAsync(
            "UPDATE outcomes SET cheap_cost_usd = @cheapUsd, large_cost_usd = @largeUsd WHERE request_id = @RequestId", new { cheapUsd, largeUsd, request.RequestId });
        return request;
    }

    private Task<int> SetArmAsync(RunKey request, string arm) => ExecuteAsync("UPDATE requests SET arm = @arm WHERE request_id = @RequestId", new { arm, request.RequestId });

    private async Task SayAsync(RunKey request, string source, string verdict, double score)
    {
        Time.Advance(TimeSpan.FromMilliseconds(10));
        await Ledger.Feedback.AddAsync(
            request.Tenant, Guid.NewGuid().ToString(), new SubmitFeedback { RequestId = request.RequestId, Source = source, Verdict = verdict, Score = score }, CancellationToken);
    }
}
