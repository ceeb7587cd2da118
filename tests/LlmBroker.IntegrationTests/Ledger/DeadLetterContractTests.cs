using System.Text;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Models;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Languages;
using Microsoft.Extensions.Time.Testing;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>What operators do with dead letters, and what they ask of duplicate spend, whichever database holds them.</summary>
public abstract class DeadLetterContractTests : IAsyncLifetime
{
    private static readonly BrokerOptions Options = new()
    {
        Models = new()
        {
            ["small"] = new() { Tier = "cheap", MaxOutputTokens = 100, Price = new() { Input = 1, Output = 10 } },
            ["big"] = new() { Tier = "large", MaxOutputTokens = 100, Price = new() { Input = 10, Output = 100 } },
        },
        Providers = new() { ["p"] = new() { Type = "openai" } },
        Deployments = new() { ["cheap-1"] = new() { Provider = "p", Model = "small" }, ["large-1"] = new() { Provider = "p", Model = "big" } },
        Routing = new() { DefaultModel = "small" },
    };

    private readonly Guid workerId = Guid.NewGuid();
    private readonly List<RunInference> sent = [];
    private readonly RunKey key = Sample.NewKey();

    private protected FakeTimeProvider Time { get; } = new(Sample.Now.AddHours(1)) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(100) };

    private protected LedgerUnderTest Ledger { get; private set; } = null!;

    private protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private protected abstract Task<LedgerUnderTest> CreateAsync();

    private DeadLetterRedrive Redrive
    {
        get
        {
            var live = new LiveConfiguration(Options);
            var fleet = new FleetView(new WorkerIdentity(), Time);
            var composer = new RedriveComposer(live, new RouteResolver(live, new CueTaskClassifier(), new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())), new LanguageDetector(), fleet, new DeploymentHolds(Time), Time));
            return new DeadLetterRedrive(Ledger.DeadLetters, Ledger.DeadLetterQueries, Ledger.Tenants, composer, Time);
        }
    }

    public async ValueTask InitializeAsync()
    {
        Ledger = await CreateAsync();
        await Ledger.Migrator.MigrateAsync(CancellationToken);
        await Ledger.Store.RenewLeaseAsync(workerId, "host", TimeSpan.FromMinutes(10), CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Letters_are_found_by_everything_that_is_known_of_them()
    {
        var letter = await AddAsync();
        await AddAsync(other => other with
        {
            Tenant = "umbrella",
            Reason = FailureReason.KeyRefused,
            Model = "big",
            Deployment = "large-1",
            Lane = "interactive",
            Task = "code",
            Error = "KeyRefused: 100%_sure",
            CreatedAt = Sample.Now.AddDays(1),
        });

        foreach (var filter in new DeadLetterFilter[]
        {
            new() { Reason = FailureReason.Exhausted }, new() { Tenant = "acme" }, new() { Model = "small" }, new() { Deployment = "cheap-1" },
            new() { Lane = "bulk" }, new() { Task = "translation" }, new() { RequestId = letter.RequestId }, new() { ErrorText = "SLOW" },
            new() { Until = Sample.Now.AddHours(1) },
        })
        {
            Assert.Equal(letter.Id, Assert.Single(await ListAsync(filter)).Letter.Id);
        }

        Assert.Equal("large-1", Assert.Single(await ListAsync(new() { ErrorText = "100%_S" })).Letter.Deployment);
        Assert.Empty(await ListAsync(new() { ErrorText = "1%e" }));
        Assert.Empty(await ListAsync(new() { Tenant = "nobody" }));
    }

    [Fact]
    public async Task Pages_show_every_letter_once()
    {
        for (var i = 0; i < 7; i++)
            await AddAsync(letter => letter with { CreatedAt = Sample.Now.AddSeconds(i / 3) });

        var seen = new List<Guid>();
        for (Guid? after = null; await ListAsync(new() { Limit = 3, After = after }) is { Count: > 0 } page; after = page[^1].Letter.Id)
            seen.AddRange(page.Select(stored => stored.Letter.Id));

        Assert.Equal((7, 7), (seen.Count, seen.Distinct().Count()));
        Assert.Equal(seen, (await ListAsync(new())).Select(stored => stored.Letter.Id));
    }

    [Fact]
    public async Task Groups_count_by_reason_with_cost_times_and_a_sample()
    {
        await AddAsync();
        await AddAsync(letter => letter with { CreatedAt = Sample.Now.AddDays(1), CostUsd = null });
        var newest = await AddAsync(letter => letter with { CreatedAt = Sample.Now.AddDays(2), CostUsd = 0.02m, Error = "the newest" });
        await AddAsync(letter => letter with { Reason = FailureReason.Poison });

        var groups = await Ledger.DeadLetterQueries.GetGroupsAsync(new() { State = DeadLetterState.Open }, CancellationToken);

        Assert.Equal([(FailureReason.Exhausted, 3), (FailureReason.Poison, 1)], groups.Select(group => (group.Reason, group.Count)));
        Assert.Equal((0.03m, 1, newest.Id, "the newest"), (groups[0].CostUsd, groups[0].UnknownCosts, groups[0].SampleId, groups[0].SampleError));
        Assert.Equal(TimeSpan.FromDays(2) - TimeSpan.FromSeconds(4), groups[0].Newest - groups[0].Oldest);
        Assert.Empty(await Ledger.DeadLetterQueries.GetGroupsAsync(new() { Tenant = "nobody" }, CancellationToken));
    }

    [Fact]
    public async Task A_redrive_with_edits_is_routed_recorded_and_told_in_the_letters_history()
    {
        var letter = await AddAsync();
        var edits = new RedriveEdits { Model = "big", Lane = "interactive", MaxCostUsd = 3, Patch = JsonElement.Parse("""{"temperature":0,"z":1,"a":2}""") };

        var report = await RunAsync(new() { By = "eve", Ids = [letter.Id], Edits = edits });

        Assert.Equal((1, 0), (report.Sent, report.Left));
        var message = Assert.Single(sent);
        Assert.Equal((2, "large-1", "interactive", 3m), (message.Run, message.Route.Deployment, message.Lane, message.MaxCostUsd));
        Assert.Equal(0, message.Body!.Value.GetProperty("temperature").GetInt32());
        var claim = await Ledger.ClaimAsync(KeyOf(letter));
        Assert.Equal((2, ClaimState.Accepted, "large-1", "interactive"), (claim.Run, claim.State, claim.Deployment, claim.Lane));
        var stored = (await Ledger.DeadLetters.GetAsync(letter.Id, CancellationToken))!;
        Assert.Equal((DeadLetterState.Redriven, 2), (stored.State, stored.RedrivenRun));
        Assert.NotNull(stored.SentAt);
        var action = Assert.Single(await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken));
        Assert.Equal((DeadLetterActionKind.Redriven, "eve", 2, "model → large-1"), (action.Kind, action.By, action.Run, action.Route!.Reason));
        Assert.Equal(edits.ToJson(), action.Edits.ToJson());
        Assert.Equal(message.AcceptedAt, action.At);
        var recorded = (await Ledger.Decisions.GetAsync(letter.Tenant!, letter.RequestId!, CancellationToken))!;
        Assert.Equal((2, "big", null, null, null), (recorded.Run, recorded.Route!.Model, recorded.Route.CheapModel, recorded.Route.Arm, recorded.Decision));
    }

    [Fact]
    public async Task Asking_again_gives_the_same_message_and_other_edits_are_refused_once_it_was_sent()
    {
        var letter = await AddAsync();
        var edits = new RedriveEdits { Model = "big", Patch = JsonElement.Parse("""{"zeta":1.50,"a":[1, 2]}""") };
        await RunAsync(new() { By = "eve", Ids = [letter.Id], Edits = edits });
        Time.Advance(TimeSpan.FromHours(1));

        var repeat = await RunAsync(new() { By = "adam", Ids = [letter.Id], Edits = edits });
        var plain = await RunAsync(new() { By = "adam", Ids = [letter.Id] });
        var other = await RunAsync(new() { By = "adam", Ids = [letter.Id], Edits = new() { Lane = "standard" } });

        Assert.Equal((1, 1, RedriveState.OtherEdits), (repeat.Sent, plain.Sent, Assert.Single(other.Counts).Key));
        Assert.Equal(3, sent.Count);
        Assert.All(sent, message => Assert.Equal(WireJson.ToBytes(sent[0]), WireJson.ToBytes(message)));
        Assert.Single(await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken));

        await Ledger.CommitAsync(new StartOperation(Sample.Start(KeyOf(letter) with { Run = 2 }, Guid.NewGuid(), workerId)));
        Assert.Equal(RedriveState.Taken, Assert.Single((await RunAsync(new() { By = "adam", Ids = [letter.Id], Edits = edits })).Counts).Key);
    }

    [Fact]
    public async Task Two_operators_at_once_open_one_run()
    {
        var letter = await AddAsync();

        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => RunAsync(new() { By = $"operator {i}", Ids = [letter.Id] }))));

        Assert.All(reports, report => Assert.Equal(1, report.Sent));
        Assert.Single(sent.Select(message => Encoding.UTF8.GetString(WireJson.ToBytes(message))).Distinct());
        Assert.Equal(2, (await Ledger.ClaimAsync(KeyOf(letter))).Run);
        Assert.Single(await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken));
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Two_operators_with_other_edits_at_once_open_one_run_of_one_of_them()
    {
        var letter = await AddAsync();

        var reports = await Task.WhenAll(((string[])["small", "big"]).Select(model =>
            Task.Run(() => RunAsync(new() { By = model, Ids = [letter.Id], Edits = new() { Model = model } }))));

        Assert.Equal((1, 1), (reports.Sum(report => report.Sent), reports.Sum(report => report.Counts.GetValueOrDefault(RedriveState.OtherEdits))));
        var action = Assert.Single(await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken));
        Assert.Equal(action.By, Assert.Single(sent).Route.Model);
        Assert.Equal(action.Route!.Deployment, (await Ledger.ClaimAsync(KeyOf(letter))).Deployment);
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task A_redrive_that_did_not_get_as_far_as_sending_is_found_by_the_next_one()
    {
        var letter = await AddAsync();
        await Assert.ThrowsAsync<IOException>(() => Redrive.RunAsync(
            new() { By = "eve", Ids = [letter.Id], Edits = new() { Model = "big" } }, (_, _) => throw new IOException(), null, CancellationToken));
        Assert.Equal(DeadLetterState.Redriven, (await Ledger.DeadLetters.GetAsync(letter.Id, CancellationToken))!.State);

        var report = await RunAsync(new() { By = "eve" });

        Assert.Equal((1, "large-1"), (report.Sent, Assert.Single(sent).Route.Deployment));
        Assert.Equal(0, (await RunAsync(new() { By = "eve" })).Sent);
    }

    [Fact]
    public async Task A_redrive_that_was_not_sent_can_be_given_other_edits()
    {
        var letter = await AddAsync();
        await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);
        var request = new RedriveRequest { By = "eve", Ids = [letter.Id], Edits = new() { Model = "big" } };

        Assert.Equal(RedriveState.OtherEdits, Assert.Single((await RunAsync(request)).Counts).Key);
        Time.Advance(TimeSpan.FromMinutes(2));
        await RunAsync(request);

        Assert.Equal((2, "large-1"), (Assert.Single(sent).Run, sent[0].Route.Deployment));
        Assert.Equal("large-1", (await Ledger.ClaimAsync(KeyOf(letter))).Deployment);
        Assert.Equal(1, await CountAsync("requests"));
        Assert.Equal(2, (await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken)).Count);
    }

    [Fact]
    public async Task A_filter_redrives_all_that_it_finds_page_by_page_and_nothing_else()
    {
        for (var i = 0; i < 65; i++)
            await AddAsync(letter => letter with { Task = i % 13 == 0 ? "code" : "translation", CreatedAt = Sample.Now.AddSeconds(-i / 10) });
        var request = new RedriveRequest { By = "eve", Filter = new() { Task = "translation", Limit = 3 } };

        var preview = await Redrive.PreviewAsync(request, CancellationToken);
        var first = await RunAsync(request with { Limit = 25 });
        var rest = await RunAsync(request);

        Assert.Equal((60, 0, 0), (preview.Letters, preview.UnknownCosts, preview.Faults.Count));
        Assert.Equal(60 * (TokensOf() * 1m + 100 * 10m) / 1_000_000m, preview.EstimatedCostUsd);
        Assert.Equal((25, 35), (first.Sent, rest.Sent));
        Assert.Equal(60, sent.Select(message => message.RequestId).Distinct().Count());
        Assert.Equal(5, (await ListAsync(new() { State = DeadLetterState.Open })).Count);
        Assert.Equal((0, 0), ((await RunAsync(request)).Sent, (await RunAsync(request)).Left));
    }

    [Fact]
    public async Task A_filter_that_finds_nothing_sends_nothing()
    {
        await AddAsync();

        var report = await RunAsync(new() { By = "eve", Filter = new() { Tenant = "nobody" } });

        Assert.Equal((0, 0, false), (report.Sent, report.Left, report.IsRefused));
        Assert.Empty(sent);
    }

    [Fact]
    public async Task A_letter_that_comes_back_while_a_filter_is_redriven_is_left_for_the_next_time()
    {
        for (var i = 0; i < 3; i++)
            await AddAsync(letter => letter with { CreatedAt = Sample.Now.AddSeconds(-1) });

        // A worker that fails at once: each send makes the letter of the next run.
        var report = await Redrive.RunAsync(
            new() { By = "eve" },
            async (result, token) =>
            {
                var run = WireJson.Read<RunInference>(result.Body)!;
                sent.Add(run);
                await SettleAsLetterAsync(run);
            },
            null,
            CancellationToken);

        Assert.Equal(3, report.Sent);
        Assert.All(sent, run => Assert.Equal(2, run.Run));
        Assert.Equal(3, (await ListAsync(new() { State = DeadLetterState.Open })).Count);
    }

    [Fact]
    public async Task A_request_that_was_redriven_too_often_is_left_alone_until_it_is_forced_by_its_id()
    {
        await AddAsync();
        for (var i = 0; i < 2; i++)
        {
            await RunAsync(new() { By = "eve", MaxRedrives = 2 });
            await SettleAsLetterAsync(sent[^1]);
            Time.Advance(TimeSpan.FromMinutes(1));
        }

        var letter = Assert.Single(await ListAsync(new() { State = DeadLetterState.Open }));
        Assert.Equal((3, 2), (letter.Letter.Run, letter.Redrives));
        Assert.Equal((0, 1), await CountTooOftenAsync(new() { By = "eve", MaxRedrives = 2 }));
        Assert.Equal((0, 1), await CountTooOftenAsync(new() { By = "eve", MaxRedrives = 2, Ids = [letter.Letter.Id] }));
        Assert.Equal(1, (await Redrive.PreviewAsync(new() { By = "eve", MaxRedrives = 2 }, CancellationToken)).TooOften);

        Assert.Equal((1, 0), await CountTooOftenAsync(new() { By = "eve", MaxRedrives = 2, Ids = [letter.Letter.Id], Force = true }));
        Assert.Equal(4, sent[^1].Run);

        async Task<(long, long)> CountTooOftenAsync(RedriveRequest request)
        {
            var report = await RunAsync(request);
            return (report.Sent, report.Counts.GetValueOrDefault(RedriveState.TooOften));
        }
    }

    [Fact]
    public async Task Nothing_is_sent_while_there_are_faults_and_all_are_told_at_once()
    {
        var good = await AddAsync();
        await AddAsync(body: MessageBody(run => run with { Route = Sample.Route with { Deployment = "gone" } }));
        await AddAsync(body: MessageBody(run => run with { MaxCostUsd = 0.0001m }));
        await AddAsync(body: Encoding.UTF8.GetBytes("no run"));

        var report = await RunAsync(new() { By = "eve" });
        var edits = await RunAsync(new() { By = "eve", Edits = new() { Model = "none", Lane = "slow" }, SkipFaulty = true });

        Assert.True(report.IsRefused);
        Assert.Equal((3, 1), (report.Preview.Faults.Count, report.Preview.Letters));
        Assert.Equal((true, 2), (edits.IsRefused, edits.Preview.Faults.Count));
        Assert.Empty(sent);
        Assert.Equal(4, (await ListAsync(new() { State = DeadLetterState.Open })).Count);

        var skipping = await RunAsync(new() { By = "eve", SkipFaulty = true });
        Assert.Equal((1, 3), (skipping.Sent, skipping.Counts[RedriveState.Invalid]));
        Assert.Equal(good.RequestId, Assert.Single(sent).RequestId);
    }

    [Fact]
    public async Task A_preview_changes_nothing()
    {
        var letter = await AddAsync();

        var preview = await Redrive.PreviewAsync(
            new() { By = "eve", Ids = [letter.Id, Guid.NewGuid()], Edits = new() { Model = "big" } }, CancellationToken);

        Assert.Equal((1, 1), (preview.Letters, preview.Closed));
        Assert.Equal(letter.Id, Assert.Single(await ListAsync(new() { State = DeadLetterState.Open })).Letter.Id);
        Assert.Empty(await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken));
    }

    [Fact]
    public async Task A_message_without_a_run_is_open_again_when_it_comes_back()
    {
        var letter = await AddAsync(raw => raw with { Tenant = null, Run = 0, Source = "llm.requests/acme.bulk" }, Encoding.UTF8.GetBytes("garbage"));
        for (var i = 0; i < 2; i++)
        {
            var result = await Ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);
            Assert.Equal((RedriveState.Redriven, "llm.requests/acme.bulk"), (result.State, result.Source));
            await Ledger.DeadLetters.MarkSentAsync(letter.Id, CancellationToken);
            await Ledger.DeadLetters.AddAsync(letter with { CreatedAt = letter.CreatedAt.AddHours(1), Error = "still garbage" }, CancellationToken);
        }

        var stored = Assert.Single(await ListAsync(new() { Pending = true }));
        Assert.Equal((DeadLetterState.Open, 2, "still garbage"), (stored.State, stored.Redrives, stored.Letter.Error));
        Assert.Equal(
            [DeadLetterActionKind.Redriven, DeadLetterActionKind.Returned, DeadLetterActionKind.Redriven, DeadLetterActionKind.Returned],
            (await Ledger.DeadLetterQueries.GetHistoryAsync(letter.Id, CancellationToken)).Select(action => action.Kind));
        Assert.Equal(1, (await RunAsync(new() { By = "eve", MaxRedrives = 2 })).Counts[RedriveState.TooOften]);
    }

    [Fact]
    public async Task A_poisoned_request_without_a_run_opens_its_second_one_unless_its_id_was_used_again()
    {
        byte[] body = [.. """{ "requestId": "p1", "body": { "messages": [{ "role": "user", "content": "Hi" }] } }"""u8];
        var letter = await AddAsync(
            raw => raw with { Run = 0, RequestId = "p1", Source = "llm.requests/acme.bulk", ReplyTo = new() { Queue = "acme.replies", CorrelationId = "c" } }, body);
        var used = await AddAsync(
            raw => raw with { Run = 0, RequestId = key.RequestId, Source = "llm.requests/acme.bulk" },
            Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("p1", key.RequestId, StringComparison.Ordinal)));
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));

        var report = await RunAsync(new() { By = "eve", Ids = [letter.Id, used.Id] });

        Assert.Equal((1, 1), (report.Sent, report.Counts[RedriveState.Superseded]));
        var message = Assert.Single(sent);
        Assert.Equal(("p1", 2, "cheap-1", "acme.replies"), (message.RequestId, message.Run, message.Route.Deployment, message.ReplyTo?.Queue));
        Assert.Equal((2, "c"), ((await Ledger.ClaimAsync(new RunKey("acme", "p1", 2))).Run, (await Ledger.ClaimAsync(new RunKey("acme", "p1", 2))).ReplyTo?.CorrelationId));
    }

    [Fact]
    public async Task A_filter_discards_what_it_finds_with_the_reason_on_record()
    {
        var other = await AddAsync(letter => letter with { Lane = "interactive" });
        for (var i = 0; i < 3; i++)
            await AddAsync(letter => letter with { CreatedAt = Sample.Now.AddSeconds(-i) });
        var discard = new DeadLetterDiscard(Ledger.DeadLetters, Ledger.DeadLetterQueries, Time);

        var count = await discard.DiscardAllAsync(new() { Lane = "bulk" }, "not worth it", "eve", CancellationToken);
        var results = await discard.DiscardAsync([other.Id, other.Id, Guid.NewGuid()], "nor this", "eve", CancellationToken);

        Assert.Equal(3, count);
        Assert.Equal([true, false], results.Select(result => result.Discarded));
        Assert.Empty(await ListAsync(new() { State = DeadLetterState.Open }));
        var action = Assert.Single(await Ledger.DeadLetterQueries.GetHistoryAsync(other.Id, CancellationToken));
        Assert.Equal((DeadLetterActionKind.Discarded, "eve", "nor this"), (action.Kind, action.By, action.Note));
        Assert.Equal(RedriveState.Discarded, Assert.Single((await RunAsync(new() { By = "eve", Ids = [other.Id] })).Counts).Key);
    }

    [Fact]
    public async Task What_a_request_has_cost_stays_with_it_over_its_runs()
    {
        var letter = await AddAsync();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(KeyOf(letter))));
        await PayAsync(KeyOf(letter), 0.25m, Sample.Failure(FailureReason.Exhausted));

        await RunAsync(new() { By = "eve", Ids = [letter.Id] });
        await PayAsync(KeyOf(letter) with { Run = 2 }, 0.5m, Sample.Completed());

        var claim = await Ledger.ClaimAsync(KeyOf(letter));
        Assert.Equal((2, 0.75m, 2), (claim.Run, claim.SpentUsd, claim.AttemptsTotal));
    }

    [Fact]
    public async Task A_reply_is_kept_for_each_run()
    {
        var letter = await AddAsync();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(KeyOf(letter))));
        await PayAsync(KeyOf(letter), 0, Sample.Failure(FailureReason.Exhausted) with { Reply = "\"first\""u8.ToArray() });
        await RunAsync(new() { By = "eve", Ids = [letter.Id] });
        await PayAsync(KeyOf(letter) with { Run = 2 }, 0, Sample.Completed("\"second\""));

        var replies = await Task.WhenAll(((int?[])[null, 1, 2, 3]).Select(run => Ledger.Queries.GetReplyAsync("acme", letter.RequestId!, run, CancellationToken)));

        Assert.Equal(["\"second\"", "\"first\"", "\"second\"", null], replies.Select(reply => reply?.Reply is { } bytes ? Encoding.UTF8.GetString(bytes) : null));
    }

    [Fact]
    public async Task Duplicate_spend_tells_what_is_ambiguous_heard_of_later_and_repeated()
    {
        // Lost for good, then repeated twice: a failure without a price, then an answer.
        var lost = await TakeOverAsync(key, 0.002m);
        await EndAsync(lost.Next, Sample.Failed(lost.Next, cost: null));
        var third = Sample.Start(key, lost.Next.ClaimId, lost.Next.WorkerId) with { StartedAt = Sample.Now.AddSeconds(30), Deployment = "large-1", Model = "big" };
        await Ledger.CommitAsync(new StartOperation(third));
        await EndAsync(third, Sample.Succeeded(third, 0.4m));
        // Heard of later, with its price; and one that never had an estimate.
        var late = await TakeOverAsync(Sample.NewKey(), 0.003m);
        await EndAsync(late.Next, Sample.Succeeded(late.Next, 0.1m));
        await EndAsync(late.First, Sample.Succeeded(late.First, 0.05m));
        await TakeOverAsync(Sample.NewKey() with { Tenant = "umbrella" }, null);
        // A retry after a plain failure repeats nothing that is unknown.
        var plain = Sample.Start(Sample.NewKey(), Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(plain));
        await EndAsync(plain, Sample.Failed(plain, 0.7m));
        await Ledger.CommitAsync(new StartOperation(plain with { AttemptId = Guid.NewGuid(), StartedAt = Sample.Now.AddSeconds(9) }));

        var byTenant = await DuplicatesAsync(UsageDimension.Tenant);
        var byModel = await DuplicatesAsync(UsageDimension.Model);
        var byDeployment = await DuplicatesAsync(UsageDimension.Deployment);
        var byDay = Assert.Single(await DuplicatesAsync(UsageDimension.Day));

        var acme = byTenant[0];
        Assert.Equal(("acme", 2, 0.005m, 0), (acme.Name, acme.AmbiguousCalls, acme.EstimatedUsd, acme.UnestimatedCalls));
        Assert.Equal((1, 0.05m, 0), (acme.HeardOf, acme.HeardOfUsd, acme.HeardOfUnpriced));
        Assert.Equal((3, 0.5m, 1), (acme.RepeatCalls, acme.RepeatUsd, acme.RepeatUnpriced));
        Assert.Equal(("umbrella", 1, 0m, 1, 1, 0), (byTenant[1].Name, byTenant[1].AmbiguousCalls, byTenant[1].EstimatedUsd, byTenant[1].UnestimatedCalls, byTenant[1].RepeatCalls, byTenant[1].RepeatUnpriced));
        Assert.Equal([("big", 0L, 1L), ("small", 3L, 3L)], byModel.Select(row => (row.Name, row.AmbiguousCalls, row.RepeatCalls)));
        Assert.Equal(["cheap-1", "large-1"], byDeployment.Select(row => row.Name));
        Assert.Equal(("2030-05-17", 3, 4), (byDay.Name, byDay.AmbiguousCalls, byDay.RepeatCalls));
        Assert.Empty(await Ledger.Duplicates.GetAsync(UsageDimension.Day, Sample.Now.AddDays(1), null, CancellationToken));

        Task<IReadOnlyList<DuplicateRow>> DuplicatesAsync(UsageDimension by) => Ledger.Duplicates.GetAsync(by, null, null, CancellationToken);
    }

    [Theory]
    [InlineData(UsageDimension.Provider, "openai")]
    [InlineData(UsageDimension.Lane, "bulk")]
    [InlineData(UsageDimension.Policy, "auto")]
    [InlineData(UsageDimension.Tier, "cheap")]
    internal async Task Usage_adds_up_by_what_the_router_decided_too(UsageDimension by, string name)
    {
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));
        await PayAsync(key, 0.1m, Sample.Completed());

        var row = Assert.Single(await Ledger.Queries.GetUsageAsync(by, null, null, CancellationToken));
        Assert.Equal((name, 1, 0.1m), (row.Name, row.Attempts, row.CostUsd));
    }

    private Task<RedriveReport> RunAsync(RedriveRequest request) => Redrive.RunAsync(
        request,
        (result, _) =>
        {
            lock (sent)
                sent.Add(WireJson.Read<RunInference>(result.Body)!);
            return Task.CompletedTask;
        },
        null,
        CancellationToken);

    private Task<IReadOnlyList<StoredDeadLetter>> ListAsync(DeadLetterFilter filter) => Ledger.DeadLetters.ListAsync(filter, CancellationToken);

    /// <summary>A letter of a request whose claim was pruned.</summary>
    private async Task<DeadLetter> AddAsync(Func<DeadLetter, DeadLetter>? change = null, byte[]? body = null)
    {
        var own = Sample.NewKey();
        var letter = Sample.Letter(own, body ?? MessageBody(run => run with { RequestId = own.RequestId })) with { Model = "small" };
        letter = change?.Invoke(letter) ?? letter;
        await Ledger.DeadLetters.AddAsync(letter, CancellationToken);
        return letter;
    }

    private Task<SettleResult> SettleAsLetterAsync(RunInference run)
    {
        var runKey = new RunKey(run.Tenant, run.RequestId, run.Run);
        var letter = Sample.Letter(runKey, WireJson.ToBytes(run)) with { CreatedAt = Time.GetUtcNow() };
        return Ledger.CommitAsync(new SettleOperation(Sample.Settlement(runKey, null, outcome: Sample.Failure(FailureReason.Exhausted)) with { DeadLetter = letter }));
    }

    private async Task PayAsync(RunKey run, decimal cost, Outcome outcome)
    {
        var start = Sample.Start(run, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(start));
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(run, start.ClaimId, Sample.Succeeded(start, cost), outcome)));
    }

    /// <summary>A worker that dies in a call, and another that calls again.</summary>
    private async Task<(AttemptStart First, AttemptStart Next)> TakeOverAsync(RunKey run, decimal? estimate)
    {
        var dead = Guid.NewGuid();
        var first = Sample.Start(run, Guid.NewGuid(), dead, estimate);
        var next = Sample.Start(run, Guid.NewGuid(), workerId, estimate) with { StartedAt = Sample.Now.AddSeconds(20) };
        await Ledger.CommitAsync(new StartOperation(first));
        await Ledger.Store.EndLeaseAsync(dead, CancellationToken);
        Assert.Equal(StartState.Started, (await Ledger.CommitAsync(new StartOperation(next))).State);
        return (first, next);
    }

    private Task<bool> EndAsync(AttemptStart start, AttemptEnd end) => Ledger.CommitAsync(new EndOperation(end, start.ClaimId));

    private async Task<long> CountAsync(string table) => await Ledger.Database.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {table}";
            return (long)(await command.ExecuteScalarAsync(CancellationToken))!;
        },
        CancellationToken);

    private static RunKey KeyOf(DeadLetter letter) => new(letter.Tenant!, letter.RequestId!, 1);

    private static int TokensOf() => Prompt.Read(WireJson.Read<RunInference>(MessageBody(run => run))!.Body!.Value, "chat").Tokens;

    private static byte[] MessageBody(Func<RunInference, RunInference> change) => WireJson.ToBytes(change(new RunInference
    {
        Tenant = "acme",
        RequestId = "other",
        Run = 1,
        Lane = "bulk",
        Operation = "chat",
        Route = Sample.Route,
        AcceptedAt = Sample.Now,
        Deadline = Sample.Now.AddHours(1),
        Body = JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = "hello" } } }),
        ReplyTo = new ReplyAddress { Queue = "acme.replies", CorrelationId = "first" },
    }));
}
