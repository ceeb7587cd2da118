using System.Text;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Models;
using Microsoft.Extensions.Time.Testing;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>What a ledger does, whichever database holds it.</summary>
public abstract partial class LedgerContractTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly Guid workerId = Guid.NewGuid();
    private readonly Guid otherWorkerId = Guid.NewGuid();
    private readonly RunKey key = Sample.NewKey();

    private protected FakeTimeProvider Time { get; } = new(Sample.Now);

    private protected LedgerUnderTest Ledger { get; private set; } = null!;

    private protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private protected abstract Task<LedgerUnderTest> CreateAsync();

    public async ValueTask InitializeAsync()
    {
        Ledger = await CreateAsync();
        await Ledger.Migrator.MigrateAsync(CancellationToken);
        await RenewAsync(workerId, Long);
        await RenewAsync(otherWorkerId, Long);
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task History_is_priced_again_at_the_price_of_each_call()
    {
        var deployment = $"d-{Guid.NewGuid():N}";
        var day = Sample.Now.Date;
        await CallAsync(deployment, Sample.Now, input: 1000, cost: 0.5m);
        await CallAsync(deployment, Sample.Now, input: 9000, cost: null);
        await CallAsync(deployment, Sample.Now.AddDays(1), input: 1000, cost: 0.5m);
        await CallAsync(deployment, Sample.Now.AddDays(9), input: 1000, cost: 0.5m);

        var catalog = Catalog(deployment, """{ "input": 10, "output": 0, "longContext": { "abovePromptTokens": 5000, "input": 20, "output": 0 } }""");
        Task<IReadOnlyList<RepricedUsage>> RepriceAsync(IReadOnlyDictionary<string, Price> others, ModelCatalog models) =>
            new Repricing(new PricingQueries(Ledger.Database), models, others).RunAsync(Sample.Now, Sample.Now.AddDays(2), $"m-{deployment}", CancellationToken);

        Assert.Equal(
            [
                new RepricedUsage($"{day:yyyy-MM-dd}", $"m-{deployment}", deployment, 2, 1, 0.5m, 0.19m),
                new RepricedUsage($"{day.AddDays(1):yyyy-MM-dd}", $"m-{deployment}", deployment, 1, 0, 0.5m, 0.01m),
            ],
            await RepriceAsync(new Dictionary<string, Price>(), catalog));
        Assert.Equal(
            [0.01m, 0.001m],
            (await RepriceAsync(new Dictionary<string, Price> { [$"m-{deployment}"] = Price.Of(1, 0, null, null) }, catalog)).Select(row => row.RepricedUsd));
        Assert.All(await RepriceAsync(new Dictionary<string, Price>(), Catalog("other", """{ "input": 1, "output": 1 }""")), row => Assert.Null(row.RepricedUsd));
    }

    private async Task CallAsync(string deployment, DateTimeOffset at, int input, decimal? cost)
    {
        var request = Sample.NewKey();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(request) with { AcceptedAt = at }));
        var start = Sample.Start(request, Guid.NewGuid(), workerId) with { Deployment = deployment, Model = $"m-{deployment}", StartedAt = at };
        await Ledger.CommitAsync(new StartOperation(start));
        var end = Sample.Succeeded(start, cost) with { EndedAt = at, Usage = new TokenUsage { InputTokens = input, OutputTokens = 20 } };
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(request, start.ClaimId, end)));
    }

    private static ModelCatalog Catalog(string deployment, string price) => new(BrokerConfiguration.Parse(
        $$"""
        {
          "ledger": { "sqlite": "x" },
          "providers": { "p": { "type": "openai" } },
          "models": { "m-{{deployment}}": { "tier": "cheap", "price": {{price}} } },
          "deployments": { "{{deployment}}": { "provider": "p", "model": "m-{{deployment}}" } }
        }
        """,
        "test",
        new HashSet<string> { "openai" },
        ConfigurationNeeds.Ledger,
        new Dictionary<string, string>()).Options);

    [Fact]
    public async Task Migrate_twice_runs_each_file_once()
    {
        Assert.Empty(Ledger.Migrator.GetPending());
        Assert.Empty(await Ledger.Migrator.MigrateAsync(CancellationToken));
    }

    [Fact]
    public async Task Accept_of_an_unknown_request_is_new_and_on_record()
    {
        Assert.Equal(AcceptState.New, (await AcceptAsync()).State);

        var status = Assert.Single(await Ledger.Queries.GetStatusAsync(null, key.RequestId, CancellationToken));
        Assert.Equal(ClaimState.Accepted, status.Claim.State);
        Assert.Equal("bulk", status.Claim.Lane);
        Assert.Equal("translation", status.Route!.Task);
        Assert.Equal("policy auto: task translation → cheap", status.Route.Reason);
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Accept_of_a_duplicate_waits_until_a_worker_has_it_and_registers_its_address_once()
    {
        var other = new ReplyAddress { Queue = "acme.replies", CorrelationId = "second" };
        await AcceptAsync();

        Assert.Equal(AcceptState.Waiting, (await AcceptDuplicateAsync(other)).State);
        Assert.Equal(AcceptState.Waiting, (await AcceptDuplicateAsync(other)).State);
        Assert.Equal(AcceptState.Waiting, (await AcceptDuplicateAsync(Sample.Acceptance(key).ReplyTo!)).State);
        await StartAsync(Guid.NewGuid());
        Assert.Equal(AcceptState.Running, (await AcceptDuplicateAsync(other)).State);

        Assert.Equal([other], (await Ledger.ClaimAsync(key)).AlsoReplyTo);
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Accept_of_a_parked_request_is_running()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();
        await StartAsync(claimId);
        await ReleaseAsync(claimId);

        Assert.Equal(AcceptState.Running, (await AcceptDuplicateAsync(new ReplyAddress { Queue = "acme.other" })).State);
    }

    [Fact]
    public async Task Accept_with_another_body_is_a_conflict()
    {
        await AcceptAsync();
        Assert.Equal(AcceptState.Conflict, (await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key, "other body")))).State);
    }

    [Fact]
    public async Task Accept_of_a_finished_request_gives_its_outcome_until_the_reply_expires()
    {
        var claimId = Guid.NewGuid();
        var outcome = Sample.Completed("""{"answer":42}""");
        await AcceptAsync();
        await StartAsync(claimId);
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, claimId, outcome: outcome)));

        var kept = await AcceptDuplicateAsync(null);
        Time.Advance(TimeSpan.FromDays(8));
        var expired = await AcceptDuplicateAsync(null);

        Assert.Equal(AcceptState.Finished, kept.State);
        Assert.Equal(outcome.ReplyId, kept.Outcome!.ReplyId);
        Assert.Null(kept.Outcome.Failure);
        Assert.Equal("""{"answer":42}""", Encoding.UTF8.GetString(kept.Outcome.Reply!));
        Assert.Equal(AcceptState.Finished, expired.State);
        Assert.Null(expired.Outcome!.Reply);
    }

    [Fact]
    public async Task Accept_repeated_after_a_lost_confirmation_is_still_new()
    {
        await AcceptAsync();
        Assert.Equal(AcceptState.New, (await AcceptAsync()).State);
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Refuse_records_a_finished_request_whose_duplicates_get_the_same_answer()
    {
        var outcome = Sample.Failure(FailureReason.UnknownModel);
        var acceptance = Sample.Acceptance(key) with { Route = null };

        Assert.Equal(AcceptState.New, (await Ledger.CommitAsync(new RefuseOperation(acceptance, outcome))).State);
        Assert.Equal(AcceptState.New, (await Ledger.CommitAsync(new RefuseOperation(acceptance, outcome))).State);
        var duplicate = await Ledger.CommitAsync(new RefuseOperation(acceptance, Sample.Failure(FailureReason.UnknownModel)));
        var other = await Ledger.CommitAsync(new RefuseOperation(Sample.Acceptance(key, "other body"), outcome with { ReplyId = Guid.NewGuid() }));

        Assert.Equal(AcceptState.Finished, duplicate.State);
        Assert.Equal(FailureReason.UnknownModel, duplicate.Outcome!.Failure);
        Assert.Equal(outcome.ReplyId, duplicate.Outcome.ReplyId);
        Assert.Equal(AcceptState.Conflict, other.State);
        Assert.Equal(1, await CountAsync("outcomes"));
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Start_takes_a_request_and_counts()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();

        var first = Sample.Start(key, claimId, workerId);
        Assert.Equal(new StartResult(StartState.Started, Attempts: 1) { RunAttempts = 1 }, await Ledger.CommitAsync(new StartOperation(first)));
        Assert.True(await Ledger.CommitAsync(new EndOperation(Sample.Failed(first, 0.0005m), claimId)));
        var second = await StartAsync(claimId);

        Assert.Equal(new StartResult(StartState.Started, Attempts: 2, SpentUsd: 0.0005m) { RunAttempts = 2 }, second);
        Assert.Equal(ClaimState.Running, (await Ledger.ClaimAsync(key)).State);
    }

    [Fact]
    public async Task Start_of_a_request_that_nobody_accepted_heals_the_ledger()
    {
        Assert.Equal(StartState.Started, (await StartAsync(Guid.NewGuid())).State);
        Assert.Equal(AcceptState.Running, (await AcceptAsync()).State);
    }

    [Fact]
    public async Task Start_repeated_after_a_lost_confirmation_counts_once()
    {
        var start = Sample.Start(key, Guid.NewGuid(), workerId);
        await AcceptAsync();

        var first = await Ledger.CommitAsync(new StartOperation(start));
        var repeat = await Ledger.CommitAsync(new StartOperation(start));

        Assert.Equal(first, repeat);
        Assert.Equal(1, await CountAsync("attempts"));
    }

    [Fact]
    public async Task Start_is_held_while_the_holder_lives()
    {
        await AcceptAsync();
        await StartAsync(Guid.NewGuid());

        Assert.Equal(StartState.Held, (await StartAsync(Guid.NewGuid(), otherWorkerId)).State);
        Assert.Equal(StartState.Held, (await StartAsync(Guid.NewGuid(), workerId)).State);
        Assert.Equal(1, await CountAsync("attempts"));
    }

    [Fact]
    public async Task Start_after_the_lease_has_lapsed_takes_over_and_records_the_open_attempt_as_ambiguous()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        await RenewAsync(workerId, TimeSpan.Zero);

        var claimId = Guid.NewGuid();
        var result = await StartAsync(claimId, otherWorkerId);

        Assert.Equal(new StartResult(StartState.Started, Attempts: 2, SpentUsd: 0.002m) { RunAttempts = 2 }, result);
        var status = Assert.Single(await Ledger.Queries.GetStatusAsync("acme", key.RequestId, CancellationToken));
        Assert.Equal(claimId, status.Claim.ClaimId);
        var ambiguous = status.Attempts.Single(attempt => attempt.AttemptId == lost.AttemptId);
        Assert.Equal(AttemptStatus.Ambiguous, ambiguous.Status);
        Assert.Equal(0.002m, ambiguous.CostUsd);
    }

    [Fact]
    public async Task Start_takes_over_from_a_worker_that_ended_its_lease_or_was_never_known()
    {
        await AcceptAsync();
        await StartAsync(Guid.NewGuid());
        await Ledger.Store.EndLeaseAsync(workerId, CancellationToken);

        Assert.Equal(StartState.Started, (await StartAsync(Guid.NewGuid(), Guid.NewGuid())).State);
        Assert.Equal(StartState.Started, (await StartAsync(Guid.NewGuid(), otherWorkerId)).State);
    }

    [Fact]
    public async Task Start_of_the_claim_that_was_taken_over_is_superseded()
    {
        var lost = Guid.NewGuid();
        await AcceptAsync();
        await StartAsync(lost);
        await RenewAsync(workerId, TimeSpan.Zero);
        await StartAsync(Guid.NewGuid(), otherWorkerId);
        await RenewAsync(workerId, Long);

        Assert.Equal(StartState.Superseded, (await StartAsync(lost)).State);
    }

    [Fact]
    public async Task Take_over_of_an_attempt_without_a_price_leaves_the_cost_unknown()
    {
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), workerId, estimate: null)));
        await RenewAsync(workerId, TimeSpan.Zero);

        var result = await StartAsync(Guid.NewGuid(), otherWorkerId);

        Assert.True(result.PriceUnknown);
        Assert.Equal(0m, result.SpentUsd);
    }

    [Fact]
    public async Task Start_at_most_once_is_ambiguous_after_take_over_also_when_asked_again()
    {
        await AcceptAsync();
        await StartAsync(Guid.NewGuid());
        await RenewAsync(workerId, TimeSpan.Zero);

        var claimId = Guid.NewGuid();
        var start = Sample.Start(key, claimId, otherWorkerId) with { AtMostOnce = true };
        Assert.Equal(StartState.Ambiguous, (await Ledger.CommitAsync(new StartOperation(start))).State);
        Assert.Equal(StartState.Ambiguous, (await Ledger.CommitAsync(new StartOperation(start))).State);

        var settled = await Ledger.CommitAsync(
            new SettleOperation(Sample.Settlement(key, claimId, outcome: Sample.Failure(FailureReason.Ambiguous))));
        Assert.Equal(SettleState.Settled, settled.State);
        Assert.Equal(1, await CountAsync("attempts"));
        Assert.Equal(1, await CountAsync("attempt_ends"));
    }

    [Fact]
    public async Task Start_past_the_cap_on_attempts_is_refused_and_leaves_the_claim_to_settle()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();
        await StartAsync(claimId);
        await ReleaseAsync(claimId);

        var next = Guid.NewGuid();
        var start = Sample.Start(key, next, otherWorkerId) with { MaxAttempts = 1 };

        Assert.Equal(new StartResult(StartState.AttemptsExhausted, Attempts: 1, SpentUsd: 0.002m) { RunAttempts = 1 }, await Ledger.CommitAsync(new StartOperation(start)));
        Assert.Equal(SettleState.Settled, (await SettleAsync(next)).State);
    }

    [Fact]
    public async Task Start_past_the_cap_on_spend_is_refused_and_one_that_just_fits_is_not()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();
        var first = Sample.Start(key, claimId, workerId);
        await Ledger.CommitAsync(new StartOperation(first));
        await Ledger.CommitAsync(new EndOperation(Sample.Failed(first, 0.4m), claimId));

        var over = Sample.Start(key, claimId, workerId, estimate: 0.6000000000000001m) with { MaxCostUsd = 1m };
        var unknown = Sample.Start(key, claimId, workerId, estimate: null) with { MaxCostUsd = 1m };
        var fits = Sample.Start(key, claimId, workerId, estimate: 0.6m) with { MaxCostUsd = 1m };

        Assert.Equal(StartState.CostLimit, (await Ledger.CommitAsync(new StartOperation(over))).State);
        Assert.Equal(StartState.CostLimit, (await Ledger.CommitAsync(new StartOperation(unknown))).State);
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(fits))).State);
    }

    [Fact]
    public async Task Start_of_a_cancelled_request_is_refused_and_leaves_the_claim_to_settle()
    {
        await AcceptAsync();
        var cancelled = await Ledger.Cancellations.CancelAsync("acme", key.RequestId, null, CancellationToken);
        var claimId = Guid.NewGuid();

        Assert.Equal([new CancelledRequest(key.RequestId, 1, ClaimState.Accepted, "cheap-1")], cancelled);
        Assert.Equal(StartState.Cancelled, (await StartAsync(claimId)).State);
        Assert.Equal(SettleState.Settled, (await SettleAsync(claimId)).State);
        Assert.Empty(await Ledger.Cancellations.CancelAsync("acme", null, "group-1", CancellationToken));
    }

    [Fact]
    public async Task Cancel_of_a_group_reaches_its_unfinished_requests()
    {
        var other = Sample.NewKey();
        await AcceptAsync();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(other)));
        await StartAsync(Guid.NewGuid());
        await SettleAsync(null, Sample.NewKey());

        var cancelled = await Ledger.Cancellations.CancelAsync("acme", null, "group-1", CancellationToken);

        Assert.Equal(
            [(key.RequestId, ClaimState.Running), (other.RequestId, ClaimState.Accepted)],
            cancelled.OrderBy(request => request.State == ClaimState.Accepted).Select(request => (request.RequestId, request.State)));
    }

    [Fact]
    public async Task Start_of_a_finished_request_gives_its_outcome()
    {
        var claimId = Guid.NewGuid();
        var outcome = Sample.Completed();
        await AcceptAsync();
        await StartAsync(claimId);
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, claimId, outcome: outcome)));

        var late = await StartAsync(Guid.NewGuid());

        Assert.Equal(StartState.Finished, late.State);
        Assert.Equal(outcome.ReplyId, late.Outcome!.ReplyId);
        Assert.Equal(outcome.Reply.ToArray(), late.Outcome.Reply);
    }

    [Fact]
    public async Task End_repeated_after_a_lost_confirmation_is_paid_once()
    {
        var claimId = Guid.NewGuid();
        var start = Sample.Start(key, claimId, workerId);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(start));

        Assert.True(await Ledger.CommitAsync(new EndOperation(Sample.Failed(start, 0.003m), claimId)));
        Assert.True(await Ledger.CommitAsync(new EndOperation(Sample.Failed(start, 0.003m), claimId)));

        Assert.Equal(0.003m, (await Ledger.ClaimAsync(key)).SpentUsd);
        Assert.Equal(1, await CountAsync("attempt_ends"));
    }

    [Fact]
    public async Task End_without_a_cost_leaves_the_price_unknown()
    {
        var claimId = Guid.NewGuid();
        var start = Sample.Start(key, claimId, workerId);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(start));
        await Ledger.CommitAsync(new EndOperation(Sample.Failed(start, cost: null), claimId));

        Assert.True((await StartAsync(claimId)).PriceUnknown);
    }

    [Fact]
    public async Task A_late_end_stands_beside_the_ambiguous_one_and_replaces_its_estimate()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        await RenewAsync(workerId, TimeSpan.Zero);
        var claimId = Guid.NewGuid();
        await StartAsync(claimId, otherWorkerId);

        Assert.False(await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(lost, 0.0017m), lost.ClaimId)));
        Assert.False(await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(lost, 0.0017m), lost.ClaimId)));

        Assert.Equal(2, await CountAsync("attempt_ends"));
        Assert.Equal(0.0017m, (await Ledger.ClaimAsync(key)).SpentUsd);
        var usage = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Tenant, null, null, CancellationToken));
        Assert.Equal((2, 1, 0, 0.0017m), (usage.Attempts, usage.RunningAttempts, usage.AmbiguousAttempts, usage.CostUsd));
    }

    [Fact]
    public async Task A_late_end_of_an_attempt_without_a_price_makes_the_cost_known()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: null);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        await RenewAsync(workerId, TimeSpan.Zero);
        await StartAsync(Guid.NewGuid(), otherWorkerId);

        await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(lost, 0.0017m), lost.ClaimId));

        Assert.Equal(0.0017m, (await Ledger.ClaimAsync(key)).CostUsd);
    }

    [Fact]
    public async Task Release_lets_go_with_its_reason_and_is_repeatable()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();
        await StartAsync(claimId);

        Assert.Equal(ReleaseState.Released, await ReleaseAsync(claimId));
        Assert.Equal(ReleaseState.Released, await ReleaseAsync(claimId));

        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((ClaimState.Waiting, "quota gone", "large-1"), (claim.State, claim.Reason, claim.Deployment));
        Assert.Equal(StartState.Started, (await StartAsync(Guid.NewGuid(), otherWorkerId)).State);
    }

    [Fact]
    public async Task Release_of_a_claim_that_was_lost_does_nothing()
    {
        var lost = Guid.NewGuid();
        await AcceptAsync();
        await StartAsync(lost);
        Assert.Equal(ReleaseState.Held, await ReleaseAsync(Guid.NewGuid()));
        await RenewAsync(workerId, TimeSpan.Zero);
        await StartAsync(Guid.NewGuid(), otherWorkerId);

        Assert.Equal(ReleaseState.Superseded, await ReleaseAsync(lost));
        Assert.Equal(ClaimState.Running, (await Ledger.ClaimAsync(key)).State);
    }

    [Fact]
    public async Task Release_by_a_delivery_that_never_started_works_where_nobody_holds_it()
    {
        await AcceptAsync();
        Assert.Equal(ReleaseState.Released, await ReleaseAsync(Guid.NewGuid()));
        Assert.Equal(ClaimState.Waiting, (await Ledger.ClaimAsync(key)).State);
    }

    [Fact]
    public async Task Release_of_a_finished_request_gives_its_outcome()
    {
        await AcceptAsync();
        await SettleAsync(Guid.NewGuid());

        var released = await Ledger.CommitAsync(new ReleaseOperation(key, Guid.NewGuid(), "breaker is open", "large-1"));

        Assert.Equal(ReleaseState.Finished, released.State);
        Assert.NotNull(released.Outcome!.Reply);
    }

    [Fact]
    public async Task Release_with_an_attempt_that_nobody_ended_records_it_as_ambiguous()
    {
        var start = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(start));

        await ReleaseAsync(start.ClaimId);

        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((0.002m, true, null), (claim.SpentUsd, claim.Ambiguous, claim.OpenAttemptId));
    }

    [Fact]
    public async Task Take_claims_without_an_attempt_and_tells_what_was_spent()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        var claimId = Guid.NewGuid();

        Assert.Equal(StartState.Held, (await TakeAsync(claimId)).State);
        await RenewAsync(workerId, TimeSpan.Zero);
        Assert.Equal(new StartResult(StartState.Taken, Attempts: 1, SpentUsd: 0.002m) { RunAttempts = 1 }, await TakeAsync(claimId));
        Assert.Equal(new StartResult(StartState.Taken, Attempts: 1, SpentUsd: 0.002m) { RunAttempts = 1 }, await TakeAsync(claimId));
        Assert.Equal(StartState.Held, (await StartAsync(Guid.NewGuid())).State);
        Assert.Equal(SettleState.Settled, (await SettleAsync(claimId)).State);
        Assert.Equal(StartState.Finished, (await TakeAsync(Guid.NewGuid())).State);
        Assert.Equal(1, await CountAsync("attempts"));
    }

    [Fact]
    public async Task Start_after_the_deadline_is_refused_and_leaves_the_claim_to_settle()
    {
        var claimId = Guid.NewGuid();
        await AcceptAsync();

        var result = await Ledger.CommitAsync(new StartOperation(Sample.Start(key, claimId, workerId) with { Deadline = Time.GetUtcNow() }));

        Assert.Equal(StartState.Expired, result.State);
        Assert.Equal(SettleState.Settled, (await SettleAsync(claimId)).State);
        Assert.Equal(0, await CountAsync("attempts"));
    }

    [Fact]
    public async Task Start_at_most_once_is_ambiguous_after_an_attempt_that_its_own_worker_called_ambiguous()
    {
        var first = Sample.Start(key, Guid.NewGuid(), workerId);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(first));
        await Ledger.CommitAsync(new EndOperation(Sample.Failed(first, 0.002m) with { Status = AttemptStatus.Ambiguous }, first.ClaimId));
        await RenewAsync(workerId, TimeSpan.Zero);

        var next = Sample.Start(key, Guid.NewGuid(), otherWorkerId) with { AtMostOnce = true };
        Assert.Equal(StartState.Ambiguous, (await Ledger.CommitAsync(new StartOperation(next))).State);
    }

    [Fact]
    public async Task A_late_end_that_knows_no_more_than_the_ledger_is_not_counted_twice()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        await RenewAsync(workerId, TimeSpan.Zero);
        await StartAsync(Guid.NewGuid(), otherWorkerId);

        await Ledger.CommitAsync(new EndOperation(Sample.Failed(lost, 0.002m) with { Status = AttemptStatus.Ambiguous }, lost.ClaimId));

        Assert.Equal(1, await CountAsync("attempt_ends"));
        Assert.Equal(0.002m, (await Ledger.ClaimAsync(key)).SpentUsd);
        Assert.Equal(2, Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Tenant, null, null, CancellationToken)).Attempts);
    }

    [Fact]
    public async Task Lapse_takes_a_request_off_a_worker_that_is_gone_and_leaves_one_that_lives_alone()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId, estimate: 0.002m);
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));

        Assert.False(await Ledger.CommitAsync(new LapseOperation(key)));
        await RenewAsync(workerId, TimeSpan.Zero);
        Assert.Contains(await Ledger.Sweeps.GetLapsedWorkersAsync(Time.GetUtcNow(), CancellationToken), worker => worker.Id == workerId);
        Assert.Equal([key], await Ledger.Sweeps.GetHeldAsync(Time.GetUtcNow(), CancellationToken));
        Assert.True(await Ledger.CommitAsync(new LapseOperation(key)));
        Assert.False(await Ledger.CommitAsync(new LapseOperation(key)));

        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((ClaimState.Waiting, 0.002m, true), (claim.State, claim.SpentUsd, claim.Ambiguous));
        Assert.Contains("worker was lost", claim.Reason, StringComparison.Ordinal);
        Assert.Equal(SettleState.Settled, (await Ledger.CommitAsync(
            new SettleOperation(Sample.Settlement(key, lost.ClaimId, Sample.Succeeded(lost, 0.0017m))))).State);
        Assert.Equal(0.0017m, (await Ledger.ClaimAsync(key)).SpentUsd);
    }

    [Fact]
    public async Task Overdue_runs_are_found_once_their_deadline_has_passed_and_until_they_are_marked()
    {
        var finished = Sample.NewKey();
        await AcceptAsync();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(finished)));
        await SettleAsync(null, finished);
        var deadline = Sample.Acceptance(key).Deadline;

        Assert.Empty(await Ledger.Sweeps.GetOverdueAsync(deadline.AddSeconds(-1), null, CancellationToken));
        var overdue = Assert.Single(await Ledger.Sweeps.GetOverdueAsync(deadline, null, CancellationToken));
        Assert.Equal((key.RequestId, "small", "translation", false), (overdue.Claim.Key.RequestId, overdue.Model, overdue.Task, overdue.IsHeld));
        Assert.Equal("first", overdue.Claim.ReplyTo!.CorrelationId);
        Assert.Empty(await Ledger.Sweeps.GetOverdueAsync(deadline, overdue, CancellationToken));

        await Ledger.Sweeps.SetOverdueUntilAsync(deadline, CancellationToken);
        await Ledger.Sweeps.SetOverdueUntilAsync(deadline.AddDays(-1), CancellationToken);
        Assert.Empty(await Ledger.Sweeps.GetOverdueAsync(deadline.AddDays(1), null, CancellationToken));
    }

    [Fact]
    public async Task A_cancellation_that_comes_before_its_request_is_not_lost()
    {
        Assert.Empty(await Ledger.Cancellations.CancelAsync("acme", key.RequestId, null, CancellationToken));
        Assert.Empty(await Ledger.Cancellations.CancelAsync("acme", key.RequestId, null, CancellationToken));
        Assert.Empty(await Ledger.Cancellations.CancelAsync("umbrella", key.RequestId, null, CancellationToken));

        Assert.Equal(AcceptState.New, (await AcceptAsync()).State);

        Assert.True((await Ledger.ClaimAsync(key)).CancelRequested);
        Assert.Equal(StartState.Cancelled, (await StartAsync(Guid.NewGuid())).State);
    }

    [Fact]
    public async Task A_groups_cancellation_is_for_what_was_published_before_and_not_for_what_comes_a_minute_later()
    {
        var later = Sample.NewKey();
        await Ledger.Cancellations.CancelAsync("acme", null, "group-1", CancellationToken);

        await AcceptAsync();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(later) with { AcceptedAt = Sample.Now.AddMinutes(2) }));

        Assert.Equal(StartState.Cancelled, (await StartAsync(Guid.NewGuid())).State);
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(Sample.Start(later, Guid.NewGuid(), workerId)))).State);
    }

    [Fact]
    public async Task A_cancellation_that_is_forgotten_still_holds_for_what_waits()
    {
        await Ledger.Cancellations.CancelAsync("acme", key.RequestId, null, CancellationToken);
        await Ledger.Cancellations.CancelAsync("acme", null, "group-1", CancellationToken);
        await AcceptAsync();

        Assert.Equal(0, await Ledger.Cancellations.ForgetAsync(CancellationToken));
        Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(2, await Ledger.Cancellations.ForgetAsync(CancellationToken));

        Assert.Equal(0, await CountAsync("cancellations"));
        Assert.True((await Ledger.ClaimAsync(key)).CancelRequested);
    }

    [Fact]
    public async Task Refuse_of_a_duplicate_from_elsewhere_leaves_the_request_that_waits_alone()
    {
        var elsewhere = new ReplyAddress { Queue = "acme.other", CorrelationId = "second" };
        await AcceptAsync();

        var other = await Ledger.CommitAsync(new RefuseOperation(Sample.Acceptance(key, replyTo: elsewhere), Sample.Failure(FailureReason.Expired)));
        var same = await Ledger.CommitAsync(new RefuseOperation(Sample.Acceptance(key), Sample.Failure(FailureReason.Expired)));

        Assert.Equal(AcceptState.Running, other.State);
        Assert.Equal(AcceptState.Waiting, same.State);
        Assert.Equal([elsewhere], (await Ledger.ClaimAsync(key)).AlsoReplyTo);
    }

    [Fact]
    public async Task Settle_ends_the_run_with_attempt_outcome_reply_and_dead_letter()
    {
        var claimId = Guid.NewGuid();
        var start = Sample.Start(key, claimId, workerId);
        var other = new ReplyAddress { Queue = "acme.replies", CorrelationId = "second", TraceParent = "00-1-2-01" };
        var letter = Sample.Letter(key, [1, 2, 3]);
        var settlement = Sample.Settlement(key, claimId, Sample.Succeeded(start), Sample.Failure(FailureReason.Exhausted)) with { DeadLetter = letter };
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(start));
        await AcceptDuplicateAsync(other);

        var settled = await Ledger.CommitAsync(new SettleOperation(settlement));
        var repeat = await Ledger.CommitAsync(new SettleOperation(settlement));

        Assert.Equal(SettleState.Settled, settled.State);
        Assert.Equal([Sample.Acceptance(key).ReplyTo!, other], settled.Askers);
        Assert.Equal(SettleState.Settled, repeat.State);
        Assert.Equal([Sample.Acceptance(key).ReplyTo!, other], repeat.Askers);
        var status = Assert.Single(await Ledger.Queries.GetStatusAsync("acme", key.RequestId, CancellationToken));
        Assert.Equal(ClaimState.Finished, status.Claim.State);
        Assert.Equal(FailureReason.Exhausted, status.Claim.Failure);
        Assert.Equal("It is Exhausted.", status.Message);
        Assert.Equal(0.00123456789012m, status.Claim.CostUsd);
        var attempt = Assert.Single(status.Attempts);
        Assert.Equal(Sample.Succeeded(start).Usage, attempt.Usage);
        Assert.Equal(0.00123456789012m, attempt.CostUsd);
        var reply = await Ledger.Queries.GetReplyAsync("acme", key.RequestId, CancellationToken);
        Assert.Equal(settlement.Outcome.ReplyId, reply!.ReplyId);
        Assert.Equal(settlement.Outcome.Reply.ToArray(), reply.Reply);
        Assert.Equal(letter.Error, (await Ledger.DeadLetters.GetAsync(letter.Id, CancellationToken))!.Letter.Error);
        Assert.Equal(1, await CountAsync("outcomes"));
        Assert.Equal(1, await CountAsync("attempt_ends"));
    }

    [Fact]
    public async Task Settle_of_a_run_with_another_outcome_records_the_attempt_and_gives_that_outcome()
    {
        var lost = Sample.Start(key, Guid.NewGuid(), workerId);
        var winner = Sample.Completed();
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(lost));
        await RenewAsync(workerId, TimeSpan.Zero);
        var claimId = Guid.NewGuid();
        var won = Sample.Start(key, claimId, otherWorkerId);
        await Ledger.CommitAsync(new StartOperation(won));

        var superseded = await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, lost.ClaimId, Sample.Succeeded(lost))));
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, claimId, Sample.Succeeded(won), winner)));
        var finished = await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, lost.ClaimId, Sample.Succeeded(lost))));

        Assert.Equal(SettleState.Superseded, superseded.State);
        Assert.Equal(SettleState.Finished, finished.State);
        Assert.Equal(winner.ReplyId, finished.Outcome!.ReplyId);
        Assert.Equal(winner.Reply.ToArray(), finished.Outcome.Reply);
        Assert.Equal(3, await CountAsync("attempt_ends"));
        Assert.Equal(1, await CountAsync("outcomes"));
    }

    [Fact]
    public async Task Settle_without_a_claim_works_where_nobody_alive_holds_it()
    {
        await AcceptAsync();
        await StartAsync(Guid.NewGuid());
        Assert.Equal(SettleState.Superseded, (await SettleAsync(null)).State);

        await RenewAsync(workerId, TimeSpan.Zero);

        Assert.Equal(SettleState.Settled, (await SettleAsync(null)).State);
        Assert.Equal(0.002m, (await Ledger.ClaimAsync(key)).SpentUsd);
    }

    [Fact]
    public async Task Settle_by_a_worker_that_never_started_an_attempt_works_where_nobody_alive_holds_it()
    {
        await AcceptAsync();
        Assert.Equal(SettleState.Settled, (await SettleAsync(Guid.NewGuid())).State);
    }

    [Fact]
    public async Task Settle_of_a_request_that_nobody_accepted_heals_the_ledger()
    {
        Assert.Equal(SettleState.Settled, (await SettleAsync(null)).State);
        Assert.Equal(AcceptState.Finished, (await AcceptAsync()).State);
    }

    [Fact]
    public async Task Operations_of_many_requests_go_into_one_commit()
    {
        var keys = Enumerable.Range(0, 100).Select(_ => Sample.NewKey()).ToArray();
        var claimId = Guid.NewGuid();
        await Ledger.Store.CommitAsync([.. keys.Select(one => new AcceptOperation(Sample.Acceptance(one)))], CancellationToken);
        LedgerOperation[] mixed =
        [
            .. keys[..50].Select(one => new StartOperation(Sample.Start(one, claimId, workerId))),
            .. keys[50..].Select(one => new SettleOperation(Sample.Settlement(one, null))),
            new AcceptOperation(Sample.Acceptance(key)),
        ];

        await Ledger.Store.CommitAsync(mixed, CancellationToken);

        Assert.All(mixed.OfType<StartOperation>(), start => Assert.Equal(StartState.Started, start.Result!.State));
        Assert.All(mixed.OfType<SettleOperation>(), settle => Assert.Equal(SettleState.Settled, settle.Result!.State));
        var progress = await Ledger.Queries.GetGroupProgressAsync("acme", "group-1", CancellationToken);
        Assert.Equal(new GroupProgress(1, 50, 0, 50, 0, 0m, 0), progress);
    }

    [Fact]
    public async Task Text_that_a_database_cannot_hold_is_written_with_replacements()
    {
        var dirty = new RunKey("acme", "a\0b", 1);
        var claimId = Guid.NewGuid();
        var start = Sample.Start(dirty, claimId, workerId);
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(dirty, replyTo: new ReplyAddress { Queue = "q", CorrelationId = "\0" })));
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(start))).State);
        Assert.True(await Ledger.CommitAsync(new EndOperation(Sample.Failed(start) with { ErrorMessage = "\0 and \ud800" }, claimId)));

        Assert.Equal(AcceptState.Running, (await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(dirty) with { AcceptedAt = Sample.Now.AddDays(1) }))).State);
        Assert.NotEmpty(await Ledger.Queries.GetStatusAsync("acme", "a\ufffdb", CancellationToken));
    }

    [Fact]
    public async Task Usage_adds_up_by_every_dimension()
    {
        var claimId = Guid.NewGuid();
        var paid = Sample.Start(key, claimId, workerId);
        var free = Sample.Start(key, claimId, workerId) with { StartedAt = Sample.Now.AddDays(1), Deployment = "large-1" };
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key) with { Deadline = Sample.Now.AddDays(2) }));
        await Ledger.CommitAsync(new StartOperation(paid));
        await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(paid, 0.1m), claimId));
        await Ledger.CommitAsync(new StartOperation(free));
        await Ledger.CommitAsync(new EndOperation(Sample.Failed(free, cost: null), claimId));

        var byTask = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Task, null, null, CancellationToken));
        var byDay = await Ledger.Queries.GetUsageAsync(UsageDimension.Day, null, null, CancellationToken);
        var byDeployment = await Ledger.Queries.GetUsageAsync(UsageDimension.Deployment, null, null, CancellationToken);
        var byModel = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Model, null, Sample.Now.AddHours(1), CancellationToken));

        Assert.Equal(("translation", 1, 2, 0.1m, 1), (byTask.Name, byTask.Requests, byTask.Attempts, byTask.CostUsd, byTask.UnpricedAttempts));
        Assert.Equal(Sample.Succeeded(paid).Usage, byTask.Tokens);
        Assert.Equal(["2030-05-17", "2030-05-18"], byDay.Select(row => row.Name));
        Assert.Equal([("cheap-1", 0.1m), ("large-1", 0m)], byDeployment.Select(row => (row.Name, row.CostUsd)));
        Assert.Equal(("small", 1), (byModel.Name, byModel.Attempts));
    }

    [Fact]
    public async Task Money_is_summed_exactly()
    {
        for (var i = 0; i < 10; i++)
        {
            var start = Sample.Start(Sample.NewKey(), Guid.NewGuid(), workerId);
            await Ledger.CommitAsync(new StartOperation(start));
            await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(start, 0.1m), start.ClaimId));
        }

        Assert.Equal(1.0m, Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Tenant, null, null, CancellationToken)).CostUsd);
    }

    [Fact]
    public async Task Redrive_opens_the_next_run_and_gives_the_same_until_a_worker_has_taken_it()
    {
        var letter = await DeadLetterAsync();
        Time.Advance(TimeSpan.FromDays(2));

        var first = await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);
        Time.Advance(TimeSpan.FromHours(1));
        var again = await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);

        Assert.Equal((RedriveState.Redriven, 2), (first.State, first.Run));
        Assert.Equal(first.Body, again.Body);
        var message = WireJson.Read<RunInference>(first.Body)!;
        Assert.Equal(2, message.Run);
        Assert.Equal(TimeSpan.FromHours(1), message.Deadline - message.AcceptedAt);
        Assert.Equal(Sample.Now.AddDays(2), message.AcceptedAt, TimeSpan.FromMilliseconds(1));
        Assert.Equal("hello", message.Body!.Value.GetProperty("messages").GetString());
        var claim = await Ledger.ClaimAsync(key);
        Assert.Equal((2, ClaimState.Accepted, 0, 1), (claim.Run, claim.State, claim.Attempts, claim.AttemptsTotal));
        Assert.Equal(2, await CountAsync("requests"));

        Assert.Equal(StartState.Superseded, (await StartAsync(Guid.NewGuid())).State);
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(Sample.Start(key with { Run = 2 }, Guid.NewGuid(), workerId)))).State);
        Assert.Equal(RedriveState.Taken, (await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken)).State);
    }

    [Fact]
    public async Task The_decision_is_on_record_as_it_was_made_and_goes_with_a_redrive_that_changes_nothing()
    {
        var letter = await DeadLetterAsync();
        var first = (await Ledger.Decisions.GetAsync(key.Tenant, key.RequestId, CancellationToken))!;
        await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);
        var second = (await Ledger.Decisions.GetAsync(key.Tenant, key.RequestId, CancellationToken))!;

        Assert.Equal((1, "bulk", 67), (first.Run, first.Lane, first.PromptTokens));
        Assert.Equal(2, second.Run);
        foreach (var recorded in (RecordedDecision[])[first, second])
        {
            Assert.Equal(JsonSerializer.Serialize(Sample.Route), JsonSerializer.Serialize(recorded.Route));
            Assert.Equal(Sample.Decision.ToJson().Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal), recorded.Decision!.ToJson());
        }
    }

    [Fact]
    public async Task The_decision_of_a_refused_or_unknown_request_is_none()
    {
        await Ledger.CommitAsync(new RefuseOperation(Sample.Acceptance(key) with { Route = null, Decision = null }, Sample.Failure(FailureReason.UnknownModel)));

        var recorded = (await Ledger.Decisions.GetAsync(key.Tenant, key.RequestId, CancellationToken))!;

        Assert.Equal((null, null), (recorded.Route, recorded.Decision));
        Assert.Null(await Ledger.Decisions.GetAsync("nobody", key.RequestId, CancellationToken));
    }

    [Fact]
    public async Task Redrive_of_a_request_whose_claim_was_pruned_makes_a_new_one()
    {
        var letter = Sample.Letter(key, MessageBody());
        await Ledger.DeadLetters.AddAsync(letter, CancellationToken);
        await Ledger.DeadLetters.AddAsync(letter, CancellationToken);

        Assert.Equal(RedriveState.Redriven, (await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken)).State);
        Assert.Equal(2, (await Ledger.ClaimAsync(key)).Run);
    }

    [Fact]
    public async Task Redrive_is_refused_where_it_would_be_a_second_answer()
    {
        var letter = await DeadLetterAsync();
        var older = Sample.Letter(key, MessageBody());
        await Ledger.DeadLetters.AddAsync(older, CancellationToken);
        await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);

        Assert.Equal(RedriveState.Superseded, (await Ledger.DeadLetters.RedriveAsync(older.Id, CancellationToken)).State);
        Assert.Equal(RedriveState.NotFound, (await Ledger.DeadLetters.RedriveAsync(Guid.NewGuid(), CancellationToken)).State);
        Assert.True(await Ledger.DeadLetters.DiscardAsync(older.Id, "not worth it", "eve", CancellationToken));
        Assert.False(await Ledger.DeadLetters.DiscardAsync(older.Id, "twice", "eve", CancellationToken));
        Assert.Equal(RedriveState.Discarded, (await Ledger.DeadLetters.RedriveAsync(older.Id, CancellationToken)).State);
        Assert.Equal("not worth it", (await Ledger.DeadLetters.GetAsync(older.Id, CancellationToken))!.StateNote);
    }

    [Fact]
    public async Task A_letter_without_a_run_goes_back_as_it_was()
    {
        var letter = Sample.Letter(key, [0, 255]) with { Tenant = null, RequestId = null, Run = 0, Source = "llm.requests acme.bulk" };
        await Ledger.DeadLetters.AddAsync(letter, CancellationToken);

        var result = await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);

        Assert.Equal((RedriveState.Redriven, null, "llm.requests acme.bulk"), (result.State, result.Run, result.Source));
        Assert.Equal([0, 255], result.Body);
    }

    [Fact]
    public async Task Dead_letters_are_listed_by_state_reason_tenant_and_time()
    {
        var letter = await DeadLetterAsync();
        var other = Sample.Letter(Sample.NewKey() with { Tenant = "umbrella" }, [1]) with
        {
            Reason = FailureReason.Poison,
            CreatedAt = Sample.Now.AddDays(1),
        };
        await Ledger.DeadLetters.AddAsync(other, CancellationToken);
        await Ledger.DeadLetters.DiscardAsync(other.Id, null, "eve", CancellationToken);

        Assert.Equal([other.Id, letter.Id], await ListAsync(new DeadLetterFilter()));
        Assert.Equal([other.Id], await ListAsync(new DeadLetterFilter { Limit = 1 }));
        Assert.Equal([letter.Id], await ListAsync(new DeadLetterFilter { State = DeadLetterState.Open }));
        Assert.Equal([other.Id], await ListAsync(new DeadLetterFilter { Reason = FailureReason.Poison }));
        Assert.Equal([letter.Id], await ListAsync(new DeadLetterFilter { Tenant = "acme" }));
        Assert.Equal([other.Id], await ListAsync(new DeadLetterFilter { Since = Sample.Now.AddHours(1) }));

        async Task<IEnumerable<Guid>> ListAsync(DeadLetterFilter filter) =>
            (await Ledger.DeadLetters.ListAsync(filter, CancellationToken)).Select(stored => stored.Letter.Id);
    }

    [Fact]
    public async Task Tenants_are_kept_by_user()
    {
        await Ledger.Tenants.AddAsync("acme-app", "acme", "acme.", CancellationToken);
        await Ledger.Tenants.AddAsync("acme-app", "acme", "acme.replies.", CancellationToken);

        var tenant = Assert.Single(await Ledger.Tenants.ListAsync(CancellationToken));
        Assert.Equal(("acme-app", "acme", "acme.replies."), (tenant.RabbitMqUser, tenant.Tenant, tenant.ReplyPrefix));
    }

    private protected Task RenewAsync(Guid worker, TimeSpan lease) => Ledger.Store.RenewLeaseAsync(worker, "host", lease, CancellationToken);

    private protected async Task<long> CountAsync(string table) => await Ledger.Database.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {table}";
            return (long)(await command.ExecuteScalarAsync(CancellationToken))!;
        },
        CancellationToken);

    private Task<AcceptResult> AcceptAsync() => Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));

    private Task<AcceptResult> AcceptDuplicateAsync(ReplyAddress? replyTo) => Ledger.CommitAsync(
        new AcceptOperation(Sample.Acceptance(key, replyTo: replyTo) with { AcceptedAt = Sample.Now.AddSeconds(10) }));

    private Task<StartResult> StartAsync(Guid claimId, Guid? worker = null) =>
        Ledger.CommitAsync(new StartOperation(Sample.Start(key, claimId, worker ?? workerId)));

    private Task<StartResult> TakeAsync(Guid claimId) => Ledger.CommitAsync(new TakeOperation(key, claimId, otherWorkerId, Sample.Now.AddSeconds(5)));

    private async Task<ReleaseState> ReleaseAsync(Guid claimId) =>
        (await Ledger.CommitAsync(new ReleaseOperation(key, claimId, "quota gone", "large-1"))).State;

    private Task<SettleResult> SettleAsync(Guid? claimId, RunKey? other = null) =>
        Ledger.CommitAsync(new SettleOperation(Sample.Settlement(other ?? key, claimId)));

    private async Task<DeadLetter> DeadLetterAsync()
    {
        var start = Sample.Start(key, Guid.NewGuid(), workerId);
        var letter = Sample.Letter(key, MessageBody());
        await AcceptAsync();
        await Ledger.CommitAsync(new StartOperation(start));
        var settlement = Sample.Settlement(key, start.ClaimId, Sample.Failed(start), Sample.Failure(FailureReason.Exhausted));
        await Ledger.CommitAsync(new SettleOperation(settlement with { DeadLetter = letter }));
        return letter;
    }

    private byte[] MessageBody() => WireJson.ToBytes(
        new RunInference
        {
            Tenant = key.Tenant,
            RequestId = key.RequestId,
            Run = 1,
            Lane = "bulk",
            Operation = "chat",
            Route = Sample.Route,
            AcceptedAt = Sample.Now,
            Deadline = Sample.Now.AddHours(1),
            Body = JsonSerializer.SerializeToElement(new { messages = "hello" }),
            ReplyTo = new ReplyAddress { Queue = "acme.replies", CorrelationId = "first" },
            Laps = 4,
        });
}
