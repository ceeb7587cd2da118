using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class DeploymentPipelineTests : IAsyncLifetime
{
    private const decimal Estimate = 0.25m;

    private static readonly DeploymentOptions OneSlot = Options() with
    {
        MaxRetries = 0,
        MaxConcurrentCalls = 1,
        Breaker = new() { FailureRatio = 1, MinimumThroughput = 2, BreakDuration = TimeSpan.FromSeconds(30) },
    };

    private readonly FakeTimeProvider clock = new();
    private readonly PermissiveStore store = new();
    private readonly ScriptedProvider provider = new();
    private readonly LedgerWriter ledger;
    private readonly RunningRequests requests =
        new(new LimitsOptions { DrainTimeout = TimeSpan.FromMilliseconds(80) }, TimeProvider.System, NullLogger<RunningRequests>.Instance);
    private readonly DeploymentHolds holds = new(TimeProvider.System);
    private readonly DeploymentSignals signals;

    public DeploymentPipelineTests()
    {
        ledger = new LedgerWriter(store, new LedgerOptions { CommitInterval = TimeSpan.Zero }, TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        signals = Signals.Silent(holds);
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await ledger.StartAsync(CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await ledger.StopAsync(CancellationToken.None);
        ledger.Dispose();
    }

    [Fact]
    public async Task An_answer_is_left_to_the_settlement_with_its_exact_cost()
    {
        provider.Then(Answer(inputTokens: 100, outputTokens: 50));
        var progress = Progress();

        var result = await CallAsync(progress);

        Assert.Null(result.Answer!.Error);
        Assert.Single(store.Starts);
        Assert.Empty(store.Ends);
        Assert.Equal((AttemptStatus.Succeeded, 0.0004m), (progress.UnwrittenEnd!.Status, progress.UnwrittenEnd.CostUsd));
        Assert.Equal((1, 0.0004m), (progress.Spending.Attempts, progress.Spending.CostUsd));
    }

    [Fact]
    public async Task Each_try_has_a_row_for_its_start_before_the_call_and_one_for_its_end()
    {
        provider.Then(Failure(ProviderError.ServerError)).Then(Failure(ProviderError.RateLimited)).Then(Answer());
        provider.OnCall = call => Assert.Contains(store.Starts, start => start.AttemptId == call.AttemptId);

        var result = await CallAsync(Progress());

        Assert.Null(result.Answer!.Error);
        Assert.Equal(3, store.Starts.Count);
        Assert.Equal(["ServerError", "RateLimited"], store.Ends.Select(end => end.Error));
        Assert.All(store.Ends, end => Assert.Equal((AttemptStatus.Failed, 0m), (end.Status, end.CostUsd)));
        Assert.Equal(3, store.Starts.Select(start => start.AttemptId).Distinct().Count());
        Assert.Single(store.Starts.Select(start => start.ClaimId).Distinct());
    }

    [Theory]
    [InlineData(ProviderError.ConnectionLost)]
    [InlineData(ProviderError.MalformedAnswer)]
    public async Task A_call_that_may_have_run_is_ambiguous_at_its_estimate(ProviderError error)
    {
        provider.Then(Failure(error)).Then(Answer());

        await CallAsync(Progress());

        var end = Assert.Single(store.Ends);
        Assert.Equal((AttemptStatus.Ambiguous, Estimate), (end.Status, end.CostUsd));
    }

    [Fact]
    public async Task A_call_without_an_answer_in_time_is_ambiguous_and_tried_again()
    {
        provider.ThenHang().Then(Answer());

        var result = await CallAsync(Progress(), new() { AttemptTimeout = TimeSpan.FromMilliseconds(80), RetryDelay = TimeSpan.FromMilliseconds(1) });

        Assert.Null(result.Answer!.Error);
        var end = Assert.Single(store.Ends);
        Assert.Equal((AttemptStatus.Ambiguous, "Timeout"), (end.Status, end.Error));
    }

    [Fact]
    public async Task At_most_once_does_not_repeat_a_call_that_may_have_run()
    {
        provider.Then(Failure(ProviderError.ConnectionLost)).Then(Answer());

        var result = await CallAsync(Progress(atMostOnce: true));

        Assert.Equal(ProviderError.ConnectionLost, result.Answer!.Error);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task At_most_once_repeats_a_call_that_was_refused()
    {
        provider.Then(Failure(ProviderError.RateLimited)).Then(Answer());

        Assert.Null((await CallAsync(Progress(atMostOnce: true))).Answer!.Error);
    }

    [Theory]
    [InlineData(ProviderError.BadRequest)]
    [InlineData(ProviderError.ContextTooLong)]
    [InlineData(ProviderError.ContentFiltered)]
    [InlineData(ProviderError.KeyRefused)]
    [InlineData(ProviderError.QuotaExhausted)]
    public async Task What_trying_again_cannot_help_is_called_once(ProviderError error)
    {
        provider.Then(Failure(error)).Then(Answer());

        Assert.Equal(error, (await CallAsync(Progress())).Answer!.Error);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task A_long_Retry_After_is_not_waited_for_in_the_worker()
    {
        provider.Then(Failure(ProviderError.RateLimited) with { RetryAfter = TimeSpan.FromSeconds(30) }).Then(Answer());

        Assert.Equal(TimeSpan.FromSeconds(30), (await CallAsync(Progress())).Answer!.RetryAfter);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task Tries_end_at_the_configured_number()
    {
        for (var i = 0; i < 10; i++)
            provider.Then(Failure(ProviderError.Overloaded));

        Assert.Equal(ProviderError.Overloaded, (await CallAsync(Progress())).Answer!.Error);
        Assert.Equal(3, provider.Calls);
    }

    [Fact]
    public async Task No_retries_means_one_call()
    {
        provider.Then(Failure(ProviderError.Overloaded)).Then(Answer());

        Assert.Equal(ProviderError.Overloaded, (await CallAsync(Progress(), Options() with { MaxRetries = 0 })).Answer!.Error);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task Without_the_ledgers_leave_there_is_no_call()
    {
        store.OnStart = _ => new StartResult(StartState.CostLimit, 2, 0.9m);
        var progress = Progress();

        var result = await CallAsync(progress);

        Assert.Equal(StartState.CostLimit, result.Refused!.State);
        Assert.Equal(0, provider.Calls);
        Assert.Equal((true, 2, 0.9m), (progress.HasClaim, progress.Spending.Attempts, progress.Spending.CostUsd));
    }

    [Fact]
    public async Task A_request_that_another_worker_holds_is_not_ours_to_settle()
    {
        store.OnStart = _ => new StartResult(StartState.Held);
        var progress = Progress();

        await CallAsync(progress);

        Assert.False(progress.HasClaim);
    }

    [Fact]
    public async Task The_breaker_stops_calls_to_a_vendor_that_is_down()
    {
        var options = Options() with { MaxRetries = 0, Breaker = new() { MinimumThroughput = 2, BreakDuration = TimeSpan.FromSeconds(30) } };
        await using var pipeline = Pipeline(options);
        provider.Then(Failure(ProviderError.ServerError)).Then(Failure(ProviderError.ServerError));
        await pipeline.CallAsync(Progress(), CancellationToken);
        await pipeline.CallAsync(Progress(), CancellationToken);

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));
        Assert.Equal(2, provider.Calls);
        Assert.Equal(2, store.Starts.Count);
    }

    [Fact]
    public async Task A_refused_request_does_not_open_the_breaker()
    {
        var options = Options() with { Breaker = new() { MinimumThroughput = 2 } };
        await using var pipeline = Pipeline(options);
        for (var i = 0; i < 5; i++)
        {
            provider.Then(Failure(ProviderError.BadRequest));
            Assert.Equal(ProviderError.BadRequest, (await pipeline.CallAsync(Progress(), CancellationToken)).Answer!.Error);
        }
    }

    [Fact]
    public async Task The_total_time_bounds_all_tries_and_leaves_the_last_failure()
    {
        provider.Then(Failure(ProviderError.Overloaded));
        var progress = Progress();
        var options = Options() with { TotalTimeout = TimeSpan.FromMilliseconds(150), RetryDelay = TimeSpan.FromSeconds(30) };

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => CallAsync(progress, options));
        Assert.Equal(ProviderError.Overloaded, progress.LastFailure?.Error);
    }

    [Fact]
    public async Task A_cancelled_call_is_aborted_and_recorded_at_its_estimate()
    {
        var progress = Progress();
        provider.ThenHang();
        provider.OnCall = _ => progress.Running.Abort(AbortReason.Cancelled);
        await using var pipeline = Pipeline(Options());

        var result = await pipeline.CallAsync(progress, progress.Running.Aborted);

        Assert.Equal(ProviderError.Aborted, result.Answer!.Error);
        Assert.Equal((AttemptStatus.Aborted, Estimate), (progress.UnwrittenEnd!.Status, progress.UnwrittenEnd.CostUsd));
    }

    [Fact]
    public async Task A_call_that_runs_past_its_deadline_is_aborted_and_recorded_at_its_estimate()
    {
        using var onFakeTime = new RunningRequests(new LimitsOptions(), clock, NullLogger<RunningRequests>.Instance);
        var progress = ProgressOf(atMostOnce: false, clock.GetUtcNow().AddMinutes(1), onFakeTime);
        provider.ThenHang();
        provider.OnCall = _ => clock.Advance(TimeSpan.FromMinutes(1));
        await using var pipeline = Pipeline(Options());

        var result = await pipeline.CallAsync(progress, progress.Running.Aborted);

        Assert.Equal((ProviderError.Aborted, AbortReason.Expired), (result.Answer!.Error, progress.Running.Reason));
        Assert.Equal((AttemptStatus.Aborted, Estimate), (progress.UnwrittenEnd!.Status, progress.UnwrittenEnd.CostUsd));
        Assert.Equal(store.Starts.Single().Deadline, progress.Run.Deadline);
    }

    [Fact]
    public async Task A_process_that_stops_begins_no_call()
    {
        var progress = Progress();
        requests.Stop();
        await using var pipeline = Pipeline(Options());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.CallAsync(progress, progress.Running.Aborted));

        Assert.Empty(store.Starts);
        Assert.False(progress.HasClaim);
    }

    [Fact]
    public async Task A_call_that_still_runs_when_draining_is_over_is_ambiguous_and_written_at_once()
    {
        var progress = Progress();
        provider.ThenHang();
        provider.OnCall = _ => requests.Stop();
        await using var pipeline = Pipeline(Options());

        var result = await pipeline.CallAsync(progress, progress.Running.Aborted);

        Assert.Equal((ProviderError.Aborted, AbortReason.Stopping), (result.Answer!.Error, progress.Running.Reason));
        Assert.Null(progress.UnwrittenEnd);
        var end = Assert.Single(store.Ends);
        Assert.Equal((AttemptStatus.Ambiguous, "Aborted", Estimate), (end.Status, end.Error, end.CostUsd));
    }

    [Fact]
    public async Task A_call_that_ends_while_the_process_stops_is_recorded_and_the_next_try_is_left_to_another()
    {
        var progress = Progress();
        provider.Then(Failure(ProviderError.Overloaded)).Then(Answer());
        provider.OnCall = _ => requests.Stop();
        await using var pipeline = Pipeline(Options());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.CallAsync(progress, progress.Running.Aborted));

        Assert.Equal((1, AbortReason.Stopping), (provider.Calls, progress.Running.Reason));
        Assert.Equal(AttemptStatus.Failed, Assert.Single(store.Ends).Status);
    }

    [Fact]
    public async Task A_start_that_is_committed_too_late_is_closed_without_a_call()
    {
        var progress = Progress();
        store.OnStart = _ =>
        {
            progress.Running.Abort(AbortReason.Cancelled);
            return null;
        };
        await using var pipeline = Pipeline(Options());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.CallAsync(progress, progress.Running.Aborted));

        Assert.Equal(0, provider.Calls);
        var end = Assert.Single(store.Ends);
        Assert.Equal((store.Starts.Single().AttemptId, AttemptStatus.Aborted, 0m), (end.AttemptId, end.Status, end.CostUsd));
        Assert.True(progress.HasClaim);
    }

    [Fact]
    public async Task A_bug_in_an_adapter_is_an_unknown_failure_on_record()
    {
        provider.ThenThrow(new InvalidOperationException("bug")).Then(Answer());

        await CallAsync(Progress());

        Assert.Equal("Unknown", Assert.Single(store.Ends).Error);
    }

    [Fact]
    public async Task A_vendors_Retry_After_holds_every_later_call_and_no_attempt_is_started()
    {
        provider.Then(Failure(ProviderError.RateLimited) with { RetryAfter = TimeSpan.FromSeconds(30) });
        await using var pipeline = Pipeline(Options());
        await pipeline.CallAsync(Progress(), CancellationToken);

        var result = await pipeline.CallAsync(Progress(), CancellationToken);

        Assert.InRange(result.Halt!.Remaining, TimeSpan.FromSeconds(28), TimeSpan.FromSeconds(30));
        Assert.Equal((1, 1), (provider.Calls, store.Starts.Count));
    }

    [Fact]
    public async Task A_short_hold_is_waited_for_in_the_worker()
    {
        holds.Hold("d", HoldCause.Breaker, TimeSpan.FromMilliseconds(120));
        provider.Then(Answer());
        var begun = TimeProvider.System.GetTimestamp();

        Assert.Null((await CallAsync(Progress())).Answer!.Error);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_paused_lane_makes_no_call_and_the_others_do()
    {
        provider.Then(Answer());
        await using var pipeline = Pipeline(Options());
        var paused = Options() with { Lanes = new() { Standard = "paused" } };
        pipeline.Follow(DeploymentWith(paused), new LimitsOptions());

        Assert.True((await pipeline.CallAsync(Progress(), CancellationToken)).Halt?.IsPaused);

        pipeline.Follow(DeploymentWith(Options() with { Lanes = new() { Bulk = "paused" } }), new LimitsOptions());
        Assert.Null((await pipeline.CallAsync(Progress(), CancellationToken)).Answer!.Error);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task A_pipeline_goes_on_when_states_weights_and_prices_change_and_not_when_its_limits_do()
    {
        await using var pipeline = Pipeline(Options());

        Assert.True(pipeline.Fits(DeploymentWith(Options() with { Weight = 3, CanaryShare = 0.1, Lanes = new() { Bulk = "paused" } }) with { Prices = null }, provider));
        Assert.False(pipeline.Fits(DeploymentWith(Options() with { MaxConcurrentCalls = 1 }), provider));
        Assert.False(pipeline.Fits(DeploymentWith(Options()), new ScriptedProvider()));
    }

    [Fact]
    public async Task A_breaker_that_closed_elsewhere_closes_here()
    {
        var options = Options() with { MaxRetries = 0, Breaker = new() { MinimumThroughput = 2, BreakDuration = TimeSpan.FromMinutes(30) } };
        await using var pipeline = Pipeline(options);
        provider.Then(Failure(ProviderError.ServerError)).Then(Failure(ProviderError.ServerError)).Then(Answer());
        await pipeline.CallAsync(Progress(), CancellationToken);
        await pipeline.CallAsync(Progress(), CancellationToken);
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));

        await pipeline.CloseBreakerAsync(CancellationToken);

        Assert.Null((await pipeline.CallAsync(Progress(), CancellationToken)).Answer!.Error);
    }

    [Fact]
    public async Task A_trial_that_the_ledger_refused_leaves_the_breaker_open_for_the_next_one()
    {
        await using var pipeline = Pipeline(OneSlot, clock);
        await OpenAsync(pipeline);

        store.OnStart = _ => new StartResult(StartState.Held);
        Assert.NotNull((await pipeline.CallAsync(Progress(), CancellationToken)).Refused);
        store.OnStart = _ => null;

        await TheNextOneIsATrialAsync(pipeline);
    }

    [Fact]
    public async Task A_trial_that_was_halted_at_its_slot_leaves_the_breaker_open_for_the_next_one()
    {
        await using var pipeline = Pipeline(OneSlot, clock);
        var (first, last) = (new TaskCompletionSource<ProviderResult>(), new TaskCompletionSource<ProviderResult>());
        var isInSlot = new TaskCompletionSource();
        provider.Then(first.Task).Then(Failure(ProviderError.ServerError)).Then(last.Task);
        provider.OnCall = _ =>
        {
            if (provider.Calls == 3)
                isInSlot.SetResult();
        };
        var before = Enumerable.Range(0, 3).Select(_ => pipeline.CallAsync(Progress(), CancellationToken)).ToArray();
        first.SetResult(Failure(ProviderError.ServerError));
        await Task.WhenAll([.. before[..2], isInSlot.Task]);
        clock.Advance(OneSlot.Breaker.BreakDuration);

        var trial = pipeline.CallAsync(Progress(), CancellationToken);
        pipeline.Follow(DeploymentWith(OneSlot with { Lanes = new() { Standard = "paused" } }), new LimitsOptions());
        last.SetResult(Answer());
        await before[2];
        Assert.True((await trial).Halt?.IsPaused);
        pipeline.Follow(DeploymentWith(OneSlot), new LimitsOptions());

        await TheNextOneIsATrialAsync(pipeline);
    }

    [Fact]
    public async Task A_trial_that_was_cancelled_leaves_the_breaker_open_for_the_next_one()
    {
        await using var pipeline = Pipeline(OneSlot, clock);
        await OpenAsync(pipeline);

        var progress = Progress();
        provider.ThenHang();
        provider.OnCall = _ => progress.Running.Abort(AbortReason.Cancelled);
        Assert.Equal(ProviderError.Aborted, (await pipeline.CallAsync(progress, progress.Running.Aborted)).Answer!.Error);
        provider.OnCall = _ => { };

        await TheNextOneIsATrialAsync(pipeline);
    }

    [Fact]
    public async Task While_one_call_tries_whether_the_vendor_is_back_the_others_stay_away()
    {
        await using var pipeline = Pipeline(OneSlot, clock);
        await OpenAsync(pipeline);
        var answer = new TaskCompletionSource<ProviderResult>();
        provider.Then(answer.Task).Then(Answer());
        var trial = pipeline.CallAsync(Progress(), CancellationToken);

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));
        answer.SetResult(Answer());
        await trial;

        Assert.Null((await pipeline.CallAsync(Progress(), CancellationToken)).Answer!.Error);
        Assert.Equal(4, provider.Calls);
    }

    [Fact]
    public async Task What_was_never_called_does_not_water_down_the_failures_that_open_the_breaker()
    {
        var options = Options() with { MaxRetries = 0, Breaker = new() { FailureRatio = 0.5, MinimumThroughput = 4, BreakDuration = TimeSpan.FromSeconds(30) } };
        await using var pipeline = Pipeline(options);
        store.OnStart = _ => new StartResult(StartState.Held);
        for (var i = 0; i < 20; i++)
            await pipeline.CallAsync(Progress(), CancellationToken);

        store.OnStart = _ => null;
        for (var i = 0; i < 4; i++)
        {
            provider.Then(Failure(ProviderError.ServerError));
            await pipeline.CallAsync(Progress(), CancellationToken);
        }

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));
    }

    [Fact]
    public async Task The_failure_of_one_key_is_tried_again_with_another_and_is_on_record_under_its_place()
    {
        provider.Then(Failure(ProviderError.KeyRefused) with { KeyName = "#1", OtherKeyReady = true, RetryAfter = TimeSpan.Zero }).Then(Answer() with { KeyName = "#2" });
        var progress = Progress();

        Assert.Null((await CallAsync(progress)).Answer!.Error);
        Assert.Equal(("KeyRefused", "#1"), (Assert.Single(store.Ends).Error, store.Ends.Single().ProviderKey));
        Assert.Equal("#2", progress.UnwrittenEnd!.ProviderKey);
    }

    private async Task<CallResult> CallAsync(RequestProgress progress, DeploymentOptions? options = null)
    {
        await using var pipeline = Pipeline(options ?? Options());
        return await pipeline.CallAsync(progress, CancellationToken);
    }

    /// <summary>Opens the breaker by two failures and lets its break pass.</summary>
    private async Task OpenAsync(DeploymentPipeline pipeline)
    {
        for (var i = 0; i < 2; i++)
        {
            provider.Then(Failure(ProviderError.ServerError));
            await pipeline.CallAsync(Progress(), CancellationToken);
        }

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));
        clock.Advance(OneSlot.Breaker.BreakDuration);
    }

    /// <summary>Its failure opens the breaker at once, where a closed one would want two, and its success closes it.</summary>
    private async Task TheNextOneIsATrialAsync(DeploymentPipeline pipeline)
    {
        var calls = provider.Calls;
        provider.Then(Failure(ProviderError.ServerError));
        await pipeline.CallAsync(Progress(), CancellationToken);
        var refusal = await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => pipeline.CallAsync(Progress(), CancellationToken));
        Assert.Equal((calls + 1, OneSlot.Breaker.BreakDuration), (provider.Calls, refusal.RetryAfter));

        clock.Advance(OneSlot.Breaker.BreakDuration);
        for (var i = 0; i < 2; i++)
        {
            provider.Then(Answer());
            Assert.Null((await pipeline.CallAsync(Progress(), CancellationToken)).Answer!.Error);
        }
    }

    private DeploymentPipeline Pipeline(DeploymentOptions options, TimeProvider? time = null) => new(
        DeploymentWith(options), provider, ledger, new WorkerIdentity(), new LimitsOptions(), signals, new LocalLoad(TimeProvider.System), time ?? TimeProvider.System);

    private static DeploymentOptions Options() => new() { RetryDelay = TimeSpan.FromMilliseconds(1), AttemptTimeout = TimeSpan.FromSeconds(20) };

    private static Deployment DeploymentWith(DeploymentOptions options) => new()
    {
        Name = "d",
        Provider = "p",
        Model = "m",
        VendorModel = "m-1",
        Tier = "cheap",
        MaxOutputTokens = 100,
        ContextWindow = null,
        Prices = PriceHistory.Always(new ListPrice(new Price(1, 6, 1, 1))),
        Options = options,
    };

    private RequestProgress Progress(bool atMostOnce = false) => ProgressOf(atMostOnce, DateTimeOffset.MaxValue);

    private RequestProgress ProgressOf(bool atMostOnce, DateTimeOffset deadline, RunningRequests? running = null) => new(
        new RunInference
        {
            Tenant = "t",
            RequestId = "r",
            Run = 1,
            Lane = "standard",
            Operation = "chat",
            Route = new Route { Deployment = "d", Model = "m", Reason = "" },
            AcceptedAt = DateTimeOffset.UnixEpoch,
            Deadline = deadline,
            Body = JsonSerializer.SerializeToElement(new { }),
            AtMostOnce = atMostOnce,
        },
        DeploymentWith(Options()),
        Estimate,
        (running ?? requests).Enter(new RunKey("t", "r", 1), deadline));

    private static ProviderResult Answer(long inputTokens = 1, long outputTokens = 1) => new()
    {
        Body = JsonSerializer.SerializeToElement(new { }),
        FinishReason = "stop",
        Usage = new TokenUsage { InputTokens = inputTokens, OutputTokens = outputTokens },
    };

    private static ProviderResult Failure(ProviderError error) => new() { Error = error, ErrorMessage = "as told" };

    private sealed class ScriptedProvider : IModelProvider
    {
        private readonly Queue<Func<CancellationToken, Task<ProviderResult>>> script = new();

        public int Calls { get; private set; }

        public Action<ProviderCall> OnCall { get; set; } = _ => { };

        public ScriptedProvider Then(ProviderResult result) => Then(_ => Task.FromResult(result));

        public ScriptedProvider ThenThrow(Exception exception) => Then(_ => Task.FromException<ProviderResult>(exception));

        public ScriptedProvider ThenHang() => Then(async cancellationToken =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("It never ends by itself.");
        });

        public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
        {
            Calls++;
            OnCall(request);
            return script.Dequeue()(cancellationToken);
        }

        public ScriptedProvider Then(Task<ProviderResult> answer) => Then(_ => answer);

        private ScriptedProvider Then(Func<CancellationToken, Task<ProviderResult>> step)
        {
            script.Enqueue(step);
            return this;
        }
    }
}
