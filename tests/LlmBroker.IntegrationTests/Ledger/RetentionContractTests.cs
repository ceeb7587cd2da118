using System.Text;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Feedback;
using LlmBroker.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>What is dropped when, and what a duplicate gets afterwards, whichever database holds the ledger. Rows are dated in the past.</summary>
public abstract class RetentionContractTests : IAsyncLifetime
{
    private readonly Guid workerId = Guid.NewGuid();

    private protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private protected FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected DateTimeOffset Now => Time.GetUtcNow();

    private protected LedgerUnderTest Ledger { get; private set; } = null!;

    private protected abstract PostgresPartitions? Partitions { get; }

    private protected abstract Task<LedgerUnderTest> CreateAsync();

    public async ValueTask InitializeAsync()
    {
        Ledger = await CreateAsync();
        await Ledger.Migrator.MigrateAsync(CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Old_facts_go_and_younger_ones_stay_and_what_is_shown_before_is_what_goes()
    {
        await FinishAsync(Sample.NewKey(), Now.AddDays(-402));
        await FinishAsync(Sample.NewKey(), Now.AddDays(-399));

        var found = await Retention().FindAsync(CancellationToken);
        var dropped = await Retention().ApplyAsync(CancellationToken);

        string[] facts = ["requests", "attempts", "attempt_ends", "outcomes"];
        Assert.All(facts, fact => Assert.Equal(1, dropped.Single(result => result.Name == fact).Rows));
        Assert.Equal(2, dropped.Single(result => result.Name == "payloads").Rows);
        Assert.Equal(2, dropped.Single(result => result.Name == "claims").Rows);
        Assert.Equal(found.Select(result => (result.Name, result.Rows)), dropped.Select(result => (result.Name, result.Rows)));
        foreach (var fact in facts)
            Assert.Equal((fact, 1), (fact, await CountAsync(fact)));
        Assert.All(await Retention().FindAsync(CancellationToken), result => Assert.Equal((0, 0), (result.Rows, result.Partitions.Count)));
    }

    [Fact]
    public async Task Old_feedback_goes_and_younger_stays()
    {
        var key = Sample.NewKey();
        await FinishAsync(key, Now);
        foreach (var age in new[] { 402, 399 })
        {
            var store = new FeedbackStore(Ledger.Database, new FakeTimeProvider(Now.AddDays(-age)));
            await store.AddAsync(key.Tenant, $"{age}", new SubmitFeedback { RequestId = key.RequestId, Score = 1 }, CancellationToken);
        }

        var dropped = await Retention().ApplyAsync(CancellationToken);

        Assert.Equal((1, 1), (dropped.Single(result => result.Name == "feedback").Rows, await CountAsync("feedback")));
    }

    [Fact]
    public async Task A_duplicate_after_its_reply_was_dropped_finds_the_outcome_without_the_reply()
    {
        var key = Sample.NewKey();
        await FinishAsync(key, Now.AddDays(-9), body: "stored");
        await FinishAsync(Sample.NewKey(), Now.AddDays(-6));

        await Retention().ApplyAsync(CancellationToken);

        var duplicate = await AcceptAsync(key, Now);
        Assert.Equal((AcceptState.Finished, null), (duplicate.State, duplicate.Outcome!.Reply));
        Assert.Null((await Ledger.Queries.GetReplyAsync(key.Tenant, key.RequestId, CancellationToken))!.Reply);
        Assert.Equal(1, await CountAsync("payloads"));
        Assert.Equal(2, await CountAsync("outcomes"));
    }

    [Fact]
    public async Task A_duplicate_after_its_claim_was_pruned_is_a_new_request_and_usage_keeps_the_two_apart()
    {
        var key = Sample.NewKey();
        await FinishAsync(key, Now.AddDays(-32));
        await FinishAsync(key with { Run = 2 }, Now.AddDays(-31));
        await FinishAsync(Sample.NewKey(), Now.AddDays(-29));

        await Retention().ApplyAsync(CancellationToken);
        Assert.Equal(1, await CountAsync("claims"));
        var reply = await FinishAsync(key, Now, body: null, expected: AcceptState.New);

        var status = Assert.Single(await Ledger.Queries.GetStatusAsync(key.Tenant, key.RequestId, CancellationToken));
        Assert.Equal((1, ClaimState.Finished, 1), (status.Claim.Run, status.Claim.State, status.Attempts.Count));
        Assert.Equal(reply, (await Ledger.Queries.GetReplyAsync(key.Tenant, key.RequestId, CancellationToken))!.ReplyId);
        var usage = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Task, Now.AddDays(-40), null, CancellationToken), row => row.Name is not null);
        Assert.Equal((2, 3, 0.003m), (usage.Requests, usage.Attempts, usage.CostUsd));
    }

