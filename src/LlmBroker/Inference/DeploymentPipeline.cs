using LlmBroker.Configuration;
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
    private readonly LaneSlots slots;
    private readonly ResiliencePipeline<CallResult> pipeline;

    public DeploymentPipeline(
        Deployment deployment, IModelProvider provider, LedgerWriter ledger, WorkerIdentity worker, LimitsOptions limits, TimeProvider time)
    {
        Deployment = deployment;
        this.provider = provider;
        slots = new LaneSlots(deployment);
        var options = deployment.Options;
        pipeline = new ResiliencePipelineBuilder<CallResult> { TimeProvider = new SteadyTimeProvider(time), Name = deployment.Name }
            .AddTimeout(options.TotalTimeout)
            .AddRetry(Retry(options))
            .AddCircuitBreaker(Breaker(options.Breaker))
            .AddRateLimiter(new RateLimiterStrategyOptions { RateLimiter = TakeSlot })
            .AddStrategy(_ => new AttemptRecorder(ledger, worker, limits.MaxAttempts, time), new AttemptRecorderOptions())
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    public Deployment Deployment { get; }

    /// <summary>Calls the vendor, more than once where that may help.</summary>
    /// <exception cref="BrokenCircuitException">The breaker is open; no call was made.</exception>
    /// <exception cref="Polly.Timeout.TimeoutRejectedException">The total time ran out between two tries or while waiting for a slot.</exception>
    public async Task<CallResult> CallAsync(RequestProgress progress, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RequestProgress.Key, progress);
        try
        {
            return await pipeline.ExecuteAsync(static (context, pipeline) => pipeline.CallOnceAsync(context), context, this);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public ValueTask DisposeAsync() => slots.DisposeAsync();

    private async ValueTask<CallResult> CallOnceAsync(ResilienceContext context)
    {
        var progress = context.Properties.GetValue(RequestProgress.Key, null!);
        using var activity = BrokerTelemetry.StartCall(Deployment.Name, Deployment.VendorModel, Deployment.Provider);
        var answer = await provider.CallAsync(
            new ProviderCall
            {
                AttemptId = progress.AttemptId,
                Operation = progress.Run.Operation,
                VendorModel = Deployment.VendorModel,
                Api = Deployment.Options.Api,
                TaskModel = Deployment.Options.TaskModel,
                MaxOutputTokens = Deployment.MaxOutputTokens,
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
        result is { IsTransient: true, Answer: { Error: not ProviderError.QuotaExhausted } answer }
        && (answer.RetryAfter ?? TimeSpan.Zero) <= options.MaxRetryAfter
        && !(context.Properties.GetValue(RequestProgress.Key, null!).Run.AtMostOnce && ProviderErrors.MayHaveRun(answer.Error!.Value));

    private static CircuitBreakerStrategyOptions<CallResult> Breaker(BreakerOptions options) => new()
    {
        FailureRatio = options.FailureRatio,
        MinimumThroughput = options.MinimumThroughput,
        SamplingDuration = options.SamplingDuration,
        BreakDuration = options.BreakDuration,
        ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result?.IsTransient == true),
    };

    private sealed class AttemptRecorderOptions : ResilienceStrategyOptions;
}
