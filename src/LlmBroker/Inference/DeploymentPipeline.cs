using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Retry;

namespace LlmBroker.Inference;

/// <summary>The one owner of retries for one deployment: everything that stands between a request and its vendor, outermost first.</summary>
internal sealed class DeploymentPipeline : IAsyncDisposable
{
    private readonly IModelProvider provider;
    private readonly LocalLoad load;
    private readonly LaneSlots slots;
    private readonly DeploymentBreaker breaker;
    private readonly ResiliencePipeline<CallResult> pipeline;

    /// <summary>What the strategies were built from, as text.</summary>
    private readonly string built;

    private volatile Deployment deployment;
    private volatile LimitsOptions limits;

    public DeploymentPipeline(
        Deployment deployment,
        IModelProvider provider,
        LedgerWriter ledger,
        WorkerIdentity worker,
        LimitsOptions limits,
        DeploymentSignals signals,
        LocalLoad load,
        TimeProvider time)
    {
        this.deployment = deployment;
        this.provider = provider;
        this.limits = limits;
        this.load = load;
        built = BuiltFrom(deployment.Options);
        slots = new LaneSlots(deployment);
        var options = deployment.Options;
        var steady = new SteadyTimeProvider(time);
        breaker = new DeploymentBreaker(deployment.Name, options.Breaker, signals, steady);
        pipeline = new ResiliencePipelineBuilder<CallResult> { TimeProvider = steady, Name = deployment.Name }
            .AddTimeout(options.TotalTimeout)
            .AddRetry(Retry(options))
            .AddStrategy(_ => new DeploymentGate(() => Deployment, signals, time), new GateOptions())
            .AddStrategy(_ => breaker, new BreakerStrategyOptions())
            .AddRateLimiter(new RateLimiterStrategyOptions { RateLimiter = TakeSlot })
            .AddStrategy(_ => new DeploymentGate(() => Deployment, signals, time), new GateOptions())
            .AddStrategy(_ => new AttemptRecorder(ledger, worker, load, () => this.limits.MaxAttempts, time), new AttemptRecorderOptions())
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    /// <summary>As the configuration has it now: states, weights and prices change without a new pipeline.</summary>
    public Deployment Deployment => deployment;

    /// <summary>Whether this pipeline can go on for the deployment as it is configured now, with its breaker and its slots.</summary>
    public bool Fits(Deployment next, IModelProvider nextProvider) =>
        ReferenceEquals(provider, nextProvider) && next.Provider == deployment.Provider && built == BuiltFrom(next.Options);

    public void Follow(Deployment next, LimitsOptions nextLimits) => (deployment, limits) = (next, nextLimits);

    /// <summary>The breaker of another process closed: the vendor is back, and this one need not find out for itself.</summary>
    public Task CloseBreakerAsync(CancellationToken cancellationToken) => breaker.CloseAsync(cancellationToken);

    /// <summary>Calls the vendor, more than once where that may help.</summary>
    /// <exception cref="BrokenCircuitException">The breaker is open; no call was made.</exception>
    /// <exception cref="Polly.Timeout.TimeoutRejectedException">The total time ran out between two tries or while waiting for a slot.</exception>
    public async Task<CallResult> CallAsync(RequestProgress progress, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RequestProgress.Key, progress);
        load.Enter();
        try
        {
            return await pipeline.ExecuteAsync(static (context, pipeline) => pipeline.CallOnceAsync(context), context, this);
        }
        finally
        {
            load.Leave();
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public ValueTask DisposeAsync() => slots.DisposeAsync();

    private async ValueTask<CallResult> CallOnceAsync(ResilienceContext context)
    {
        var progress = context.Properties.GetValue(RequestProgress.Key, null!);
        var called = progress.Deployment;
        using var activity = BrokerTelemetry.StartCall(called.Name, called.VendorModel, called.Provider);
        var answer = await provider.CallAsync(
            new ProviderCall
            {
                AttemptId = progress.AttemptId,
                Operation = progress.Run.Operation,
                VendorModel = called.VendorModel,
                Api = called.Options.Api,
                TaskModel = called.Options.TaskModel,
                MaxOutputTokens = called.MaxOutputTokens,
                Body = progress.Run.Body.GetValueOrDefault(),
            },
            context.CancellationToken);
        return new CallResult(answer);
    }

    private ValueTask<System.Threading.RateLimiting.RateLimitLease> TakeSlot(RateLimiterArguments arguments) =>
        slots.AcquireAsync(arguments.Context.Properties.GetValue(RequestProgress.Key, null!).Run.Lane, arguments.Context.CancellationToken);

    private static RetryStrategyOptions<CallResult> Retry(DeploymentOptions options) => new()
    {
        MaxRetryAttempts = Math.Max(1, options.MaxRetries),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = options.RetryDelay,
        ShouldHandle = arguments => ValueTask.FromResult(
            options.MaxRetries > 0 && arguments.Outcome.Result is { } result && MayRetry(arguments.Context, result, options)),
        DelayGenerator = static arguments => ValueTask.FromResult(arguments.Outcome.Result?.Answer?.RetryAfter),
    };

    /// <summary>A long <c>Retry-After</c> or a used-up quota is waited for in a queue, not in a worker's slot.</summary>
    private static bool MayRetry(ResilienceContext context, CallResult result, DeploymentOptions options) =>
        result is { IsTransient: true, Answer: { } answer }
        && (answer.Error is not ProviderError.QuotaExhausted || answer.OtherKeyReady)
        && (answer.RetryAfter ?? TimeSpan.Zero) <= options.MaxRetryAfter
        && !(context.Properties.GetValue(RequestProgress.Key, null!).Run.AtMostOnce && ProviderErrors.MayHaveRun(answer.Error!.Value));

    private static string BuiltFrom(DeploymentOptions options) => JsonSerializer.Serialize(
        new DeploymentOptions
        {
            MaxConcurrentCalls = options.MaxConcurrentCalls,
            InteractiveShare = options.InteractiveShare,
            AttemptTimeout = options.AttemptTimeout,
            TotalTimeout = options.TotalTimeout,
            MaxRetries = options.MaxRetries,
            RetryDelay = options.RetryDelay,
            MaxRetryAfter = options.MaxRetryAfter,
            Breaker = options.Breaker,
        },
        ConfigurationJson.Options);

    private sealed class GateOptions : ResilienceStrategyOptions;

    private sealed class BreakerStrategyOptions : ResilienceStrategyOptions;

    private sealed class AttemptRecorderOptions : ResilienceStrategyOptions;
}