    [Fact]
    public async Task A_claim_stays_while_its_request_is_open_or_has_an_open_dead_letter()
    {
        var waiting = Sample.NewKey();
        var dead = Sample.NewKey();
        await AcceptAsync(waiting, Now.AddDays(-60));
        await FinishAsync(dead, Now.AddDays(-60));
        var letter = Sample.Letter(dead, [1]) with { CreatedAt = Now.AddDays(-60) };
        await Ledger.DeadLetters.AddAsync(letter, CancellationToken);

        await Retention().ApplyAsync(CancellationToken);
        Assert.Equal(2, await CountAsync("claims"));

        await Ledger.DeadLetters.DiscardAsync(letter.Id, "not worth it", "eve", CancellationToken);
        await Retention().ApplyAsync(CancellationToken);
        Assert.Equal(ClaimState.Accepted, (await Ledger.ClaimAsync(waiting)).State);
        Assert.Equal(1, await CountAsync("claims"));
    }

    [Fact]
    public async Task Dead_letters_go_some_time_after_they_were_closed_and_open_ones_never()
    {
        var closed = Sample.Letter(Sample.NewKey(), [1]) with { CreatedAt = Now.AddDays(-200) };
        var closedLately = Sample.Letter(Sample.NewKey(), [1]) with { CreatedAt = Now.AddDays(-200) };
        var open = Sample.Letter(Sample.NewKey(), [1]) with { CreatedAt = Now.AddDays(-2000) };
        foreach (var letter in new[] { closed, closedLately, open })
            await Ledger.DeadLetters.AddAsync(letter, CancellationToken);
        await new DeadLetterStore(Ledger.Database, new FakeTimeProvider(Now.AddDays(-91))).DiscardAsync(closed.Id, null, "eve", CancellationToken);
        await Ledger.DeadLetters.DiscardAsync(closedLately.Id, null, "eve", CancellationToken);

        await Retention().ApplyAsync(CancellationToken);

        Assert.Null(await Ledger.DeadLetters.GetAsync(closed.Id, CancellationToken));
        Assert.NotNull(await Ledger.DeadLetters.GetAsync(closedLately.Id, CancellationToken));
        Assert.NotNull(await Ledger.DeadLetters.GetAsync(open.Id, CancellationToken));
    }

    [Fact]
    public async Task A_tenants_shorter_time_drops_its_payloads_and_no_body_that_is_still_wanted()
    {
        var brief = Sample.NewKey() with { Tenant = "brief" };
        var waiting = Sample.NewKey() with { Tenant = "brief" };
        var other = Sample.NewKey();
        await FinishAsync(brief, Now.AddDays(-2), body: "stored");
        await FinishAsync(other, Now.AddDays(-2), body: "stored");
        await AcceptAsync(waiting, Now.AddDays(-2), "stored");

        await Retention(tenants: new() { ["brief"] = new() { Retention = new() { Payloads = TimeSpan.FromDays(1) } } }).ApplyAsync(CancellationToken);

        Assert.Null((await Ledger.Queries.GetReplyAsync("brief", brief.RequestId, CancellationToken))!.Reply);
        Assert.Null(await BodyAsync(brief, Now.AddDays(-2)));
        Assert.Equal("stored", await BodyAsync(waiting, Now.AddDays(-2)));
        Assert.Equal("stored", await BodyAsync(other, Now.AddDays(-2)));
        Assert.NotNull((await Ledger.Queries.GetReplyAsync("acme", other.RequestId, CancellationToken))!.Reply);
    }

    [Fact]
    public async Task Payloads_that_are_kept_for_less_than_a_day_go_by_the_minute()
    {
        await FinishAsync(Sample.NewKey(), Now.AddMinutes(-70));
        await FinishAsync(Sample.NewKey(), Now.AddMinutes(-50));

        await Retention(new RetentionOptions { Payloads = TimeSpan.FromHours(1) }).ApplyAsync(CancellationToken);

        Assert.Equal(1, await CountAsync("payloads"));
    }

    [Fact]
    public async Task More_rows_than_one_batch_go_in_one_pass()
    {
        await Ledger.Store.CommitAsync(
            [.. Enumerable.Range(0, 2300).Select(_ => new RefuseOperation(
                Sample.Acceptance(Sample.NewKey()) with { AcceptedAt = Now.AddDays(-40) },
                Sample.Failure(FailureReason.UnknownModel) with { SettledAt = Now.AddDays(-40) }))],
            CancellationToken);

        var dropped = await Retention().ApplyAsync(CancellationToken);

        Assert.Equal(2300, dropped.Single(result => result.Name == "payloads").Rows);
        Assert.Equal(2300, dropped.Single(result => result.Name == "claims").Rows);
        Assert.Equal((0, 0, 2300), (await CountAsync("payloads"), await CountAsync("claims"), await CountAsync("outcomes")));
    }

