using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Models;
using LlmBroker.Providers;
using Polly;
using PollyOutcome = Polly.Outcome;

namespace LlmBroker.Inference;

/// <summary>
/// Lets no call through while the lane is paused or the deployment is held: a short hold is waited for here, a longer one in a queue. Stands
/// before the breaker and the slots, which are for those that may call, and once more behind the slots, for which a request may have waited
/// long.
/// </summary>
internal sealed class DeploymentGate(Func<Deployment> current, DeploymentSignals signals, TimeProvider time) : ResilienceStrategy<CallResult>
{
    protected override async ValueTask<Outcome<CallResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<CallResult>>> callback, ResilienceContext context, TState state)
    {
        var run = context.Properties.GetValue(RequestProgress.Key, null!).Run;
        while (true)
        {
            var deployment = current();
            if (deployment.Options.Lanes.Of(run.Lane) == LaneState.Paused)
                return PollyOutcome.FromResult(new CallResult(null, Halt: new Halt(IsPaused: true, TimeSpan.Zero)));

            var remaining = signals.Holds.RemainingOf(deployment.Name);
            if (remaining <= TimeSpan.Zero)
                break;
            if (remaining > deployment.Options.MaxRetryAfter)
                return PollyOutcome.FromResult(new CallResult(null, Halt: new Halt(IsPaused: false, remaining)));
            await Task.Delay(remaining, time, context.CancellationToken);
        }

        var outcome = await callback(context, state);
        if (outcome.Result?.Answer is { Error: ProviderError.RateLimited or ProviderError.QuotaExhausted, OtherKeyReady: false, RetryAfter: { } wait })
            signals.VendorAskedToWait(current().Name, wait);
        return outcome;
    }
}
