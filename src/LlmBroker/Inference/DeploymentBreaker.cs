using LlmBroker.Configuration;
using LlmBroker.Control;
using Polly;
using Polly.CircuitBreaker;
using PollyOutcome = Polly.Outcome;

namespace LlmBroker.Inference;

/// <summary>
/// Keeps calls away from a vendor in trouble. Polly's breaker counts and decides, but does not stand around the call: it knows only success
/// and failure, and what the ledger refused, an operator halted or a caller broke off is neither. So it is told of the calls that say how
/// the vendor does, and a trial that made none leaves the breaker open for the next one.
/// </summary>
internal sealed class DeploymentBreaker : ResilienceStrategy<CallResult>
{
    private readonly CircuitBreakerManualControl control = new();
    private readonly ResiliencePipeline<CallResult> breaker;
    private readonly TimeSpan breakDuration;
    private readonly TimeProvider time;

    /// <summary>Null while closed.</summary>
    private volatile Break? current;

    /// <param name="deployment">Its name.</param>
    /// <param name="options">When it opens, and for how long.</param>
    /// <param name="signals">Told when it opens and closes.</param>
    /// <param name="time">Must not go back: a break ends by it.</param>
    public DeploymentBreaker(string deployment, BreakerOptions options, DeploymentSignals signals, TimeProvider time)
    {
        breakDuration = options.BreakDuration;
        this.time = time;
        breaker = new ResiliencePipelineBuilder<CallResult> { TimeProvider = time, Name = deployment }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<CallResult>
            {
                ManualControl = control,
                OnOpened = arguments =>
                {
                    current = new Break(time.GetUtcNow() + arguments.BreakDuration);
                    signals.BreakerOpened(deployment, arguments.BreakDuration);
                    return ValueTask.CompletedTask;
                },
                OnClosed = arguments =>
                {
                    current = null;
                    // One that was closed by hand follows another process, which has told the others already.
                    if (!arguments.IsManual)
                        signals.BreakerClosed(deployment);
                    return ValueTask.CompletedTask;
                },
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result?.IsVendorsFault == true),
            })
            .Build();
    }

    public Task CloseAsync(CancellationToken cancellationToken) =>
        current is null ? Task.CompletedTask : control.CloseAsync(cancellationToken);

    protected override async ValueTask<Outcome<CallResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<CallResult>>> callback, ResilienceContext context, TState state)
    {
        var entered = current;
        if (entered is not null)
        {
            var remaining = entered.Until - time.GetUtcNow();
            if (remaining > TimeSpan.Zero || !entered.TryBeginTrial())
                return PollyOutcome.FromException<CallResult>(new BrokenCircuitException("The breaker is open.", remaining > TimeSpan.Zero ? remaining : breakDuration));
        }

        try
        {
            var outcome = await callback(context, state);
            // One that was placed before the breaker opened has no part in what comes after.
            if (outcome.Result is { TellsOfVendor: true } && ReferenceEquals(entered, current))
                await TellAsync(outcome);
            return outcome;
        }
        finally
        {
            entered?.EndTrial();
        }
    }

    /// <summary>In a context of its own: whoever waited for the call may have gone, and it counts nevertheless.</summary>
    private async Task TellAsync(Outcome<CallResult> outcome)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        await breaker.ExecuteOutcomeAsync(static (_, outcome) => ValueTask.FromResult(outcome), context, outcome);
        ResilienceContextPool.Shared.Return(context);
    }

    /// <summary>From the opening to the next one, or to the closing. One call at a time may try whether the vendor is back, when the time is over.</summary>
    private sealed class Break(DateTimeOffset until)
    {
        private int trials;

        public DateTimeOffset Until { get; } = until;

        public bool TryBeginTrial() => Interlocked.CompareExchange(ref trials, 1, 0) == 0;

        public void EndTrial() => Volatile.Write(ref trials, 0);
    }
}