    [Fact]
    public async Task A_clock_that_is_far_ahead_drops_nothing()
    {
        await FinishAsync(Sample.NewKey(), Now);
        var ahead = new RetentionStore(Ledger.Database, Partitions, Policy(), new FakeTimeProvider(Now.AddDays(5000)));

        Assert.All(await ahead.ApplyAsync(CancellationToken), result => Assert.Equal((0, 0), (result.Rows, result.Partitions.Count)));
        Assert.Equal(1, await CountAsync("payloads"));
    }

    [Fact]
    public async Task A_stored_body_is_committed_with_the_acceptance_and_with_each_duplicate_that_is_sent_on()
    {
        var key = Sample.NewKey();

        Assert.Equal(AcceptState.New, (await AcceptAsync(key, Now, "first")).State);
        Assert.Equal(AcceptState.Waiting, (await AcceptAsync(key, Now.AddSeconds(1), "first")).State);
        await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), workerId)));
        Assert.Equal(AcceptState.Running, (await AcceptAsync(key, Now.AddSeconds(2), "first")).State);

        Assert.Equal("first", await BodyAsync(key, Now));
        Assert.Equal("first", await BodyAsync(key, Now.AddSeconds(1)));
        Assert.Null(await BodyAsync(key, Now.AddSeconds(2)));
    }

    [Fact]
    public async Task Dropping_a_delivered_reply_takes_the_stored_body_along_and_nothing_of_others()
    {
        var key = Sample.NewKey();
        var other = Sample.NewKey();
        var reply = await FinishAsync(key, Now, "stored");
        await FinishAsync(other, Now, "stored");
        ReplyAddress[] delivered = [Sample.Acceptance(key).ReplyTo!];

        Assert.False(await Ledger.CommitAsync(new DropPayloadsOperation(key, Guid.NewGuid(), delivered)));
        Assert.False(await Ledger.CommitAsync(new DropPayloadsOperation(key, reply, [])));
        Assert.True(await Ledger.CommitAsync(new DropPayloadsOperation(key, reply, delivered)));
        Assert.True(await Ledger.CommitAsync(new DropPayloadsOperation(key, reply, delivered)));

        Assert.Null((await Ledger.Queries.GetReplyAsync("acme", key.RequestId, CancellationToken))!.Reply);
        Assert.Null(await BodyAsync(key, Now));
        Assert.Equal("stored", await BodyAsync(other, Now));
        Assert.Equal(2, await CountAsync("payloads"));
        var late = await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), workerId)));
        Assert.Equal((StartState.Finished, null), (late.State, late.Outcome!.Reply));
    }

    private protected RetentionStore Retention(RetentionOptions? kept = null, Dictionary<string, TenantOptions>? tenants = null) =>
        new(Ledger.Database, Partitions, Policy(kept, tenants), Time);

    private protected async Task<long> CountAsync(string table) => await Ledger.Database.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {table}";
            return (long)(await command.ExecuteScalarAsync(CancellationToken))!;
        },
        CancellationToken);

    /// <summary>Accepts, calls and settles at that time; returns the reply's id.</summary>
    private protected async Task<Guid> FinishAsync(RunKey key, DateTimeOffset at, string? body = null, AcceptState? expected = null)
    {
        var accepted = await AcceptAsync(key, at, body);
        if (expected is not null)
            Assert.Equal(expected, accepted.State);
        var start = Sample.Start(key, Guid.NewGuid(), workerId) with { StartedAt = at.AddSeconds(1) };
        var outcome = Sample.Completed() with { SettledAt = at.AddSeconds(3) };
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(start))).State);
        var end = Sample.Succeeded(start, 0.001m) with { EndedAt = at.AddSeconds(2) };
        Assert.Equal(SettleState.Settled, (await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, start.ClaimId, end, outcome)))).State);
        return outcome.ReplyId;
    }

    private Task<AcceptResult> AcceptAsync(RunKey key, DateTimeOffset at, string? body = null) => Ledger.CommitAsync(new AcceptOperation(
        Sample.Acceptance(key) with
        {
            AcceptedAt = at,
            Deadline = at.AddHours(1),
            StoredBody = body is null ? null : Encoding.UTF8.GetBytes(body),
        }));

    private async Task<string?> BodyAsync(RunKey key, DateTimeOffset at)
    {
        var reference = new BodyReference { Run = 1, StoredAt = at, Bytes = 6 };
        return await Ledger.Queries.GetRequestBodyAsync(key.Tenant, key.RequestId, reference, CancellationToken) is { } body ? Encoding.UTF8.GetString(body) : null;
    }

    private static RetentionPolicy Policy(RetentionOptions? kept = null, Dictionary<string, TenantOptions>? tenants = null) =>
        new(kept ?? new RetentionOptions(), tenants ?? []);
}
